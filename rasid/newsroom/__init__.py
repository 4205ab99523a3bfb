"""The sample newsroom: a local news site with traps, which knows the truth about itself."""
