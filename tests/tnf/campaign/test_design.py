"""The designs of experiments, compared with the published one and with what they promise."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import qmc

from theraflow.config.tnf.designs import (
    Design,
    LatinHypercubeDesign,
    PaperDesign,
    SobolDesign,
    SobolRadiusDesign,
)
from theraflow.core.errors import UserError
from theraflow.tnf.campaign.design import (
    drawn_parameters,
    parameter_points,
    points_by_block,
    treatments_by_block,
)
from theraflow.tnf.simulation import ParameterPoint

RADII_UM = (50, 100, 275, 400)
SAMPLED = (LatinHypercubeDesign, SobolDesign)


def unit_cube(points: list[ParameterPoint], design: Design) -> np.ndarray:
    values = [(p.pulse_period_min, p.pulse_duration_min, p.tnf_concentration) for p in points]
    low, high = np.array(
        [design.pulse_period_min, design.pulse_duration_min, design.tnf_concentration]
    ).T
    return (np.array(values) - low) / (high - low)


def test_paper_design_is_the_published_one(published_dataset: Path) -> None:
    columns = ["tumor_radius_um", "pulse_period_min", "pulse_duration_min", "tnf_concentration"]
    published = pd.read_parquet(published_dataset, columns=[*columns, "in_paper"])
    rows = published.loc[published["in_paper"], columns].drop_duplicates()
    expected = {ParameterPoint(*row) for row in rows.itertuples(index=False)}

    planned = [p for radius in RADII_UM for p in parameter_points([PaperDesign()], radius)]

    assert len(planned) == len(expected) == 7288
    assert set(planned) == expected


def test_paper_design_has_1822_points_per_radius() -> None:
    points = parameter_points([PaperDesign()], 100)

    assert len(points) == len(set(points)) == 1822
    assert all(p.pulse_duration_min <= p.pulse_period_min for p in points)
    assert min(p.tnf_concentration for p in points) > 0.1


def test_half_minutes_round_to_even() -> None:
    periods = {p.pulse_period_min for p in parameter_points([PaperDesign()], 50)}

    assert {84, 244, 402, 562, 720} <= periods  # from 84.5, 243.5, 402.5, 561.5, 720.5


@pytest.mark.parametrize("kind", SAMPLED)
@pytest.mark.parametrize("number", [1, 48, 700])
def test_sampled_designs_deliver_the_points_asked_for(
    kind: type[LatinHypercubeDesign | SobolDesign], number: int
) -> None:
    design = kind(points=number, pulse_period_min=(5, 100))
    points = parameter_points([design], 50)

    assert len(points) == len(set(points)) == number
    for point in points:
        assert 5 <= point.pulse_period_min <= 100
        assert 5 <= point.pulse_duration_min <= point.pulse_period_min
        assert 0.1 < point.tnf_concentration <= 1.0


@pytest.mark.parametrize("kind", SAMPLED)
def test_sampled_designs_depend_on_the_seed_alone(
    kind: type[LatinHypercubeDesign | SobolDesign],
) -> None:
    first, again = (parameter_points([kind(points=32, seed=5)], 50) for _ in range(2))

    assert first == again
    assert first != parameter_points([kind(points=32, seed=6)], 50)


def test_more_sobol_points_keep_the_earlier_ones() -> None:
    designs = [SobolDesign(points=number) for number in (7, 48, 500)]
    seven, fortyeight, fivehundred = (parameter_points([design], 50) for design in designs)

    assert fortyeight[:7] == seven
    assert fivehundred[:48] == fortyeight


@pytest.mark.parametrize("kind", SAMPLED)
def test_sampled_designs_fill_the_region_more_evenly_than_chance(
    kind: type[LatinHypercubeDesign | SobolDesign],
) -> None:
    # No pulse is longer than its period here, so that the region is a box.
    design = kind(
        points=128,
        pulse_period_min=(200, 800),
        tnf_concentration=(0.1, 1),
        tnf_concentration_above=0,
    )
    ours = qmc.discrepancy(unit_cube(parameter_points([design], 50), design))
    random = [qmc.discrepancy(np.random.default_rng(s).random((128, 3))) for s in range(20)]

    assert ours < min(random)


@pytest.mark.parametrize("kind", SAMPLED)
def test_a_log_scale_has_as_many_concentrations_of_every_order_of_magnitude(
    kind: type[LatinHypercubeDesign | SobolDesign],
) -> None:
    design = kind(
        points=512,
        pulse_period_min=(200, 800),
        tnf_concentration=(0.001, 1.0),
        tnf_concentration_above=0,
        concentration_scale="log",
    )
    concentrations = np.array([p.tnf_concentration for p in parameter_points([design], 50)])
    per_decade, _ = np.histogram(np.log10(concentrations), bins=[-3, -2, -1, 0])
    assert per_decade.sum() == 512
    assert per_decade == pytest.approx(np.full(3, 512 / 3), abs=2)


def test_a_log_scale_changes_concentrations_and_no_pulses() -> None:
    linear, log = (
        parameter_points(
            [SobolDesign(points=64, tnf_concentration_above=0, concentration_scale=scale)], 50
        )
        for scale in ("linear", "log")
    )
    assert [(p.pulse_period_min, p.pulse_duration_min) for p in linear] == [
        (p.pulse_period_min, p.pulse_duration_min) for p in log
    ]
    assert all(a.tnf_concentration > b.tnf_concentration for a, b in zip(linear, log, strict=True))


def test_latin_hypercube_has_one_point_per_stratum() -> None:
    design = LatinHypercubeDesign(
        points=50,
        pulse_period_min=(200, 800),
        tnf_concentration=(0.1, 1),
        tnf_concentration_above=0,
    )
    concentrations = unit_cube(parameter_points([design], 50), design)[:, 2]

    assert sorted(np.floor(concentrations * 50)) == list(range(50))


def test_blocks_join_and_equal_points_count_once() -> None:
    sobol = SobolDesign(points=20)
    joined = parameter_points([sobol, PaperDesign(), SobolDesign(points=30)], 275)

    assert joined[:20] == parameter_points([sobol], 275)
    assert len(joined) == len(set(joined)) == 1822 + 30
    blocks = treatments_by_block((sobol, PaperDesign(), SobolDesign(points=30)))
    assert [len(block) for block in blocks] == [20, 1822, 10]


def test_radii_share_their_treatments() -> None:
    small, large = (parameter_points([SobolDesign(points=16)], radius) for radius in (50, 400))

    assert [(p.pulse_period_min, p.tnf_concentration) for p in small] == [
        (p.pulse_period_min, p.tnf_concentration) for p in large
    ]
    assert {p.tumor_radius_um for p in large} == {400}


def test_levels_are_equally_spaced() -> None:
    design = PaperDesign(levels=3, pulse_period_min=(300, 400), pulse_duration_min=(10, 30))
    points = parameter_points([design], 50)
    periods = sorted({p.pulse_period_min for p in points})

    assert periods == [300, 325, 350, 375, 400]
    assert {b - a for a, b in pairwise(periods)} == {25}


def test_empty_design_is_refused() -> None:
    with pytest.raises(UserError, match=r"no treatments for tnf\.tumor_radii_um; widen the ranges"):
        parameter_points([], 50)


def test_region_too_small_for_its_points_is_refused() -> None:
    one_treatment = SobolDesign(
        points=4, pulse_period_min=(60, 60), pulse_duration_min=(5, 5), tnf_concentration=(0.5, 0.5)
    )
    with pytest.raises(UserError, match=r"designs\[1\]: only 1 of 4 points"):
        parameter_points([PaperDesign(), one_treatment], 50)


def test_a_design_may_draw_the_radius() -> None:
    design = SobolRadiusDesign(points=512, pulse_period_min=(200, 800))
    radii_um, periods, durations, concentrations = drawn_parameters([design]).T
    assert len(np.unique(drawn_parameters([design]), axis=0)) == 512
    for values, (low, high) in (
        (radii_um, (50, 400)),
        (periods, (200, 800)),
        (durations, (5, 200)),
        (np.log(concentrations), np.log((0.005, 1.0))),
    ):
        per_quarter, _ = np.histogram(values, np.linspace(low - 1e-9, high + 1e-9, 5))
        assert per_quarter == pytest.approx(np.full(4, 128), abs=8)
    correlations = np.corrcoef(np.log(drawn_parameters([design])).T) - np.eye(4)
    assert np.abs(correlations).max() < 0.1


def test_more_drawn_radii_keep_the_earlier_points_in_order() -> None:
    few, many = (drawn_parameters([SobolRadiusDesign(points=number)]) for number in (48, 500))
    np.testing.assert_array_equal(few, many[:48])


def test_blocks_that_draw_the_radius_are_apart_from_those_of_every_radius() -> None:
    designs = (SobolDesign(points=20), SobolRadiusDesign(points=30), SobolRadiusDesign(points=40))
    assert [len(block) for block in treatments_by_block(designs)] == [20]
    assert [len(block) for block in points_by_block(designs)] == [30, 10]
    assert points_by_block((PaperDesign(),)) == ()
    assert drawn_parameters([PaperDesign()]).shape == (0, 4)


def test_a_study_needs_treatments_for_its_radii() -> None:
    with pytest.raises(UserError, match="add a block that does not draw its radii"):
        treatments_by_block((SobolRadiusDesign(points=8),))


def test_a_range_too_small_for_its_drawn_points_is_refused() -> None:
    narrow = SobolRadiusDesign(
        points=9,
        tumor_radius_um=(50, 51),
        pulse_period_min=(60, 60),
        pulse_duration_min=(5, 5),
        tnf_concentration=(0.5, 0.5),
    )
    with pytest.raises(UserError, match=r"designs\[1\]: only 2 of 9 points"):
        points_by_block((PaperDesign(), narrow))
