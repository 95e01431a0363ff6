"""One search for the reference patient, also in a process of its own, as a job does it."""

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.search.search import Search, lead_search, pose_search
from theraflow.crc.therapy.subject import read_subject
from theraflow.search.history import read_history

NATIVE_EXTRAS = {
    "differential_evolution": ("Differential Evolution", {"Population Size": 8}),
    "stochastic_ranking": ("Evolution Strategy (SRES)", {"Population Size": 8}),
    "simulated_annealing": ("Simulated Annealing", {}),
    "three_samples": ("Random Search", {"Number of Iterations": 3}),
}
ALGORITHMS = SearchConfig().algorithms | {
    **{
        name: AlgorithmConfig(method=method, settings=settings, evaluator="native")
        for name, (method, settings) in NATIVE_EXTRAS.items()
    },
    "cma_es": AlgorithmConfig(method="cma-es", evaluator="compiled"),
    "copasi_de": AlgorithmConfig(method="de", evaluator="copasi"),
    "front": AlgorithmConfig(method="nsga2", settings={"population": 10}, evaluator="compiled"),
}


def search_config(**budget: Any) -> SearchConfig:
    return SearchConfig.model_validate(
        {"budget_seconds": None, "budget_evaluations": None, "algorithms": ALGORITHMS, **budget}
    )


def posed(therapies: TherapySearch, subject_file: Path, name: str, **budget: Any) -> Search:
    return pose_search(name, 7, search_config(**budget), therapies, subject_file)


def recorded(search: Search, folder: Path) -> pa.Table:
    return pa.concat_tables(read_history(folder, search.therapies.problem))


if __name__ == "__main__":
    subject_file, name, folder, evaluations = sys.argv[1:]
    config = CrcConfig()
    model = load_study_model(config.model, config.patients.parameters_file)
    subject = read_subject(Path(subject_file))
    therapies = TherapySearch(subject, model, config.model, config.therapy)
    search = posed(therapies, Path(subject_file), name, budget_evaluations=int(evaluations))
    lead_search(search, Path(folder))
