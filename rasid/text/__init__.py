"""Normalisers of text: pure, property-tested, shared by reading, sameness, meaning and search."""
