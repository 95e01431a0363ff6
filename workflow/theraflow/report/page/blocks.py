"""What a page is made of: sections of texts, numbers, tables and pictures, before any HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from markupsafe import Markup


@dataclass(frozen=True)
class Text:
    """A paragraph; words between backticks are code."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True)
class Missing:
    """What is not there, and why, as "Not computed: ..."."""

    kind: ClassVar[str] = "missing"
    text: str


@dataclass(frozen=True)
class Number:
    """One number: its label, value with unit, what it means, and how sure it is."""

    label: str
    value: str
    meaning: str
    interval: str = ""


@dataclass(frozen=True)
class Numbers:
    """Numbers side by side."""

    kind: ClassVar[str] = "numbers"
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Facts:
    """Pairs of a term and what it is, or a list of what it is."""

    kind: ClassVar[str] = "facts"
    pairs: tuple[tuple[str, str | tuple[str, ...]], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, unit, meaning, and whether it holds numbers."""

    heading: str
    unit: str
    meaning: str
    is_number: bool


@dataclass(frozen=True)
class Cell:
    """A cell: its text, and what the table is sorted by."""

    text: str
    key: str


@dataclass(frozen=True)
class DataTable:
    """A table that readers can sort. ``remark`` says what it holds and which file holds it all."""

    kind: ClassVar[str] = "table"
    id: str
    title: str
    remark: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A figure as a data URI that may stand in double quotes, with its size in CSS pixels."""

    kind: ClassVar[str] = "picture"
    id: str
    title: str
    caption: str
    source: Markup
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Listing:
    """Text as it is, folded away under a title."""

    kind: ClassVar[str] = "listing"
    title: str
    text: str


@dataclass(frozen=True)
class Widget:
    """Something to play with: HTML, the data that its script reads, and the script.

    ``data`` is embedded as JSON in ``<script type="application/json" id="{id}-data">``. The content
    security policy of the page admits ``script`` and ``style`` by their hashes, and nothing else:
    no ``style`` attributes, no ``onclick``, no request.
    """

    kind: ClassVar[str] = "widget"
    id: str
    html: Markup
    data: Mapping[str, Any]
    script: str
    style: str = ""


Block = Text | Missing | Numbers | Facts | DataTable | Picture | Listing | Widget


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading; ``id`` is its anchor."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()

    def all_blocks(self) -> list[Block]:
        """List the blocks of the section and of those within it."""
        return [*self.blocks, *(block for each in self.sections for block in each.all_blocks())]
