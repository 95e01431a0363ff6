"""The problem that searches are given: terms and constraints of candidates, for each template."""

from dataclasses import replace

import numpy as np
import pytest
from support.crc_reference import random_therapies
from support.scalar_therapies import inefficacy_mm, is_allowed, safety_excess_mg
from support.slow_cases import slow_but

from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import AtezolizumabConfig, CibisatamabConfig, TherapyConfig
from theraflow.crc.search.evaluators.compiled import CompiledEvaluator
from theraflow.crc.search.evaluators.copasi import CopasiEvaluator
from theraflow.crc.search.problem import EXCESS_MG, TherapySearch, joined_inefficacy
from theraflow.crc.therapy.drugs import drugs_of
from theraflow.crc.therapy.subject import Subject
from theraflow.crc.therapy.therapy import (
    drug_percent,
    drug_quantity_percent,
    parameter_vector,
    weekly_doses_mg,
)
from theraflow.search.evaluator import Status, judge
from theraflow.search.problem import Values

TEMPLATES = {
    "monthly": TherapyConfig(),
    "weekly": TherapyConfig(template="weekly"),
    "loading_maintenance": TherapyConfig(template="loading_maintenance"),
    "holidays": TherapyConfig(template="holidays", tail_days=30),
    "vials": TherapyConfig(
        template="loading_maintenance",
        atezolizumab=AtezolizumabConfig(vial_sizes_mg=(840, 120)),
        cibisatamab=CibisatamabConfig(vial_sizes_mg=(20,)),
    ),
}
SEARCH_ERROR = 2e-4


def with_config(therapies: TherapySearch, **changes: object) -> TherapySearch:
    config = therapies.config.model_copy(update=changes)
    return TherapySearch(therapies.subject, therapies.model, therapies.model_config, config)


def term(therapies: TherapySearch, values: Values, name: str) -> Values:
    return values[:, [each.name for each in therapies.problem.terms].index(name)]


def sparse_candidates(therapies: TherapySearch, count: int) -> Values:
    """Candidates of which about a half are feasible."""
    space = therapies.problem.space
    generator = np.random.default_rng(3)
    unit = generator.random((count, space.dimension)) ** 3
    return space.repair(space.from_unit(unit))


def test_terms_and_constraints_equal_those_of_single_therapies(
    therapies: TherapySearch, config: CrcConfig
) -> None:
    drawn = random_therapies(100, config.therapy)
    diameters_mm = np.random.default_rng(0).uniform(1, 60, (100, 1))
    candidates = np.array([parameter_vector(therapy) for therapy in drawn])
    evaluations = therapies.evaluations(candidates, diameters_mm)
    outcome = judge(therapies.problem, candidates, evaluations)
    for index, therapy in enumerate(drawn):
        weekly_mg = weekly_doses_mg(therapy, config.therapy)
        found = dict(
            zip(
                [each.name for each in therapies.problem.constraints],
                evaluations.constraints[index],
                strict=True,
            )
        )
        for name, doses_mg, drug in zip(
            EXCESS_MG, weekly_mg, drugs_of(config.therapy), strict=True
        ):
            assert found[name] == pytest.approx(safety_excess_mg(doses_mg, drug), abs=1e-9)
        assert found["missing_first_dose_mg"] == pytest.approx(1e-3 - weekly_mg[:, 0].sum())
        assert outcome.is_feasible[index] == is_allowed(therapy, config.therapy)
        quantity = term(therapies, evaluations.terms, "drug_quantity_percent")[index]
        assert quantity == pytest.approx(drug_quantity_percent(therapy, config.therapy))
        np.testing.assert_allclose(
            evaluations.terms[index, 2:4], drug_percent(therapy, config.therapy)
        )
    assert 20 < outcome.is_feasible.sum() < 80


def test_each_size_is_what_it_says(therapies: TherapySearch) -> None:
    candidates = np.tile(therapies.problem.reference, (3, 1))
    diameters_mm = np.array([[5.0], [20.0], [60.0]])
    (member,) = therapies.subject.members
    start_mm, reference_mm = member.start.diameter_mm, member.reference_diameter_mm
    end_mm = diameters_mm[:, 0]
    volume = np.pi / 6 * end_mm**3
    expected = {
        "relative": 100 * end_mm**2 / reference_mm**2,
        "diameter_mm": [inefficacy_mm(start_mm, each) for each in end_mm],
        "diameter_cm": (end_mm / 10) ** 2 / (start_mm / 10),
        "volume_mm3": volume**2 / (np.pi / 6 * start_mm**3),
    }
    for size, values in expected.items():
        sized = with_config(therapies, size=size)
        terms = sized.evaluations(candidates, diameters_mm).terms
        np.testing.assert_allclose(term(sized, terms, "inefficacy"), values, rtol=1e-12)
        (objective,) = sized.problem.objectives
        weighted = judge(sized.problem, candidates, sized.evaluations(candidates, diameters_mm))
        np.testing.assert_allclose(weighted.objectives[:, 0], 0.9 * np.array(values) + 0.1 * 100)
        assert objective.name == "objective"


def test_the_reference_has_an_objective_of_100_where_size_is_relative(
    therapies: TherapySearch,
) -> None:
    (member,) = therapies.subject.members
    candidates = np.array([therapies.problem.reference])
    evaluations = therapies.evaluations(candidates, np.array([[member.reference_diameter_mm]]))
    assert judge(therapies.problem, candidates, evaluations).objectives[0, 0] == pytest.approx(100)


def test_a_failed_simulation_is_no_outcome(therapies: TherapySearch) -> None:
    candidates = np.tile(therapies.problem.reference, (2, 1))
    evaluations = therapies.evaluations(candidates, np.array([[np.nan], [20.0]]))
    assert evaluations.status.tolist() == [Status.FAILED, Status.OK]


def test_a_population_has_the_mean_or_the_worst_quarter_of_its_inefficacies(
    therapies: TherapySearch,
) -> None:
    (member,) = therapies.subject.members
    members = tuple(
        replace(member, patient=number, reference_diameter_mm=10.0 * number)
        for number in range(1, 9)
    )
    ends_mm = np.array([[8.0, 1, 2, 3, 4, 5, 6, 7]])
    relative = 100 * (ends_mm / (10 * np.arange(1, 9))) ** 2
    for statistic, expected in (
        ("mean", relative.mean()),
        ("worst_quarter", np.sort(relative[0])[-2:].mean()),
    ):
        population = replace(therapies, subject=Subject(members, statistic))
        candidates = np.array([population.problem.reference])
        terms = population.evaluations(candidates, ends_mm).terms
        assert term(population, terms, "inefficacy")[0] == pytest.approx(expected)
        assert term(population, terms, "diameter_mm")[0] == pytest.approx(4.5)


def test_the_worst_quarter_is_one_patient_at_least() -> None:
    inefficacy = np.array([[1.0, 5.0], [7.0, 3.0]])
    np.testing.assert_array_equal(joined_inefficacy(inefficacy, "worst_quarter"), [5, 7])
    np.testing.assert_array_equal(joined_inefficacy(inefficacy, "mean"), [3, 5])


def test_what_decides_a_problem_changes_its_id(therapies: TherapySearch) -> None:
    changed = [
        with_config(therapies, size="diameter_mm"),
        with_config(therapies, tail_days=30.0),
        with_config(therapies, template="holidays"),
        replace(therapies, is_front=True),
    ]
    ids = {each.problem.id for each in (therapies, *changed)}
    assert len(ids) == 1 + len(changed)
    (member,) = therapies.subject.members
    renumbered = replace(therapies, subject=Subject((replace(member, patient=7),)))
    assert renumbered.problem.id == therapies.problem.id


def test_without_drugs_after_the_horizon_the_tail_is_a_time_without_drugs(
    therapies: TherapySearch,
) -> None:
    short, long = (with_config(therapies, tail_days=days) for days in (0.0, 60.0))
    candidates = sparse_candidates(therapies, 4)
    np.testing.assert_array_equal(short.given_dose_mg(candidates), long.given_dose_mg(candidates))
    assert short.given_dose_mg(candidates).shape == (4, 2, 58)
    grown = [
        term(each, CompiledEvaluator(each).evaluate(candidates, np.zeros(4)).terms, "diameter_mm")
        for each in (short, long)
    ]
    assert not np.allclose(*grown, rtol=0.01)


@pytest.mark.parametrize("name", slow_but({"vials"}, TEMPLATES))
def test_both_evaluators_agree_whatever_the_template(
    therapies: TherapySearch, config: CrcConfig, name: str
) -> None:
    posed = replace(therapies, config=TEMPLATES[name])
    candidates = np.vstack([posed.problem.reference, sparse_candidates(posed, 2)])
    seeds = np.zeros(len(candidates), np.uint64)
    outcomes = [
        judge(posed.problem, candidates, evaluator.evaluate(candidates, seeds))
        for evaluator in (
            CompiledEvaluator(posed),
            CopasiEvaluator(posed, config.search.verification_solver),
        )
    ]
    compiled, copasi = (outcome.objectives[:, 0] for outcome in outcomes)
    np.testing.assert_allclose(compiled, copasi, rtol=SEARCH_ERROR)
    assert len(set(copasi.tolist())) == len(candidates)
    np.testing.assert_array_equal(outcomes[0].constraints, outcomes[1].constraints)
