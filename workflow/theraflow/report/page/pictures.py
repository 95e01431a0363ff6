"""Figures of the catalogue as data URIs, which need no other file."""

import base64
import re
import struct
from pathlib import Path
from typing import Final

from theraflow.report.catalogue.figure import CatalogueFigure
from theraflow.report.page.blocks import Missing, Picture
from theraflow.report.page.results import Results

# Drawings beyond are embedded as the raster image, where that is smaller.
_LARGEST_SVG_BYTES: Final = 150_000
_PX_PER_PT: Final = 96 / 72
# Raster images are drawn for paper, at about twice the resolution of a screen.
_IMAGE_PX_PER_PX: Final = 2
_HEAD_BYTES: Final = 1000
_WIDTH_PT: Final = re.compile(rb' width="([0-9.]+)pt"')
_HEIGHT_PT: Final = re.compile(rb' height="([0-9.]+)pt"')
_TYPES: Final = {".svg": "image/svg+xml", ".png": "image/png"}


def picture(results: Results, study: str, figure: CatalogueFigure) -> Picture | Missing:
    """Embed a figure of a study (``tnf`` or ``crc``), or say what is missing."""
    folder = results.folder / study / "figures"
    vector, raster = (folder / f"{figure.id}{suffix}" for suffix in _TYPES)
    file = _choose(vector, raster)
    if file is None:
        if any(folder.glob(f"{figure.id}.*")):
            reason = "it was drawn, but neither as SVG nor as PNG, which a page can show"
            return Missing(f"Not shown: the figure “{figure.title}”; {reason}.")
        return Missing(f"Not drawn yet: the figure “{figure.title}”.")
    content = file.read_bytes()
    width_px, height_px = _size_px(content)
    data = base64.b64encode(content).decode("ascii")
    return Picture(
        id=f"{study}-{figure.id}",
        title=figure.title,
        caption=figure.caption,
        source=f"data:{_TYPES[file.suffix]};base64,{data}",
        width_px=width_px,
        height_px=height_px,
    )


def _choose(vector: Path, raster: Path) -> Path | None:
    """Take the drawing, unless it is large and the raster image smaller."""
    if not vector.is_file():
        return raster if raster.is_file() else None
    size = vector.stat().st_size
    if size > _LARGEST_SVG_BYTES and raster.is_file() and raster.stat().st_size < size:
        return raster
    return vector


def _size_px(content: bytes) -> tuple[int, int]:
    head = content[:_HEAD_BYTES]
    width, height = _WIDTH_PT.search(head), _HEIGHT_PT.search(head)
    if width and height:
        return round(float(width[1]) * _PX_PER_PT), round(float(height[1]) * _PX_PER_PT)
    image_width, image_height = struct.unpack(">II", content[16:24])
    return round(image_width / _IMAGE_PX_PER_PX), round(image_height / _IMAGE_PX_PER_PX)
