"""From sections to HTML: one file without links to others, closed by a content security policy."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

from theraflow.report.page.blocks import Section, Widget
from theraflow.report.page.templating import templates_in

_TEMPLATES: Final = Path(__file__).parent / "templates"
_CODE: Final = re.compile(r"`([^`]+)`")
_BEFORE_UNIT: Final = re.compile(r"(?<=\d) (?=[%µ×])")
# Within a script element, these could end it or open another one.
_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass(frozen=True)
class Page:
    """A page: its title, the sentence below it, and its sections."""

    title: str
    lead: str
    sections: tuple[Section, ...]


def render(page: Page) -> str:
    """Write a page as HTML that needs no other file and makes no request."""
    widgets = [
        block
        for section in page.sections
        for block in section.all_blocks()
        if isinstance(block, Widget)
    ]
    styles = [_template("page.css"), *(widget.style for widget in widgets if widget.style)]
    scripts = [_template("page.js"), *(widget.script for widget in widgets)]
    environment = templates_in(_TEMPLATES)
    environment.filters |= {"words": words, "json": embedded_json}
    return environment.get_template("page.html.j2").render(
        page=page,
        policy=_policy(styles, scripts),
        styles=[Markup(style) for style in styles],  # noqa: S704
        scripts=[Markup(script) for script in scripts],  # noqa: S704
    )


def words(text: str) -> Markup:
    """Escape a text, mark what is between backticks as code, and keep numbers with their units."""
    kept = _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", str(escape(text)))
    return Markup(_CODE.sub(r"<code>\1</code>", kept))  # noqa: S704


def embedded_json(data: Any) -> Markup:
    """Write data as JSON that may stand in a script element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for sign, escaped in _ESCAPES.items():
        text = text.replace(sign, escaped)
    return Markup(text)  # noqa: S704


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Admit what is inlined, by its hash, and images of data URIs; nothing else."""
    return "; ".join(
        [
            "default-src 'none'",
            "img-src data:",
            f"style-src {_hashes(styles)}",
            f"script-src {_hashes(scripts)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hashes(texts: Iterable[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(each).decode('ascii')}'" for each in digests)
