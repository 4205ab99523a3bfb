"""Parse: pages to articles."""
