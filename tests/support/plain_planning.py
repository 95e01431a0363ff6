"""Planning the plain way: one treatment at a time, as the definition of what is planned."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import qmc

from theraflow.config.tnf.designs import Design, PaperDesign, SobolDesign, SobolRadiusDesign
from theraflow.config.tnf.study import TnfConfig
from theraflow.tnf.campaign.cost import (
    expected_cpu_s,
    expected_mean_cpu_s,
    simulations_per_batch,
)
from theraflow.tnf.simulation import ParameterPoint, Simulation, plan_simulation

DRAWS = 4096


def plain_blocks(designs: Sequence[Design]) -> list[list[tuple[float, ...]]]:
    """List the treatments, or points, of each block that no block before it has."""
    blocks, seen = [], set()
    for design in designs:
        limit = None if isinstance(design, PaperDesign) else design.points
        valid = dict.fromkeys(
            (*map(round, whole), concentration)
            for *whole, concentration in _values(design)
            if whole[-1] <= whole[-2] and concentration > design.tnf_concentration_above
        )
        blocks.append([item for item in itertools.islice(valid, limit) if item not in seen])
        seen.update(blocks[-1])
    return blocks


def _values(design: Design) -> Iterator[tuple[float, ...]]:
    ranges = [design.pulse_period_min, design.pulse_duration_min, design.tnf_concentration]
    if isinstance(design, PaperDesign):
        axes = [np.linspace(low, high, design.levels).tolist() for low, high in ranges]
        centres = [[(low + high) / 2 for low, high in itertools.pairwise(axis)] for axis in axes]
        yield from itertools.product(*axes)
        yield from itertools.product(*centres)
        return
    assert isinstance(design, SobolDesign | SobolRadiusDesign)
    if isinstance(design, SobolRadiusDesign):
        ranges.insert(0, design.tumor_radius_um)
    for row in qmc.Sobol(len(ranges), rng=design.seed).random(DRAWS):
        *whole, concentration = (
            float(low + share * (high - low))
            for share, (low, high) in zip(row, ranges, strict=True)
        )
        if design.concentration_scale == "log":
            low, high = np.log(design.tnf_concentration)
            concentration = float(np.exp(low + row[-1] * (high - low)))
        yield *whole, round(concentration, 6)


def plain_batches(tnf: TnfConfig) -> list[list[Simulation]]:
    """List the simulations of every batch of the data set."""
    drawn = [design for design in tnf.designs if isinstance(design, SobolRadiusDesign)]
    shared = [design for design in tnf.designs if design not in drawn]
    blocks = [
        ([ParameterPoint(radius, *treatment) for treatment in block], expected_cpu_s(radius, *how))
        for how in [(tnf.engine, tnf.horizon_min)]
        for radius in tnf.tumor_radii_um
        for block in plain_blocks(shared)
    ]
    blocks += [
        ([ParameterPoint(*point) for point in block], expected_mean_cpu_s(radii, *how))
        for how in [(tnf.engine, tnf.horizon_min)]
        for block, radii in zip(
            plain_blocks(drawn), [design.tumor_radius_um for design in drawn], strict=True
        )
    ]
    batches = []
    for points, cpu_s in blocks:
        size = simulations_per_batch(cpu_s, tnf.batches.target_cpu_minutes)
        for replicate in range(tnf.replicates):
            batches += [
                [
                    plan_simulation(point, replicate, tnf.base_seed, horizon_min=tnf.horizon_min)
                    for point in points[start : start + size]
                ]
                for start in range(0, len(points), size)
            ]
    return batches
