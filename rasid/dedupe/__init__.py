"""Dedupe: articles to groups of copies."""
