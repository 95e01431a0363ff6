"""Search the therapy of one patient with one algorithm and seed."""

from pathlib import Path

from theraflow.campaign.provenance import provenance
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.crc.search import search_therapy
from theraflow.crc.search_files import history_path, write_search

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    problem = Path(snakemake.input.problem)
    algorithm, seed = snakemake.wildcards.algorithm, int(snakemake.wildcards.seed)
    improvements = Path(snakemake.output.improvements)
    history = history_path(improvements.parent, problem, algorithm, seed, config)
    write_search(
        search_therapy(problem, algorithm, seed, history, config),
        improvements,
        Path(snakemake.output.result),
        rank=int(snakemake.wildcards.rank),
        algorithm=algorithm,
        seed=seed,
        provenance=provenance({"config": config.model_dump(mode="json")}, ("python-copasi",)),
    )
