"""What a history costs: CPU time per row and memory, by batches of one candidate and of many.

Searches of 32 variables at random, as nothing of them but the history takes time worth naming. The
last line relates the cost of a row to an evaluation of 0.44 ms, the fastest therapy that a compiled
evaluator has simulated.

    python benchmarks/search_history.py [ROWS]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from theraflow.search.budget import Budget, Clock, CountedEvaluator
from theraflow.search.evaluator import Evaluations, Seeds
from theraflow.search.history import HistoryWriter, Recorded, SearchIdentity, read_history
from theraflow.search.problem import Objective, Problem, Space, Term, Values, Variable

DIMENSION = 32
EVALUATION_S = 0.44e-3
SIZE = Term("size", "")
PROBLEM = Problem(
    "sum",
    {},
    Space(tuple(Variable(f"x{index}", "", 0, 1) for index in range(DIMENSION))),
    (SIZE,),
    (Objective.of(SIZE),),
    (0.0,) * DIMENSION,
)
IDENTITY = SearchIdentity(PROBLEM.id, "sum", "random", {}, "numpy", "", 1)


class Sum:
    """Evaluates by summing up."""

    name = fingerprint = fidelity = "sum"
    is_stochastic = False

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size

    def evaluate(self, candidates: Values, _: Seeds) -> Evaluations:
        """Return the sum of each candidate's numbers."""
        n = len(candidates)
        return Evaluations(
            candidates.sum(axis=1, keepdims=True), np.empty((n, 0)), np.zeros(n, np.int8)
        )


class Forgetful(HistoryWriter):
    """Writes nothing, to tell what writing costs."""

    def add(self, *_: object) -> None:
        """Forget the rows."""


def cpu_s_per_row(rows: int, batch_size: int, writer_class: type[HistoryWriter]) -> float:
    """Return the CPU time of each row, and say what its file and memory take."""
    generator = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        path, clock = Path(folder), Clock()
        with writer_class(path, PROBLEM, IDENTITY, clock.wall) as writer:
            counted = CountedEvaluator(
                PROBLEM,
                Sum(batch_size),
                Budget(evaluations=rows + 1),
                1,
                Recorded(path, PROBLEM, IDENTITY),
                writer,
                clock,
            )
            started = time.process_time()
            for _ in range(rows // batch_size):
                counted.evaluate(generator.random((batch_size, DIMENSION)))
        cpu_s = (time.process_time() - started) / rows
        size = sum(file.stat().st_size for file in path.iterdir())
        if size:
            started = time.process_time()
            count = sum(part.num_rows for part in read_history(path, PROBLEM))
            read_s = (time.process_time() - started) / count
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{count} rows in batches of {batch_size}: {size / count:.0f} bytes and "
                f"{1e6 * read_s:.1f} us to read each, peak memory {memory:.0f} MiB"
            )
    return cpu_s


def main() -> None:
    """Compare searches with and without their histories."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for batch_size in (64, 1):
        without = cpu_s_per_row(rows, batch_size, Forgetful)
        cost = cpu_s_per_row(rows, batch_size, HistoryWriter) - without
        print(
            f"batches of {batch_size}: {1e6 * cost:.1f} us per row, "
            f"{100 * cost / EVALUATION_S:.1f} % of an evaluation of {1e3 * EVALUATION_S} ms"
        )


if __name__ == "__main__":
    main()
