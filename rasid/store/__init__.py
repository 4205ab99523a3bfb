"""Store: every SQL statement."""
