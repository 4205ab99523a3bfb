"""Alembic migrations. Each works while the code before it still runs, and waits for no lock longer than 5 s."""
