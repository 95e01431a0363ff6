"""How sure the general surrogate is: an ensemble, its calibration, and a check of its intervals."""

from theraflow.config.tnf.surrogates import GeneralArchitectureConfig
from theraflow.report.catalogue.tnf import UNCERTAINTY_FIGURES

# The settings that decide a member; the levels matter to the calibration alone.
MEMBER_TRAINING_SETTINGS = {
    "base_seed": True,
    "split": True,
    "uncertainty": set(GeneralArchitectureConfig.model_fields),
}
MEMBERS = range(TNF.surrogates.uncertainty.members)


rule tnf_uncertainty:
    input:
        of_general_surrogate(
            "results/tnf/surrogates/general/ensemble/calibration.json",
            "results/tnf/evaluation/general/coverage.parquet",
            *figure_files("tnf", UNCERTAINTY_FIGURES),
        ),


# Those of the rounds of active learning are trained likewise, on what was simulated before.
# A GPU is given as to `train_surrogate`, with `set-resources: train_ensemble_member`.
rule train_ensemble_member:
    input:
        tables=tables_of_ensemble,
    output:
        weights="results/tnf/{ensemble}/ensemble/member_{member}.safetensors",
    log:
        "logs/train_ensemble_member/{ensemble}/member_{member}.log",
    benchmark:
        "results/benchmarks/train_ensemble_member/{ensemble}/member_{member}.tsv"
    wildcard_constraints:
        member=r"\d+",
    conda:
        "../../envs/theraflow.yaml"
    threads: TNF.surrogates.threads
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: attempt * general_training_runtime_min(),
    params:
        settings=settings(TNF.surrogates, include=MEMBER_TRAINING_SETTINGS),
        code=member_training_fingerprint(),
    script:
        "../scripts/train_ensemble_member.py"


rule calibrate_surrogate:
    input:
        card="results/tnf/surrogates/general/card.json",
        split="results/tnf/surrogates/general/split.parquet",
        members=expand(
            "results/tnf/surrogates/general/ensemble/member_{member}.safetensors", member=MEMBERS
        ),
        tables=dataset_tables(),
    output:
        calibration="results/tnf/surrogates/general/ensemble/calibration.json",
    log:
        "logs/calibrate_surrogate.log",
    benchmark:
        "results/benchmarks/calibrate_surrogate/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(TNF.surrogates.uncertainty),
        code=source_fingerprint("theraflow.tnf.surrogate.uncertainty.calibrating"),
    script:
        "../scripts/calibrate_surrogate.py"


rule check_coverage:
    input:
        card="results/tnf/surrogates/general/card.json",
        split="results/tnf/surrogates/general/split.parquet",
        calibration="results/tnf/surrogates/general/ensemble/calibration.json",
        tables=dataset_tables(),
        replicates="results/tnf/noise_floor.parquet",
    output:
        coverage="results/tnf/evaluation/general/coverage.parquet",
    log:
        "logs/check_coverage.log",
    benchmark:
        "results/benchmarks/check_coverage/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.surrogate.uncertainty.coverage"),
    script:
        "../scripts/check_coverage.py"
