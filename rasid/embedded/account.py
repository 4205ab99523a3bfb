"""Which user of the operating system a server runs as, and what that user can reach.

Where we are not root the answer is always: ourselves. As root, PostgreSQL must be somebody else, and whatever lies in
another user's home must stay that user's.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasid.errors import UsageError


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system, by number."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        """The login name, or ``uid N`` where the system has none for it (usual in containers)."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return f"uid {self.uid}"

    def run_as(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that start a process as this user; none where that is us."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to this user; does nothing where we are not root."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def owner_of(folder: Path) -> Account:
    """Who is to own what we write in `folder`: ourselves; as root, whoever owns it already."""
    if os.geteuid() == 0 and folder.exists():
        facts = folder.stat()
        return Account(facts.st_uid, facts.st_gid)
    return Account(os.geteuid(), os.getegid())


def never_root(account: Account) -> Account:
    """`account`, or ``nobody`` where that is root, since PostgreSQL refuses to run as root.

    Raises:
        UsageError: the system has no such user.
    """
    if account.uid != 0:
        return account
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise UsageError(
            "PostgreSQL does not run as root and there is no user 'nobody' here to run it as: start rasid as a normal "
            "user, or name a running server in RASID_DATABASE_URL"
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)


def can_read(account: Account, path: Path) -> bool:
    """Whether `account` may read `path` and enter every folder above it, by the permission bits alone."""
    return _may(account, path, 4) and can_enter(account, path.parent)


def can_enter(account: Account, folder: Path) -> bool:
    """Whether `account` may enter `folder` and every folder above it, by the permission bits alone."""
    return all(_may(account, each, 1) for each in (folder, *folder.parents))


def _may(account: Account, path: Path, bit: int) -> bool:
    facts = path.stat()
    shift = 6 if facts.st_uid == account.uid else 3 if facts.st_gid == account.gid else 0
    return account.uid == 0 or bool(facts.st_mode >> shift & bit)
