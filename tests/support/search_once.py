"""Run one search in a process of its own, as a job does: arguments are its files and budget."""

import sys
from pathlib import Path

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc.search.algorithms import find_algorithm
from theraflow.crc.search.budget import Budget
from theraflow.crc.search.search import SearchResult, search_therapy

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


def search_as(
    config: CrcConfig, problem_file: Path, algorithm: str, seed: int, history_file: Path
) -> SearchResult:
    return search_therapy(
        problem_file,
        find_algorithm(algorithm, config.search),
        seed,
        history_file,
        Budget.of(config.search),
        config.therapy,
        config.search.verification_solver,
    )


if __name__ == "__main__":
    problem_file, algorithm, seed, history_file, evaluations = sys.argv[1:]
    config = search_config(int(evaluations))
    search_as(config, Path(problem_file), algorithm, int(seed), Path(history_file))
