"""Enrich: who, where, when, about what."""
