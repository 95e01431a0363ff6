"""Pages that are written from code: written, or compared with what is there."""

import difflib
from pathlib import Path

import typer

from theraflow.core.errors import UserError
from theraflow.core.files import write_text_atomic


def write_or_compare(wanted: str, file: Path, *, check: bool) -> None:
    """Write a page, or print how it differs; raises ``UserError`` for one that is stale."""
    if not check:
        write_text_atomic(file, wanted)
        return
    present = file.read_text(encoding="utf-8") if file.is_file() else ""
    if present != wanted:
        difference = difflib.unified_diff(
            present.splitlines(), wanted.splitlines(), str(file), "the code", lineterm=""
        )
        typer.echo("\n".join(difference))
        raise UserError(f"{file} is stale: run `make reference`")
