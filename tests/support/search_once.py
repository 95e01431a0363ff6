"""Run one search in a process of its own, as a job does: arguments are its files and budget."""

import sys
from pathlib import Path

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc.search.search import search_therapy

EXTRA_ALGORITHMS = {
    "differential_evolution": AlgorithmConfig(
        method="Differential Evolution", settings={"Population Size": 8}
    ),
    "stochastic_ranking": AlgorithmConfig(
        method="Evolution Strategy (SRES)", settings={"Population Size": 8}
    ),
    "simulated_annealing": AlgorithmConfig(method="Simulated Annealing"),
}


def search_config(evaluations: int) -> CrcConfig:
    algorithms = SearchConfig().algorithms | EXTRA_ALGORITHMS
    search = SearchConfig(
        budget_seconds=None, budget_evaluations=evaluations, algorithms=algorithms
    )
    return CrcConfig(search=search)


if __name__ == "__main__":
    problem_file, algorithm, seed, history_file, evaluations = sys.argv[1:]
    search_therapy(
        Path(problem_file),
        algorithm,
        int(seed),
        Path(history_file),
        search_config(int(evaluations)),
    )
