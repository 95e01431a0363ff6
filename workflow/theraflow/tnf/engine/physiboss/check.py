"""Settings of PhysiBoSS in which a study's tumours or hours have no place."""

import math
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from theraflow.config.tnf.engines import PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.tnf.engine.physiboss.settings import load_settings
from theraflow.tnf.engine.physiboss.xml_text import parse_xml
from theraflow.tnf.simulation import OUTPUT_INTERVAL_MIN

_FIELD_STEP: Final = "overall/dt_diffusion"
_LONGER_STEPS: Final = ("overall/dt_mechanics", "overall/dt_phenotype")


def check_settings(engine: PhysibossConfig, largest_radius_um: int) -> None:
    """Refuse settings that the program accepts, and that cannot give the study's counts.

    Raises ``UserError`` as ``load_settings`` does, for a domain of one layer in three dimensions or
    of several in two, a tumour that does not fit it, and a step of the field that divides neither
    the hours nor the steps of the cells. What the settings do not tell is not checked.
    """
    settings = load_settings(engine)
    root = parse_xml(settings.text)
    _check_layers(root, engine)
    for axis, reach_um in _reaches_um(root, engine):
        if largest_radius_um > reach_um:
            raise UserError(
                f"tnf: a tumour radius of {largest_radius_um} um does not fit the domain of "
                f"{settings.file}, which ends {reach_um:g} um from its centre in {axis}; give "
                "smaller radii or a larger domain"
            )
    field_step_min = _number(root, _FIELD_STEP)
    if field_step_min is None:
        return
    multiples_min = {path: _number(root, path) for path in _LONGER_STEPS}
    for name, multiple_min in {**multiples_min, "an hour": float(OUTPUT_INTERVAL_MIN)}.items():
        if multiple_min is not None and not _divides(field_step_min, multiple_min):
            raise UserError(
                f"{settings.file}: {_FIELD_STEP} = {field_step_min:g} min does not divide {name} "
                f"({multiple_min:g} min); give a step that does"
            )


def _check_layers(root: ET.Element, engine: PhysibossConfig) -> None:
    layer_um, extent_um = _number(root, "domain/dz"), _extent_um(root, "z", engine)
    if layer_um is None or extent_um is None:
        return
    layers = (extent_um[1] - extent_um[0]) / layer_um
    is_flat = layers < 1.5
    if is_flat != (engine.dimension == 2):
        has = "one layer" if is_flat else f"{layers:.0f} layers"
        raise UserError(
            f"tnf.engine.dimension = {engine.dimension}: from {extent_um[0]:g} to "
            f"{extent_um[1]:g} um in z the domain has {has} of voxels; change the dimension or "
            "tnf.engine.z_range_um"
        )


def _reaches_um(root: ET.Element, engine: PhysibossConfig) -> Iterator[tuple[str, float]]:
    """Yield every axis that the tumour grows along, and how far the domain reaches there, um."""
    for axis in "xyz"[: engine.dimension]:
        extent_um = _extent_um(root, axis, engine)
        if extent_um is not None:
            yield axis, min(-extent_um[0], extent_um[1])


def _extent_um(root: ET.Element, axis: str, engine: PhysibossConfig) -> tuple[float, float] | None:
    low, high = f"domain/{axis}_min", f"domain/{axis}_max"
    if axis == "z":
        low, high = engine.mapping.lowest_z[0], engine.mapping.highest_z[0]
    low_um, high_um = _number(root, low), _number(root, high)
    return None if low_um is None or high_um is None else (low_um, high_um)


def _number(root: ET.Element, path: str) -> float | None:
    try:
        return float(root.findtext(path, ""))
    except ValueError:
        return None


def _divides(step: float, multiple: float) -> bool:
    ratio = multiple / step if step > 0 else 0.0
    return round(ratio) > 0 and math.isclose(ratio, round(ratio), rel_tol=1e-6)
