"""The page that tells what disturbances do to a campaign, from what the tests have seen."""

from dataclasses import dataclass, field
from typing import Final

from theraflow.core.files import REPOSITORY, write_text_atomic

_PAGE: Final = REPOSITORY / "docs/reliability.md"
_HEAD: Final = (
    "# What a campaign survives",
    "",
    "`make test-chaos` disturbs small campaigns while they run, starts them again, and compares",
    "the result with a campaign that nobody disturbed: the data set byte by byte, all other tables",
    "but for measured columns (times, host, attempts). Random times, places and sizes come from a",
    "seed.",
    "The suite writes this page when all of it has passed.",
    "",
    "| disturbance | what happens | what the user sees | what is lost |",
    "|---|---|---|---|",
)


@dataclass
class Reliability:
    """Rows of the table, in the order of the tests."""

    _rows: list[str] = field(default_factory=list)

    def add(self, disturbance: str, happens: str, sees: str, lost: str = "nothing") -> None:
        """Tell of one disturbance."""
        cells = (each.replace("|", r"\|") for each in (disturbance, happens, sees, lost))
        self._rows.append(f"| {' | '.join(cells)} |")

    def write(self) -> None:
        """Write the page."""
        write_text_atomic(_PAGE, "\n".join((*_HEAD, *self._rows, "")))
