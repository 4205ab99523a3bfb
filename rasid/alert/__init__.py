"""Alert: watches, matches and deliveries."""
