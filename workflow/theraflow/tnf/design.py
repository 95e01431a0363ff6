"""Design of experiments: from the config to parameter points, without randomness of its own.

Everything here is a pure function of the config, so that Snakemake can call it while it reads the
workflow.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from theraflow.config.designs import (
    Design,
    LatinHypercubeDesign,
    PaperDesign,
    SobolDesign,
    TreatmentRegion,
)
from theraflow.errors import UserError
from theraflow.tnf.simulation import ParameterPoint

_SAMPLED_CONCENTRATION_DECIMALS = 6
_PARAMETERS = 3
# A region where fewer than one draw in a hundred is valid is taken for a mistake.
_MAX_DRAWS_PER_POINT = 100
_MAX_GROWTH = 10

Treatment = tuple[int, int, float]
"""Pulse period (min), pulse duration (min), TNF concentration (relative)."""


def parameter_points(designs: Sequence[Design], tumor_radius_um: int) -> list[ParameterPoint]:
    """List the points of all design blocks for one radius, each point once, in stable order.

    Raises ``UserError`` when the blocks hold no point, or fewer than they promise.
    """
    return [point for block in points_by_block(designs, tumor_radius_um) for point in block]


def points_by_block(designs: Sequence[Design], tumor_radius_um: int) -> list[list[ParameterPoint]]:
    """List the points of each design block, without those of the blocks before it.

    Raises ``UserError`` as ``parameter_points`` does.
    """
    seen: set[Treatment] = set()
    blocks = []
    for index, design in enumerate(designs):
        new = [treatment for treatment in _treatments(index, design) if treatment not in seen]
        seen.update(new)
        blocks.append([ParameterPoint(tumor_radius_um, *treatment) for treatment in new])
    if not seen:
        raise UserError("tnf.designs: the design is empty; widen its ranges or add a block")
    return blocks


def _treatments(index: int, design: Design) -> list[Treatment]:
    if isinstance(design, PaperDesign):
        return _paper_treatments(design)
    sampled = _sampled_treatments(design)
    if len(sampled) < design.points:
        raise UserError(
            f"tnf.designs[{index}]: only {len(sampled)} of {design.points} points found "
            "in its ranges; widen the ranges or ask for fewer points"
        )
    return sampled


def _paper_treatments(design: PaperDesign) -> list[Treatment]:
    """Join the full grid with the grid of its mid-points (Abrate et al. 2024, section III)."""
    grid = [
        np.linspace(low, high, design.levels)
        for low, high in (
            design.pulse_period_min,
            design.pulse_duration_min,
            design.tnf_concentration,
        )
    ]
    mid_points = [(axis[:-1] + axis[1:]) / 2 for axis in grid]
    treatments = itertools.chain(itertools.product(*grid), itertools.product(*mid_points))
    return list(dict.fromkeys(_valid(treatments, design)))


def _sampled_treatments(design: LatinHypercubeDesign | SobolDesign) -> list[Treatment]:
    """Draw until ``points`` distinct valid treatments are found, or the region proves too small."""
    low, high = np.array(
        [design.pulse_period_min, design.pulse_duration_min, design.tnf_concentration]
    ).T
    draws = design.points
    treatments: list[Treatment] = []
    while len(treatments) < design.points and draws <= _MAX_DRAWS_PER_POINT * design.points:
        unit_cube = _draw(design, draws)
        values = low + unit_cube * (high - low)
        values[:, 2] = values[:, 2].round(_SAMPLED_CONCENTRATION_DECIMALS)
        treatments = list(dict.fromkeys(_valid(values.tolist(), design)))
        growth = design.points / len(treatments) if treatments else math.inf
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


def _valid(treatments: Iterable[Sequence[float]], region: TreatmentRegion) -> Iterator[Treatment]:
    """Keep pulses that fit their period, judged before rounding to whole minutes, half to even."""
    for period, duration, concentration in treatments:
        if duration <= period and concentration > region.tnf_concentration_above:
            yield round(period), round(duration), float(concentration)
