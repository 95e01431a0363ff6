"""Figures of the catalogue as data URIs, which need no other file."""

import base64
import re
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import quote

from markupsafe import Markup
from PIL import Image

from theraflow.report.catalogue.figure import CatalogueFigure
from theraflow.report.page.blocks import Missing, Picture
from theraflow.report.page.results import Results

# A raster image takes the place of a larger drawing where it is smaller.
_LARGEST_DRAWING: Final = 80_000
_COLOURS: Final = 256
_PX_PER_PT: Final = 96 / 72
# Raster images are drawn for paper, at about twice the resolution of a screen.
_IMAGE_PX_PER_PX: Final = 2
_SIZE: Final = re.compile(r' (width|height)="([0-9.]+)pt"')
_SIZE_WITHIN: Final = 1000
# Drawings tell what made them, are indented, and give a millionth of a point.
_METADATA: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_INDENT: Final = re.compile(r">\s+<")
_PATH: Final = re.compile(r' d="[^"]*"')
_DECIMALS: Final = re.compile(r"(\.\d\d)\d+")
# What may stand in a URI within double quotes as it is.
_PLAIN: Final = " !$'()*+,/:;=?@-._~"


def picture(results: Results, study: str, figure: CatalogueFigure) -> Picture | Missing:
    """Embed a figure of a study (``tnf`` or ``crc``), or say what is missing."""
    folder = results.folder / study / "figures"
    drawing, image = (folder / f"{figure.id}{suffix}" for suffix in (".svg", ".png"))
    embedded = _embed(drawing, image)
    if embedded is None:
        if any(folder.glob(f"{figure.id}.*")):
            reason = "it was drawn, but neither as SVG nor as PNG, which a page can show"
            return Missing(f"Not shown: the figure “{figure.title}”; {reason}.")
        return Missing(f"Not drawn yet: the figure “{figure.title}”.")
    source, (width_px, height_px) = embedded
    return Picture(
        id=f"figure-{study}-{figure.id}",
        title=figure.title,
        caption=figure.caption,
        source=source,
        width_px=width_px,
        height_px=height_px,
    )


def _embed(drawing: Path, image: Path) -> tuple[Markup, tuple[int, int]] | None:
    """Return the data URI of the drawing, or of the image, with its size in CSS pixels."""
    if drawing.is_file():
        text = drawing.read_text(encoding="utf-8")
        source = drawing_uri(text)
        if len(source) > _LARGEST_DRAWING and image.is_file():
            with Image.open(image) as opened:
                source = min(source, image_uri(opened), key=len)
        return source, _drawing_size_px(text)
    if image.is_file():
        with Image.open(image) as opened:
            width, height = (round(side / _IMAGE_PX_PER_PX) for side in opened.size)
            return image_uri(opened), (width, height)
    return None


def drawing_uri(text: str) -> Markup:
    """Write an SVG as a data URI, without what does not show at a hundredth of a point."""
    text = text[text.index("<svg") :]
    text = _INDENT.sub("><", _COMMENT.sub("", _METADATA.sub("", text)))
    text = _PATH.sub(lambda path: " " + " ".join(_DECIMALS.sub(r"\1", path[0]).split()), text)
    turned = text.strip().replace("'", "&apos;").replace('"', "'")
    return Markup(f"data:image/svg+xml,{quote(turned, safe=_PLAIN)}")  # noqa: S704


def image_uri(image: Image.Image) -> Markup:
    """Write an image as a data URI, a PNG of 256 colours."""
    file = BytesIO()
    flat = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    flat.save(file, "PNG", optimize=True)
    content = file.getvalue()
    return Markup(f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}")  # noqa: S704


def _drawing_size_px(text: str) -> tuple[int, int]:
    size_pt = dict(_SIZE.findall(text[:_SIZE_WITHIN]))
    width, height = (round(_PX_PER_PT * float(size_pt[side])) for side in ("width", "height"))
    return width, height
