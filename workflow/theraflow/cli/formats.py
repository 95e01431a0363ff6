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


def as_text(frame: "pd.DataFrame") -> str:
    """Lay a table out for people."""
    if frame.empty:
        return "none"
    return frame.to_string(index=False, na_rep="-", float_format="{:.3f}".format)
