"""Histories of searches: what they are named by, and what of them a budget covers."""

from pathlib import Path

import pytest

from theraflow.config.crc.search import AlgorithmConfig
from theraflow.crc import tables
from theraflow.crc.search import files
from theraflow.crc.search.budget import Budget, Spent
from theraflow.crc.search.files import history_path
from theraflow.crc.search.history import EndedBy, Found, History
from theraflow.work.ledger.journal import Journal

IMPROVEMENTS = ((1, 2.0, 30.0), (10, 11.0, 20.0), (40, 44.0, 10.0))


def found_within(file: Path, budget: Budget) -> Found:
    """What a search of 50 evaluations in 60 s that its method ended has found within a budget."""
    with Journal(file) as journal:
        history = History(journal)
        for evaluation, seconds, objective in IMPROVEMENTS:
            history.add_improvement(
                Spent(evaluation, seconds, seconds / 2), {tables.OBJECTIVE: objective}
            )
        history.note_end(Spent(50, 60.0, 30.0))
        assert history.is_ended
        return history.within(budget)


@pytest.mark.parametrize(
    ("axis", "amount", "objectives", "spent", "ended_by"),
    [
        (tables.EVALUATION, 100, [30, 20, 10], Spent(50, 60.0, 30.0), EndedBy.METHOD),
        (tables.EVALUATION, 50, [30, 20, 10], Spent(50, 60.0, 30.0), EndedBy.METHOD),
        (tables.EVALUATION, 40, [30, 20, 10], Spent(40, 44.0, 22.0), EndedBy.BUDGET),
        (tables.EVALUATION, 20, [30, 20], Spent(20, 22.0, 11.0), EndedBy.BUDGET),
        (tables.SECONDS, 43.9, [30, 20], Spent(39, 43.9, 21.95), EndedBy.BUDGET),
        (tables.SECONDS, 1.0, [], Spent(0, 1.0, 0.5), EndedBy.BUDGET),
    ],
)
def test_a_budget_covers_what_lies_within_it(
    tmp_path: Path,
    axis: str,
    amount: float,
    objectives: list[float],
    spent: Spent,
    ended_by: EndedBy,
) -> None:
    found = found_within(tmp_path / "history.jsonl", Budget(axis, amount))
    shown = found.improvements.get(tables.OBJECTIVE, [])
    assert list(shown) == objectives
    assert found.spent.evaluation == spent.evaluation
    assert found.spent.seconds == pytest.approx(spent.seconds)
    assert found.spent.cpu_seconds == pytest.approx(spent.cpu_seconds)
    assert found.ended_by is ended_by


def test_a_history_is_of_one_problem_method_seed_code_and_copasi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, other = tmp_path / "a.cps", tmp_path / "b.cps"
    problem.write_text("a problem")
    other.write_text("another problem")
    swarm = AlgorithmConfig(method="Particle Swarm")
    large_swarm = AlgorithmConfig(method="Particle Swarm", settings={"Swarm Size": 99})
    paths = [
        history_path(tmp_path, problem, "swarm", swarm, 1),
        history_path(tmp_path, other, "swarm", swarm, 1),
        history_path(tmp_path, problem, "swarm", large_swarm, 1),
        history_path(tmp_path, problem, "swarm", swarm, 2),
    ]
    assert history_path(tmp_path, problem, "swarm", swarm, 1) == paths[0]
    with monkeypatch.context() as patch:
        patch.setattr(files, "version", lambda package: f"another {package}")
        paths.append(history_path(tmp_path, problem, "swarm", swarm, 1))
    with monkeypatch.context() as patch:
        patch.setattr(files, "source_fingerprint", lambda *modules: f"other code of {modules}")
        paths.append(history_path(tmp_path, problem, "swarm", swarm, 1))
    assert len(set(paths)) == len(paths)
