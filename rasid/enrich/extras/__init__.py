"""Enrichers that nobody needs and some want: models and services of one's own. Each is off until a setting names it."""
