"""Templates of therapies: what their numbers mean in weekly doses."""

from itertools import pairwise

import numpy as np
import pytest
from support.scalar_therapies import safety_excess_mg

from theraflow.config.crc.therapy import (
    AtezolizumabConfig,
    CibisatamabConfig,
    TherapyConfig,
    vial_levels_mg,
)
from theraflow.crc.therapy.drugs import drugs_of
from theraflow.crc.therapy.schedules import schedule_of
from theraflow.crc.therapy.therapy import (
    reference_therapy,
    therapy_from_vector,
    weekly_doses_mg,
)
from theraflow.search.problem import Space, Values

TEMPLATES = ("monthly", "weekly", "loading_maintenance", "holidays")
# The reference doses are 1680 and 160 mg.
VIALS = {
    "atezolizumab": AtezolizumabConfig(vial_sizes_mg=(840, 120)),
    "cibisatamab": CibisatamabConfig(vial_sizes_mg=(40,)),
}


def random_candidates(config: TherapyConfig, count: int = 20) -> Values:
    space = Space(schedule_of(config).variables())
    points = np.random.default_rng(0).random((count, space.dimension))
    return space.repair(space.from_unit(points))


def only(config: TherapyConfig, **values: float) -> Values:
    """The reference, but for some numbers."""
    names = [variable.name for variable in schedule_of(config).variables()]
    candidate = np.array(schedule_of(config).reference())
    for name, value in values.items():
        candidate[names.index(name)] = value
    return candidate[None]


@pytest.mark.parametrize("vials", [{}, VIALS], ids=["any dose", "vials"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_reference_is_the_reference_therapy(template: str, vials: dict) -> None:
    config = TherapyConfig(template=template, **vials)
    reference = np.array(schedule_of(config).reference())
    doses_mg = schedule_of(config).weekly_dose_mg(reference[None])[0]
    expected_mg = weekly_doses_mg(reference_therapy(config), config)
    # Nobody gets the doses of weeks 59 and 60, which begin after the horizon.
    given = 58 if template == "weekly" else 60
    np.testing.assert_array_equal(doses_mg[:, :given], expected_mg[:, :given])
    assert expected_mg.shape == doses_mg.shape == (2, 60)


@pytest.mark.parametrize("vials", [{}, VIALS], ids=["any dose", "vials"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_reference_and_no_therapy_lie_within_the_bounds(template: str, vials: dict) -> None:
    config = TherapyConfig(template=template, **vials)
    space = Space(schedule_of(config).variables())
    reference = np.array(schedule_of(config).reference())[None]
    np.testing.assert_array_equal(space.repair(reference), reference)
    lowest = np.array([[variable.lower for variable in space.variables]])
    assert not schedule_of(config).weekly_dose_mg(lowest).any()


@pytest.mark.parametrize(
    ("template", "count"),
    [("monthly", 32), ("weekly", 116), ("loading_maintenance", 6), ("holidays", 36)],
)
def test_templates_have_as_many_numbers_as_they_say(template: str, count: int) -> None:
    assert len(schedule_of(TherapyConfig(template=template)).variables()) == count


def test_monthly_doses_are_those_of_the_template_in_sbml() -> None:
    config = TherapyConfig()
    candidates = random_candidates(config)
    candidates[:10, :30] *= 1e-6
    doses_mg = schedule_of(config).weekly_dose_mg(candidates)
    for candidate, found_mg in zip(candidates, doses_mg, strict=True):
        therapy = therapy_from_vector(candidate, config)
        np.testing.assert_array_equal(found_mg, weekly_doses_mg(therapy, config))


@pytest.mark.parametrize("template", TEMPLATES)
def test_doses_below_the_smallest_are_none(template: str) -> None:
    config = TherapyConfig(template=template, smallest_dose_mg=50)
    doses_mg = schedule_of(config).weekly_dose_mg(random_candidates(config))
    assert np.all((doses_mg == 0) | (doses_mg >= 50))
    assert np.any(doses_mg == 0)


def test_weekly_doses_are_the_numbers_where_they_are_safe() -> None:
    config = TherapyConfig(template="weekly")
    # No window of four or three weeks holds more than the limit, a largest dose.
    candidates = random_candidates(config) / 4
    doses_mg = schedule_of(config).weekly_dose_mg(candidates)
    np.testing.assert_array_equal(doses_mg[:, 0, :58], candidates[:, :58])
    np.testing.assert_array_equal(doses_mg[:, 1, :58], candidates[:, 58:])
    assert not doses_mg[:, :, 58:].any()


@pytest.mark.parametrize("vials", [{}, VIALS], ids=["any dose", "vials"])
def test_weekly_doses_are_always_safe(vials: dict) -> None:
    config = TherapyConfig(template="weekly", **vials)
    doses_mg = schedule_of(config).weekly_dose_mg(random_candidates(config))
    for index, drug in enumerate(drugs_of(config)):
        excess_mg = [safety_excess_mg(each, drug) for each in doses_mg[:, index]]
        assert max(excess_mg) < 1e-9
        assert max(excess_mg) > -1


def test_only_doses_of_a_window_that_is_too_full_are_made_smaller() -> None:
    config = TherapyConfig(template="weekly")
    none = {f"dose_a_{week}": 0.0 for week in range(1, 59)}
    doses = {"dose_a_1": 1260.0, "dose_a_4": 840.0, "dose_a_6": 840.0, "dose_a_10": 1680.0}
    candidate = only(config, **none | doses)
    atezolizumab_mg = schedule_of(config).weekly_dose_mg(candidate)[0, 0]
    # 2100 mg in weeks 1 to 4, but 1680 mg, the limit, in weeks 4 to 7 and 10 to 13.
    shown = atezolizumab_mg[[0, 3, 5, 9]]
    np.testing.assert_allclose(shown, [1260 * 0.8, 840 * 0.8, 840, 1680])
    assert np.flatnonzero(atezolizumab_mg).tolist() == [0, 3, 5, 9]


def test_a_loading_dose_precedes_equal_doses() -> None:
    config = TherapyConfig(template="loading_maintenance")
    candidate = only(config, loading_a=1000, maintenance_a=200, f_a=5, loading_c=0)
    atezolizumab_mg, cibisatamab_mg = schedule_of(config).weekly_dose_mg(candidate)[0]
    assert atezolizumab_mg[0] == 1000
    assert set(np.flatnonzero(atezolizumab_mg)) == set(range(0, 60, 5))
    assert set(atezolizumab_mg[5::5]) == {200}
    assert cibisatamab_mg[0] == 0
    assert cibisatamab_mg[3] == 160


def test_a_break_takes_doses_of_its_weeks_alone() -> None:
    config = TherapyConfig(template="holidays")
    whole_mg = schedule_of(config).weekly_dose_mg(only(config))[0]
    candidate = only(config, break_a_first=9, break_a_length=8)
    doses_mg = schedule_of(config).weekly_dose_mg(candidate)[0]
    assert not doses_mg[0, 8:16].any()
    np.testing.assert_array_equal(doses_mg[0, :8], whole_mg[0, :8])
    np.testing.assert_array_equal(doses_mg[0, 16:], whole_mg[0, 16:])
    np.testing.assert_array_equal(doses_mg[1], whole_mg[1])


def test_a_break_that_lasts_until_the_end_may_begin_in_any_week() -> None:
    config = TherapyConfig(template="holidays")
    candidate = only(
        config, break_c_first=60, break_c_length=60, break_a_first=1, break_a_length=60
    )
    doses_mg = schedule_of(config).weekly_dose_mg(candidate)[0]
    assert not doses_mg[0].any()
    assert doses_mg[1, 57] == 160


def test_levels_are_the_doses_that_whole_vials_make() -> None:
    assert vial_levels_mg((40,), 160) == (0, 40, 80, 120, 160)
    levels = vial_levels_mg((840, 120), 1680)
    assert levels == tuple(range(0, 1681, 120))
    assert vial_levels_mg((50, 30), 100) == (0, 30, 50, 60, 80, 90, 100)
    assert all(low < high for low, high in pairwise(levels))


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_dose_is_made_of_vials(template: str) -> None:
    config = TherapyConfig(template=template, **VIALS)
    doses_mg = schedule_of(config).weekly_dose_mg(random_candidates(config))
    assert set(np.unique(doses_mg[:, 0])) <= set(range(0, 1681, 120))
    assert set(np.unique(doses_mg[:, 1])) == {0, 40, 80, 120, 160}
