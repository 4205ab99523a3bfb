"""Declarations: what is queued, one short module a stage. The work is in `rasid`."""
