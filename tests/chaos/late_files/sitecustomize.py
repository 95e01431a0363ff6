"""Python reads this when it starts: Snakemake sees files of other processes late.

As on a network file system, whose clients remember for some seconds that a file was not there.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from stat import S_ISREG
from typing import Any

_AFTER_S = float(os.environ["CHAOS_VISIBLE_AFTER_S"])
_own: set[Path] = set()


def _late(look: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
    def look_later(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        found = look(path, *arguments, **options)
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        is_result = (
            "results/" in name and S_ISREG(found.st_mode) and Path(name).absolute() not in _own
        )
        if is_result and time.time() - found.st_ctime < _AFTER_S:
            raise FileNotFoundError(2, "not visible yet", name)
        return found

    return look_later


def _remembered(replace: Callable[..., None]) -> Callable[..., None]:
    def replace_own(source: Any, target: Any, **options: Any) -> None:
        replace(source, target, **options)
        _own.add(Path(target).absolute())

    return replace_own


if "snakemake" in sys.orig_argv:
    os.stat, os.lstat = _late(os.stat), _late(os.lstat)
    os.replace = _remembered(os.replace)
