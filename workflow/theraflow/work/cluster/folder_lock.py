"""Who holds the lock of a working directory: Snakemake's own message does not say."""

import getpass
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from theraflow.core.files import write_text_atomic

# Snakemake makes this folder for its locks and deletes it with them, when a run ends and with
# `--unlock`: what lies in it lives exactly as long as the lock.
_HOLDER: Final = Path(".snakemake", "locks", "holder.json")


def record_holder(directory: Path) -> None:
    """Write down that this process holds the lock of a working directory, if it is locked."""
    # Not with `--nolock`, which would leave the note behind.
    if not any((directory / _HOLDER.parent).glob("*.lock")):
        return
    holder = {
        "user": _user(),
        "host": socket.gethostname(),
        "process_id": os.getpid(),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    write_text_atomic(directory / _HOLDER, json.dumps(holder))


def describe_holder(directory: Path) -> str | None:
    """Say who holds the lock of a working directory, and what to do about it.

    Returns None when nobody does, or nobody knows.
    """
    try:
        holder: dict[str, Any] = json.loads((directory / _HOLDER).read_text(encoding="utf-8"))
        user, host, since = (str(holder[key]) for key in ("user", "host", "since"))
        process_id = int(holder["process_id"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    whose = f"{directory} is locked since {since} by {user}'s run on {host} (process {process_id})"
    if host != socket.gethostname():
        return (
            f"{whose}; a new run must wait until it ends; if it no longer runs there, "
            "call `snakemake --unlock`"
        )
    if _is_running(process_id):
        return f"{whose}, which still runs; a new run must wait, or use another --directory"
    return (
        f"{whose}, which was killed; see whether jobs of it are left on the cluster, then "
        "call `snakemake --unlock` and start again"
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
