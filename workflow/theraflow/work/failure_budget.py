"""How many failures a campaign tolerates before its jobs stop.

Each batch with failures keeps their number in a file of its own, in one folder for the campaign. A
job reads only these: few while all is well, and never more than it takes to exceed the budget.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from theraflow.core.errors import UserError
from theraflow.core.files import write_text_atomic


@dataclass(frozen=True)
class FailureBudget:
    """The failures that all batches of a folder may have; ``setting`` is the limit's config key."""

    folder: Path
    limit: int | None
    setting: str

    def note(self, batch: str, failures: int) -> None:
        """Note how many pieces of work of a batch have failed and not succeeded since."""
        file = self.folder / batch
        if failures:
            write_text_atomic(file, f"{failures}\n")
        else:
            file.unlink(missing_ok=True)

    def forget_others(self, planned: Collection[str]) -> None:
        """Forget the failures of batches that are in no plan any more."""
        if self.folder.is_dir():
            for file in self.folder.iterdir():
                if file.name not in planned:
                    file.unlink(missing_ok=True)

    def without_limit(self) -> Self:
        """Return a budget that notes failures and tolerates any number of them."""
        return replace(self, limit=None)

    def check(self) -> None:
        """Raise ``UserError`` when more has failed than the limit allows."""
        if self.limit is None or not self.folder.is_dir():
            return
        failures = 0
        for file in self.folder.iterdir():
            failures += _number(file)
            if failures > self.limit:
                raise UserError(
                    f"more than {self.setting} = {self.limit} of this campaign have failed, so "
                    "that no more are started: `theraflow ledger results` says which and why; fix "
                    "the cause and run `snakemake retry_failed`, or raise the limit"
                )


def _number(file: Path) -> int:
    """Read a number of failures; 0 for a file that is gone by now, or is none of ours."""
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0
