"""PostgreSQL and Valkey from wheels, as servers of one home folder: no root, no Docker, no port.

`Postgres(home)` and `Valkey(home)` start, attach to, and stop a server; `Home(home).lock()` keeps a second supervisor
out; `Guardian` stops the servers when the supervisor is gone. Nothing here knows what the servers are used for.
"""

from __future__ import annotations

from rasid.embedded.guardian import Guardian
from rasid.embedded.home import Home
from rasid.embedded.postgres import Postgres
from rasid.embedded.valkey import Valkey

__all__ = ["Guardian", "Home", "Postgres", "Valkey"]
