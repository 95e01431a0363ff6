"""What a cluster's submit command would take for more than paths and values."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from theraflow.core.errors import UserError

# Executors wrap a job's command, quotes and all, into a second pair of quotes for the submit
# command, where a shell expands some characters, and quotes within end the outer ones.
_UNSAFE: Final = re.compile(r"""[$`"'\\\n\r]""")


def check_submittable(paths: Iterable[Path], config_arguments: Iterable[str] = ()) -> None:
    """Raise ``UserError`` for text that a shell could run parts of when jobs are submitted.

    Looks at paths and at what was given with ``--config``. Spaces, ``;``, ``&`` and letters of any
    alphabet are safe; values in config files never enter a command.
    """
    for path in paths:
        if found := _UNSAFE.search(str(path)):
            raise UserError(
                f"{str(path)!r}: no job can be submitted to a cluster from a path with "
                f"{found[0]!r} in it; rename it"
            )
    for argument in config_arguments:
        if found := _UNSAFE.search(argument):
            raise UserError(
                f"--config {argument}: no job can be submitted to a cluster with {found[0]!r} on "
                "its command line; write the value into a file and give that with --configfile"
            )
