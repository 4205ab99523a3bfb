"""Cluster: articles about one event to stories."""
