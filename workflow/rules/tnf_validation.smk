"""Whether the engine of the study agrees with another engine, or with trajectories of one."""

from theraflow.report.catalogue.tnf import VALIDATION_FIGURES

VALIDATION_TABLES = ("differences", "biases", "errors", "excesses")


rule validate_engines:
    input:
        expand("results/tnf/validation/{table}.parquet", table=VALIDATION_TABLES),
        figure_files("tnf", VALIDATION_FIGURES),


rule simulate_validation_batch:
    input:
        engine_check=validation_engine_check,
    output:
        trajectories=update(
            "results/tnf/validation/batches/{fingerprint}/radius_{radius}um/{batch}.parquet"
        ),
        ledger=update(
            "results/tnf/validation/batches/{fingerprint}/radius_{radius}um/{batch}.ledger.parquet"
        ),
    log:
        "logs/simulate_validation_batch/{fingerprint}/radius_{radius}um/{batch}.log",
    benchmark:
        "results/benchmarks/simulate_validation_batch/{fingerprint}/radius_{radius}um/{batch}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: validation_batch_cores
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt
        * validation_memory_mb(wildcards, threads),
        runtime=lambda wildcards, threads, attempt: attempt
        * validation_runtime_min(wildcards, threads),
    script:
        "../scripts/simulate_validation_batch.py"


rule compare_engines:
    input:
        unpack(validation_inputs),
    output:
        tables=expand("results/tnf/validation/{table}.parquet", table=VALIDATION_TABLES),
        verdict="results/tnf/validation/verdict.md",
    log:
        "logs/compare_engines.log",
    benchmark:
        "results/benchmarks/compare_engines/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 20,
    params:
        settings=settings(TNF.validation.margins),
        code=source_fingerprint("theraflow.tnf.agreement.comparison"),
    script:
        "../scripts/compare_engines.py"
