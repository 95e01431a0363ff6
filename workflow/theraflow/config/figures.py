"""Config of the figures."""

from typing import Literal

from theraflow.config.base import Section, setting


class FiguresConfig(Section):
    """Size, resolution and format of every figure."""

    width_mm: float = setting("width of a figure", unit="mm", default=180, ge=60, le=600)
    dpi: int = setting(
        "resolution of raster images", unit="dots per inch", default=200, ge=50, le=1200
    )
    formats: tuple[Literal["svg", "png", "pdf"], ...] = setting(
        "files written for every figure", default=("svg", "png"), min_length=1
    )
    example_trajectories: int = setting(
        "test simulations drawn per radius beside their predictions",
        unit="simulations",
        default=3,
        ge=1,
        le=6,
    )
