"""Design of experiments: from the config to treatments, without randomness of its own.

Everything here is a pure function of the config, so that Snakemake can call it while it reads the
workflow. Treatments are arrays throughout, so that a million of them take no longer to plan than
the workflow takes to read. Most designs are simulated at every radius of the study: their blocks
hold treatments. Designs that draw the radius hold points, a treatment with its own radius.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.designs import (
    Design,
    LatinHypercubeDesign,
    PaperDesign,
    SampledRegion,
    SobolDesign,
    SobolRadiusDesign,
    TreatmentRegion,
)
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.campaign.drawn_rows import draw_once
from theraflow.tnf.simulation import ParameterPoint

TREATMENT: Final = np.dtype(
    [
        (tables.PULSE_PERIOD_MIN, "<i4"),
        (tables.PULSE_DURATION_MIN, "<i4"),
        (tables.TNF_CONCENTRATION, "<f8"),
    ]
)
"""A pulsed TNF treatment; its bytes are the same on every machine."""

Treatments = NDArray[np.void]
"""Treatments of dtype ``TREATMENT``, shape (n,)."""

POINT: Final = np.dtype([(tables.TUMOR_RADIUS_UM, "<i4"), *TREATMENT.descr])
"""A tumour and its treatment."""

Points = NDArray[np.void]
"""Points of dtype ``POINT``, shape (n,)."""

_SampledDesign = LatinHypercubeDesign | SobolDesign | SobolRadiusDesign

_SAMPLED_CONCENTRATION_DECIMALS = 6
# A region where fewer than one draw in a hundred is valid is taken for a mistake.
_MAX_DRAWS_PER_POINT = 100
# Half a gigabyte of numbers.
_MAX_DRAWS = 2**24
_MAX_GROWTH = 10
_DESIGNS_REMEMBERED = 4


def parameter_points(designs: Sequence[Design], tumor_radius_um: int) -> list[ParameterPoint]:
    """List the points of all design blocks for one radius, each point once, in stable order.

    Raises ``UserError`` when the blocks hold no point, or fewer than they promise.
    """
    return [
        ParameterPoint(tumor_radius_um, *treatment)
        for block in treatments_by_block(tuple(designs))
        for treatment in block.tolist()
    ]


def design_parameters(designs: Sequence[Design]) -> NDArray[np.float64]:
    """List the treatments of all blocks: period (min), duration (min), concentration; (n, 3).

    Raises ``UserError`` as ``parameter_points`` does.
    """
    treatments = np.concatenate(treatments_by_block(tuple(designs)))
    return np.stack([treatments[name] for name in tables.PARAMETER_COLUMNS], axis=1, dtype=float)


@lru_cache(_DESIGNS_REMEMBERED)
def treatments_by_block(designs: tuple[Design, ...]) -> tuple[Treatments, ...]:
    """List the treatments of each design block, without those of the blocks before it.

    They are the same for every radius, so blocks that draw the radius are none of them; the arrays
    are read-only. Raises ``UserError`` as ``parameter_points`` does.
    """
    blocks = [
        block_of(design, f"tnf.designs[{index}]")
        for index, design in enumerate(designs)
        if not isinstance(design, SobolRadiusDesign)
    ]
    if not any(map(len, blocks)):
        raise UserError(
            "tnf.designs: no treatments for tnf.tumor_radii_um; widen the ranges, or add a block "
            "that does not draw its radii"
        )
    return _without_repeats(blocks)


@lru_cache(_DESIGNS_REMEMBERED)
def points_by_block(designs: tuple[Design, ...]) -> tuple[Points, ...]:
    """List the points of each block that draws the radius, without those of the blocks before it.

    In the order of ``radius_designs``; the arrays are read-only. Raises ``UserError`` when a block
    holds fewer points than it promises.
    """
    blocks = [
        block_of(design, f"tnf.designs[{index}]")
        for index, design in enumerate(designs)
        if isinstance(design, SobolRadiusDesign)
    ]
    return _without_repeats(blocks)


def radius_designs(designs: Sequence[Design]) -> list[SobolRadiusDesign]:
    """Select the blocks that draw the radius."""
    return [design for design in designs if isinstance(design, SobolRadiusDesign)]


def block_numbers(designs: Sequence[Design]) -> tuple[list[int], list[int]]:
    """Give the numbers in the config of blocks for every radius, and of those that draw it."""
    draws = [isinstance(design, SobolRadiusDesign) for design in designs]
    of_radii = [number for number, draws_radius in enumerate(draws) if not draws_radius]
    return of_radii, [number for number, draws_radius in enumerate(draws) if draws_radius]


def drawn_parameters(designs: Sequence[Design]) -> NDArray[np.float64]:
    """List the points of all blocks that draw the radius: radius (um), treatment; (n, 4).

    Raises ``UserError`` as ``points_by_block`` does.
    """
    points = np.concatenate([np.empty(0, POINT), *points_by_block(tuple(designs))])
    return np.stack([points[name] for name in tables.POINT_COLUMNS], axis=1, dtype=float)


def block_of(design: Design, key: str) -> NDArray[np.void]:
    """List what one design draws: treatments, or points where it draws the radius.

    ``key`` names the design in the config. Raises ``UserError`` when there are fewer than promised.
    """
    if isinstance(design, PaperDesign):
        return _paper_treatments(design)
    sampled = draw_once(design, _row_type(design), lambda: _sampled_rows(design), __name__)
    if len(sampled) < design.points:
        raise UserError(
            f"{key}: only {len(sampled)} of {design.points} points found "
            "in its ranges; widen the ranges or ask for fewer points"
        )
    return sampled


def at_radius(treatments: Treatments, tumor_radius_um: int) -> Points:
    """Give all treatments to tumours of one radius."""
    points = np.empty(len(treatments), POINT)
    points[tables.TUMOR_RADIUS_UM] = tumor_radius_um
    for name in tables.PARAMETER_COLUMNS:
        points[name] = treatments[name]
    return points


def _without_repeats(blocks: Sequence[NDArray[np.void]]) -> tuple[NDArray[np.void], ...]:
    if not blocks:
        return ()
    is_new = _is_first_occurrence(np.concatenate(blocks))
    ends = np.cumsum([len(block) for block in blocks])
    new_blocks = tuple(
        block[new] for block, new in zip(blocks, np.split(is_new, ends[:-1]), strict=True)
    )
    for block in new_blocks:
        block.flags.writeable = False
    return new_blocks


def _paper_treatments(design: PaperDesign) -> Treatments:
    """Join the full grid with the grid of its mid-points (Abrate et al. 2024, section III)."""
    grid = [np.linspace(low, high, design.levels) for low, high in _ranges(design)]
    mid_points = [(axis[:-1] + axis[1:]) / 2 for axis in grid]
    values = np.concatenate([_product(grid), _product(mid_points)])
    return _distinct_valid_rows(values, design)


def _product(axes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Combine all values of the axes, the last one varying fastest: shape (n, axes)."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def _sampled_rows(design: _SampledDesign) -> NDArray[np.void]:
    """Draw until ``points`` distinct valid rows are found, or the region proves too small.

    Rows are treatments, or points where the design draws the radius.
    """
    draws = design.points
    rows = np.empty(0, _row_type(design))
    max_draws = min(_MAX_DRAWS_PER_POINT * design.points, _MAX_DRAWS)
    while len(rows) < design.points and draws <= max_draws:
        rows = _distinct_valid_rows(_scale(_draw(design, draws), design), design)
        growth = design.points / len(rows) if len(rows) else math.inf
        draws = math.ceil(draws * min(growth, _MAX_GROWTH))
    return rows[: design.points]


def _draw(design: _SampledDesign, draws: int) -> NDArray[np.float64]:
    """Sample the unit cube: an array of shape (at least ``draws``, ranges)."""
    # Imported late: it takes half a second, which a paper design need not spend.
    from scipy.stats import qmc

    dimension = len(_ranges(design))
    if isinstance(design, LatinHypercubeDesign):
        return qmc.LatinHypercube(dimension, rng=design.seed).random(draws)
    # Only whole powers of two keep the balance of a Sobol sequence.
    return qmc.Sobol(dimension, rng=design.seed).random_base2((draws - 1).bit_length())


def _scale(shares: NDArray[np.float64], design: SampledRegion) -> NDArray[np.float64]:
    """Spread shares (n, ranges) of the unit cube over the ranges of a design."""
    ranges = np.array(_ranges(design))
    is_log = design.concentration_scale == "log"
    if is_log:
        ranges[-1] = np.log(ranges[-1])
    low, high = ranges.T
    values: NDArray[np.float64] = low + shares * (high - low)
    concentrations = np.exp(values[:, -1]) if is_log else values[:, -1]
    # This also takes back the last bit by which the exponential of a logarithm may be off.
    values[:, -1] = concentrations.round(_SAMPLED_CONCENTRATION_DECIMALS)
    return values


def _ranges(region: TreatmentRegion) -> list[tuple[float, float]]:
    """List the lowest and highest value of all that a row of the design holds, in its order."""
    drawn = [region.tumor_radius_um] if isinstance(region, SobolRadiusDesign) else []
    return [*drawn, region.pulse_period_min, region.pulse_duration_min, region.tnf_concentration]


def _row_type(region: TreatmentRegion) -> np.dtype[np.void]:
    return POINT if isinstance(region, SobolRadiusDesign) else TREATMENT


def _distinct_valid_rows(values: NDArray[np.float64], region: TreatmentRegion) -> NDArray[np.void]:
    """Keep pulses that fit their period, judged before rounding to whole numbers, half to even.

    ``values`` (n, ranges): radius if it is drawn, period, duration and concentration.
    """
    period, duration, concentration = values[:, -3:].T
    valid = values[(duration <= period) & (concentration > region.tnf_concentration_above)]
    rows = np.empty(len(valid), _row_type(region))
    for name, column in zip(rows.dtype.names or (), valid.T, strict=True):
        rows[name] = column if name == tables.TNF_CONCENTRATION else np.rint(column)
    return rows[_is_first_occurrence(rows)]


def _is_first_occurrence(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Tell of each row whether it is none of those before it."""
    # A stable sort puts equal rows side by side, the first of them first.
    order = np.lexsort([rows[name] for name in rows.dtype.names or ()])
    ordered = rows[order]
    is_first = np.ones(len(rows), np.bool_)
    is_first[order[1:]] = ordered[1:] != ordered[:-1]
    return is_first
