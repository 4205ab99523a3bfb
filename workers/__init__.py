"""Processes: how rasid runs. Imports tasks; nobody imports workers."""
