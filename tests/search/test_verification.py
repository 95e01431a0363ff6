"""The best of a search is verified by another evaluator than the one that found it."""

import numpy as np
import pytest
from support.search_problems import FunctionEvaluator, mixed_integers

from theraflow.search import tables
from theraflow.search.budget import Budget
from theraflow.search.methods.registry import choose
from theraflow.search.run import search
from theraflow.search.verification import verify


def test_the_gap_between_two_evaluators_is_in_the_table(tmp_path):
    problem, function = mixed_integers()

    def rough(x):
        terms, constraints = function(x)
        return terms - 0.1, constraints - 0.5

    evaluator = FunctionEvaluator(rough, fingerprint="rough")
    results = [
        search(problem, evaluator, choose(name), Budget(evaluations=300), 1, tmp_path / name)
        for name in ("random", "cma-es")
    ]
    exact = FunctionEvaluator(function, fingerprint="exact", fidelity="exact")
    table = verify(problem, results, exact)
    assert table[tables.METHOD].tolist() == ["random", "cma-es"]
    assert table["verifier"].tolist() == ["exact", "exact"]
    np.testing.assert_allclose(table[tables.GAP], 0.1)
    np.testing.assert_allclose(table["relative_gap"], 0.1 / table["verified_objective"])
    _, constraints = function(np.concatenate([result.best.candidates for result in results]))
    assert table[tables.FEASIBLE].tolist() == (constraints[:, 0] <= 1e-6).tolist()
    assert tables.as_table(table, tables.VERIFICATION).num_rows == 2
    failing = FunctionEvaluator(function, fingerprint="exact", fails=lambda x: x[:, 0] >= 0)
    table = verify(problem, results, failing)
    assert table[tables.STATUS].tolist() == ["failed", "failed"]
    assert table[tables.GAP].isna().all()
    with pytest.raises(ValueError, match="cannot verify what it has found itself"):
        verify(problem, results, evaluator)


def test_a_search_that_found_nothing_has_nothing_to_verify(tmp_path):
    problem, function = mixed_integers()
    evaluator = FunctionEvaluator(function, fails=lambda x: x[:, 0] >= 0)
    result = search(problem, evaluator, choose("random"), Budget(evaluations=9), 1, tmp_path)
    exact = FunctionEvaluator(function, fingerprint="exact")
    assert verify(problem, [result], exact).empty
