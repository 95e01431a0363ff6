"""Errors that the user can fix."""


class UserError(Exception):
    """A fault in what the user gave: one line that names the thing and the remedy.

    Entry points print it without a traceback and exit with code 2.
    """
