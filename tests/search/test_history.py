"""Histories: blocks, segments, kills at any byte, and what they cost."""

import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from support.search_problems import FunctionEvaluator, g06, sphere, ticking_clock

from theraflow.core.errors import UserError
from theraflow.search import history, tables
from theraflow.search.budget import Budget
from theraflow.search.history import BLOCK_ROWS, HistoryWriter, SearchIdentity, read_history
from theraflow.search.methods.registry import choose
from theraflow.search.run import SearchResult, search


def run(folder: Path, evaluations: int, problem=None, seed: int = 1, **changes) -> SearchResult:
    shipped, function = sphere()
    return search(
        problem or shipped,
        FunctionEvaluator(function, **changes),
        choose("random"),
        Budget(evaluations=evaluations),
        seed,
        folder,
        ticking_clock(),
    )


def rows(folder: Path, evaluations: int | None = None) -> pa.Table:
    return pa.concat_tables(read_history(folder, sphere()[0], evaluations=evaluations))


def test_a_row_tells_all_of_its_evaluation(tmp_path):
    problem, function = g06()
    evaluator = FunctionEvaluator(function)
    result = search(problem, evaluator, choose("sobol"), Budget(evaluations=3), 8, tmp_path)
    table = pa.concat_tables(read_history(tmp_path, problem))
    assert table.schema.equals(tables.history_schema(problem), check_metadata=False)
    assert all({b"unit", b"meaning"} <= set(each.metadata) for each in table.schema)
    first = table.to_pylist()[0]
    assert first[tables.PROBLEM] == problem.id
    assert (first[tables.METHOD], first[tables.SEED]) == ("sobol", 8)
    assert (first[tables.STATUS], first[tables.FEASIBLE]) == ("ok", True)
    value, constraints = function(problem.reference_candidate)
    assert first["term.f1"] == first["objective.f1"] == value[0, 0]
    assert first["constraint.inside"] == constraints[0, 1]
    assert (first["parameter.x1"], first["parameter.x2"]) == problem.reference
    assert table.column(tables.WALL_S)[-1].as_py() == result.wall_s > first[tables.WALL_S] > 0


def test_a_file_cut_at_any_byte_loses_no_whole_block_and_is_continued(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "BLOCK_ROWS", 8)
    run(tmp_path / "whole", 40)
    (whole,) = (tmp_path / "whole").glob("*.arrows")
    content = whole.read_bytes()
    expected = rows(tmp_path / "whole").drop_columns([tables.WALL_S, tables.CPU_S])
    kept = []
    for number, length in enumerate([*range(0, len(content), 509), len(content)]):
        folder = tmp_path / f"cut {number}"
        folder.mkdir()
        (folder / whole.name).write_bytes(content[:length])
        evaluator = FunctionEvaluator(sphere()[1])
        search(
            sphere()[0], evaluator, choose("random"), Budget(evaluations=40), 1, folder,
            ticking_clock(),
        )  # fmt: skip
        kept.append(40 - evaluator.calls)
        assert rows(folder).drop_columns([tables.WALL_S, tables.CPU_S]).equals(expected)
    assert kept == sorted(kept)
    assert set(kept) == {0, 8, 16, 24, 32, 40}


KILLED = """
import sys, time
from pathlib import Path
from support.search_problems import FunctionEvaluator, sphere
from theraflow.search import history
from theraflow.search.budget import Budget
from theraflow.search.methods.registry import choose
from theraflow.search.run import search
history.BLOCK_S = 0.0
problem, function = sphere()
def slow(candidates):
    time.sleep(0.01)
    return function(candidates)
search(problem, FunctionEvaluator(slow, batch_size=1), choose("random"),
       Budget(evaluations=10_000), 1, Path(sys.argv[1]))
"""


def test_a_process_killed_by_the_system_repeats_only_the_evaluation_it_was_in(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], env=environment)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*.arrows")) or rows_or_none(tmp_path) < 20:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    written = rows(tmp_path).num_rows
    evaluator = FunctionEvaluator(sphere()[1])
    result = search(
        sphere()[0], evaluator, choose("random"), Budget(evaluations=written + 5), 1, tmp_path
    )
    assert (evaluator.calls, result.evaluations) == (5, written + 5)
    times = rows(tmp_path).column(tables.WALL_S).to_numpy()
    assert (np.diff(times) >= 0).all()
    assert times[written - 1] > 0.01 * written


def rows_or_none(folder: Path) -> int:
    return sum(block.num_rows for block in read_history(folder, sphere()[0]))


def test_a_history_of_something_else_is_refused_in_one_line(tmp_path):
    run(tmp_path, 5)
    problem = replace(sphere()[0], content={"function": "another"})
    expected = re.escape(f"{tmp_path}: the history of another problem ({sphere()[0].id}, not ")
    for attempt in (
        lambda: run(tmp_path, 5, problem),
        lambda: list(read_history(tmp_path, problem)),
    ):
        with pytest.raises(UserError, match=expected) as refusal:
            attempt()
        assert "\n" not in str(refusal.value)
    with pytest.raises(UserError, match=r"another seed \(1, not 2\)"):
        run(tmp_path, 5, seed=2)
    with pytest.raises(UserError, match=r"another evaluator \(function, not faster\)"):
        run(tmp_path, 5, fingerprint="faster")
    with pytest.raises(UserError, match="no history of a search; run the search first"):
        list(read_history(tmp_path / "nothing", problem))


def test_a_history_with_a_gap_is_refused(tmp_path):
    for evaluations in (5, 9, 12):
        run(tmp_path, evaluations)
    files = sorted(tmp_path.glob("*.arrows"))
    assert [path.name[-11:] for path in files] == ["0001.arrows", "0002.arrows", "0003.arrows"]
    files[1].unlink()
    with pytest.raises(UserError, match="begins with evaluation 10 where 6 should follow"):
        run(tmp_path, 12)


def test_two_processes_do_not_write_one_history(tmp_path):
    problem, _ = sphere()
    identity = SearchIdentity(problem.id, "e", "m", {}, "l", "c", 1)
    with (
        HistoryWriter(tmp_path, problem, identity, time.monotonic),
        pytest.raises(UserError, match="another process writes this history"),
    ):
        run(tmp_path, 5)


def test_rows_are_there_while_the_search_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "BLOCK_S", 0.0)
    problem, function = sphere()
    seen = []

    def looking(candidates):
        seen.append(rows_or_none(tmp_path) if list(tmp_path.glob("*.arrows")) else 0)
        return function(candidates)

    evaluator = FunctionEvaluator(looking, batch_size=1)
    search(problem, evaluator, choose("random"), Budget(evaluations=6), 1, tmp_path)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_histories_are_written_and_read_in_little_memory(tmp_path):
    evaluations = 4 * BLOCK_ROWS
    tracemalloc.start()
    run(tmp_path, evaluations, batch_size=BLOCK_ROWS)
    run(tmp_path, evaluations + 1, batch_size=BLOCK_ROWS)
    count = sum(part.num_rows for part in read_history(tmp_path, sphere()[0]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    row_bytes = 8 * len(tables.evaluation_fields(sphere()[0]))
    assert count == evaluations + 1
    assert peak < 3 * BLOCK_ROWS * row_bytes
