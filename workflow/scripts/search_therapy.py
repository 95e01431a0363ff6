"""Search the best therapy of a patient, or one for many, with one algorithm and seed."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.search.attempt import attempt_search
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.search.search import pose_search
from theraflow.crc.therapy.subject import read_subject
from theraflow.work.job import Job

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    subject_file = Path(snakemake.input.subject)
    therapies = TherapySearch(
        read_subject(subject_file),
        load_study_model(config.model, config.patients.parameters_file),
        config.model,
        config.therapy,
    )
    posed = pose_search(
        snakemake.wildcards.algorithm,
        int(snakemake.wildcards.seed),
        config.search,
        therapies,
        subject_file,
    )
    attempt_search(
        posed,
        snakemake.wildcards.subject,
        Path(snakemake.output.result),
        Job.here(snakemake.log[0], snakemake.resources.get("runtime")),
        provenance(
            {"config": config.model_dump(mode="json")},
            ("python-copasi", "numba", "scipy", "pymoo", "cma", "optuna"),
        ),
    )
