"""Fetch: links to pages, politely."""
