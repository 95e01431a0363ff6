"""Who made theraflow, and what it is called: read from ``CITATION.cff``."""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Citation:
    """How theraflow is cited; ``licence`` is an identifier of SPDX."""

    title: str
    version: str
    licence: str
    authors: tuple[str, ...]
    keywords: tuple[str, ...]


def read_citation(file: Path) -> Citation:
    """Read a citation file (https://citation-file-format.github.io)."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Citation(
        title=content["title"],
        version=content["version"],
        licence=content["license"],
        authors=tuple(
            author.get("name") or f"{author['given-names']} {author['family-names']}"
            for author in content["authors"]
        ),
        keywords=tuple(content["keywords"]),
    )
