"""Search the therapy of one patient with one algorithm and seed."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.search.attempt import attempt_search
from theraflow.work.job import Job

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    attempt_search(
        Path(snakemake.input.problem),
        int(snakemake.wildcards.patient),
        snakemake.wildcards.algorithm,
        int(snakemake.wildcards.seed),
        Path(snakemake.output.result),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        config.therapy,
        config.search,
        provenance({"config": config.model_dump(mode="json")}, ("python-copasi",)),
    )
