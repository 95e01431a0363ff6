"""Tables as commands print them."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Format(StrEnum):
    """For people, or for programs."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def in_format(frame: "pd.DataFrame", format: Format) -> str:
    """Lay a table out as asked, without a line end."""
    if format is Format.JSON:
        return str(frame.to_json(orient="records", indent=2))
    if format is Format.CSV:
        return str(frame.to_csv(index=False)).removesuffix("\n")
    return as_text(frame)


def as_text(frame: "pd.DataFrame") -> str:
    """Lay a table out for people."""
    if frame.empty:
        return "none"
    return frame.to_string(index=False, na_rep="-", float_format="{:.3f}".format)
