"""Design of experiments: from the config to treatments, without randomness of its own.

Everything here is a pure function of the config, so that Snakemake can call it while it reads the
workflow. Treatments are arrays throughout, so that a million of them take no longer to plan than
the workflow takes to read.
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
    TreatmentRegion,
)
from theraflow.core.errors import UserError
from theraflow.tnf import tables
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

_SAMPLED_CONCENTRATION_DECIMALS = 6
_PARAMETERS = 3
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

    They are the same for every radius; the arrays are read-only. Raises ``UserError`` as
    ``parameter_points`` does.
    """
    blocks = [_treatments(index, design) for index, design in enumerate(designs)]
    treatments = np.concatenate([np.empty(0, TREATMENT), *blocks])
    if not len(treatments):
        raise UserError("tnf.designs: the design is empty; widen its ranges or add a block")
    is_new = _is_first_occurrence(treatments)
    ends = np.cumsum([len(block) for block in blocks])
    new_blocks = [
        block[new] for block, new in zip(blocks, np.split(is_new, ends[:-1]), strict=True)
    ]
    for block in new_blocks:
        block.flags.writeable = False
    return tuple(new_blocks)


def _treatments(index: int, design: Design) -> Treatments:
    if isinstance(design, PaperDesign):
        return _paper_treatments(design)
    sampled = _sampled_treatments(design)
    if len(sampled) < design.points:
        raise UserError(
            f"tnf.designs[{index}]: only {len(sampled)} of {design.points} points found "
            "in its ranges; widen the ranges or ask for fewer points"
        )
    return sampled


def _paper_treatments(design: PaperDesign) -> Treatments:
    """Join the full grid with the grid of its mid-points (Abrate et al. 2024, section III)."""
    grid = [np.linspace(low, high, design.levels) for low, high in _ranges(design)]
    mid_points = [(axis[:-1] + axis[1:]) / 2 for axis in grid]
    values = np.concatenate([_product(grid), _product(mid_points)])
    return _distinct_valid_treatments(values, design)


def _product(axes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Combine all values of the axes, the last one varying fastest: shape (n, axes)."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def _sampled_treatments(design: LatinHypercubeDesign | SobolDesign) -> Treatments:
    """Draw until ``points`` distinct valid treatments are found, or the region proves too small."""
    draws = design.points
    treatments = np.empty(0, TREATMENT)
    max_draws = min(_MAX_DRAWS_PER_POINT * design.points, _MAX_DRAWS)
    while len(treatments) < design.points and draws <= max_draws:
        treatments = _distinct_valid_treatments(_scale(_draw(design, draws), design), design)
        growth = design.points / len(treatments) if len(treatments) else math.inf
        draws = math.ceil(draws * min(growth, _MAX_GROWTH))
    return treatments[: design.points]


def _draw(design: LatinHypercubeDesign | SobolDesign, draws: int) -> NDArray[np.float64]:
    """Sample the unit cube: an array of shape (at least ``draws``, 3)."""
    # Imported late: it takes half a second, which a paper design need not spend.
    from scipy.stats import qmc

    if isinstance(design, SobolDesign):
        # Only whole powers of two keep the balance of a Sobol sequence.
        return qmc.Sobol(_PARAMETERS, rng=design.seed).random_base2((draws - 1).bit_length())
    return qmc.LatinHypercube(_PARAMETERS, rng=design.seed).random(draws)


def _scale(shares: NDArray[np.float64], design: SampledRegion) -> NDArray[np.float64]:
    """Spread shares (n, 3) of the unit cube over the ranges of a design."""
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
    """List the lowest and highest period, duration and concentration."""
    return [region.pulse_period_min, region.pulse_duration_min, region.tnf_concentration]


def _distinct_valid_treatments(values: NDArray[np.float64], region: TreatmentRegion) -> Treatments:
    """Keep pulses that fit their period, judged before rounding to whole minutes, half to even.

    ``values`` (n, 3): period, duration and concentration.
    """
    period, duration, concentration = values.T
    valid = values[(duration <= period) & (concentration > region.tnf_concentration_above)]
    treatments = np.empty(len(valid), TREATMENT)
    treatments[tables.PULSE_PERIOD_MIN] = np.rint(valid[:, 0])
    treatments[tables.PULSE_DURATION_MIN] = np.rint(valid[:, 1])
    treatments[tables.TNF_CONCENTRATION] = valid[:, 2]
    return treatments[_is_first_occurrence(treatments)]


def _is_first_occurrence(treatments: Treatments) -> NDArray[np.bool_]:
    """Tell of each treatment whether it is none of those before it."""
    # A stable sort puts equal treatments side by side, the first of them first.
    order = np.lexsort([treatments[parameter] for parameter in TREATMENT.names or ()])
    ordered = treatments[order]
    is_first = np.ones(len(treatments), np.bool_)
    is_first[order[1:]] = ordered[1:] != ordered[:-1]
    return is_first
