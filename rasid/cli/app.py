"""The tree of commands, and what an error becomes: one sentence on stderr and an exit code.

The modules of the commands import nothing heavy at their top: ``rasid --help`` starts fast.
"""

from __future__ import annotations

from rasid.cli import (
    background,
    config,
    enrich,
    failures,
    gazetteer,
    give,
    groups,
    hosts,
    intake,
    metrics,
    pipe,
    readers,
    run,
    sources,
    status,
    stories,
    topics,
    watches,
    web,
)
from rasid.cli.program import program

# In the order in which the help lists them: run it, give it work, read it, look after it.
app = program(
    run,
    web,
    give,
    intake,
    readers,
    stories,
    status,
    metrics,
    sources,
    watches,
    topics,
    groups,
    enrich,
    gazetteer,
    failures,
    hosts,
    background,
    config,
    pipe,
)
