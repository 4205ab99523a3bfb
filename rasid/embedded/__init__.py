"""Embedded PostgreSQL and Valkey: real servers from wheels, under one folder."""
