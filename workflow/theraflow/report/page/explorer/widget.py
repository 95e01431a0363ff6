"""From files of HTML and JavaScript to a widget of the page."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from theraflow.report.page.blocks import Widget
from theraflow.report.page.templating import templates_in

_FOLDER: Final = Path(__file__).parent / "browser"
# What every explorer uses, before its own scripts.
_SHARED_SCRIPTS: Final = ("tools.js", "chart.js")


def explorer(name: str, data: Mapping[str, Any], scripts: tuple[str, ...]) -> Widget:
    """Build the explorer ``{name}-explorer`` of ``browser/{name}.html.j2``, which shows ``data``.

    Its scripts share one scope, closed to the rest of the page.
    """
    template = templates_in(_FOLDER).get_template(f"{name}.html.j2")
    content = "\n".join(_text(file) for file in (*_SHARED_SCRIPTS, *scripts))
    return Widget(
        id=f"{name}-explorer",
        html=Markup(template.render(data)),  # noqa: S704
        data=data,
        script=f'"use strict";\n(() => {{\n{content}\n}})();',
        style=_text("explorer.css"),
    )


def packed(values: NDArray[Any], dtype: str) -> str:
    """Write numbers as base64, for scripts to read: ``<f4`` or ``<u4``, little-endian."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode("ascii")


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
