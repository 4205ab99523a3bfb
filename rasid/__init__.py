"""rasid (راصد): self-hosted news monitoring.

The public API: `Client` submits URLs from any program, `Receipt` and `Progress` follow them, `RasidError` is the root
of all errors. Importing this package costs next to nothing; the parts are loaded when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasid.client import Client, NotYet, Progress, Receipt
    from rasid.errors import BrokerDown, RasidError, UsageError

__version__ = "0.1.0"
__all__ = ["BrokerDown", "Client", "NotYet", "Progress", "RasidError", "Receipt", "UsageError", "__version__"]

_HOMES = {
    "Client": "rasid.client",
    "NotYet": "rasid.client",
    "Progress": "rasid.client",
    "Receipt": "rasid.client",
    "BrokerDown": "rasid.errors",
    "RasidError": "rasid.errors",
    "UsageError": "rasid.errors",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'rasid' has no attribute {name!r}")
