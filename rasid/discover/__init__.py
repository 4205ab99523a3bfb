"""Discover: channels of an outlet to links."""
