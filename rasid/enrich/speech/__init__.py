"""Reported speech: how a text is laid out, the words that open it, and who speaks (see `rasid.enrich.quotes`)."""
