"""Who is treated: a patient, or several who get one regimen; and the file that tells of them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from theraflow.core.errors import UserError
from theraflow.core.files import refuse_link_out, write_text_atomic
from theraflow.crc.therapy.template import PatientStart

_REMEDY: Final = "remove it, so that it is made again"


@dataclass(frozen=True)
class Member:
    """A patient at therapy start, and the final diameter under the reference therapy (mm)."""

    patient: int
    start: PatientStart
    reference_diameter_mm: float


@dataclass(frozen=True)
class Subject:
    """One patient, or a population whose inefficacies a statistic makes one number of.

    ``statistic`` is ``mean`` or ``worst_quarter``, the mean of the worst quarter.
    """

    members: tuple[Member, ...]
    statistic: str = "mean"

    @property
    def is_population(self) -> bool:
        """Whether it is more than one patient."""
        return len(self.members) > 1


def write_subject(subject: Subject, path: Path) -> None:
    """Write who is treated as JSON."""
    write_text_atomic(path, json.dumps(asdict(subject), indent=1, sort_keys=True) + "\n")


def read_subject(path: Path) -> Subject:
    """Read who is treated; raises ``UserError`` for a file that tells of nobody."""
    refuse_link_out(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Subject(tuple(map(_member, content["members"])), content["statistic"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: tells of no patient ({error}); {_REMEDY}") from None


def join_members(files: Sequence[Path], statistic: str) -> Subject:
    """Make a population of the patients in files."""
    members = [member for file in files for member in read_subject(file).members]
    return Subject(tuple(members), statistic)


def _member(content: dict[str, Any]) -> Member:
    return Member(
        content["patient"],
        PatientStart(**content["start"]),
        content["reference_diameter_mm"],
    )
