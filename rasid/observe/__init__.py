"""Logs, metrics, crumbs."""
