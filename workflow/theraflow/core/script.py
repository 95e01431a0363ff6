"""What every script of a rule starts with: its log, and errors that a user can read."""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from theraflow.core.errors import UserError, as_user_error
from theraflow.core.files import refuse_link_out


@contextmanager
def logged_to(log_file: str | Path) -> Iterator[None]:
    """Send log messages and warnings of the block to a file, and uncaught exceptions with them.

    A ``UserError`` and a limit of the machine, as a full disk, are one line there and on standard
    error, and end the process with exit code 2; any other exception leaves its traceback in the
    log. A log that is a link out of the logs is not written, and ends the process too.
    """
    try:
        refuse_link_out(Path(log_file))
    except UserError as error:
        sys.exit(f"theraflow: error: {error}")
    logging.basicConfig(
        filename=log_file,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logging.captureWarnings(True)
    # A log on a full disk must not bury the line that says so under tracebacks of its own.
    logging.raiseExceptions = False
    try:
        yield
    except Exception as error:
        told = as_user_error(error)
        if told is None:
            logging.exception("unexpected error; please report it")
            raise
        logging.critical("%s", told)
        # In one piece, as jobs that end at once would print into each other's lines.
        sys.stderr.write(f"theraflow: error: {told}\n")
        raise SystemExit(2) from None
    finally:
        # Else Python looks for garbage in all that libraries hold before it ends.
        gc.freeze()
