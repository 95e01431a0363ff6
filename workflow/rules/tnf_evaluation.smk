"""Surrogates evaluated against simulations: accuracy, the simulator's own noise, and time."""

from theraflow.report.catalogue.tnf import EVALUATION_FIGURES, GENERAL_FIGURES


rule tnf_evaluation:
    input:
        "results/tnf/evaluation/summary.csv",
        figure_files("tnf", EVALUATION_FIGURES),
        of_general_surrogate(*figure_files("tnf", GENERAL_FIGURES)),


rule evaluate_surrogate:
    input:
        card="results/tnf/surrogates/{surrogate}/card.json",
        weights="results/tnf/surrogates/{surrogate}/weights.safetensors",
        split="results/tnf/surrogates/{surrogate}/split.parquet",
        tables=tables_of_surrogate,
    output:
        errors="results/tnf/evaluation/{surrogate}/errors.parquet",
        cell_errors="results/tnf/evaluation/{surrogate}/cell_errors.parquet",
        predictions="results/tnf/evaluation/{surrogate}/predictions.parquet",
    log:
        "logs/evaluate_surrogate/{surrogate}.log",
    benchmark:
        "results/benchmarks/evaluate_surrogate/{surrogate}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.surrogate.evaluation.accuracy"),
    script:
        "../scripts/evaluate_surrogate.py"


rule measure_noise_floor:
    input:
        trajectories="results/tnf/noise_floor.parquet",
    output:
        errors="results/tnf/evaluation/noise_floor/errors.parquet",
        cell_errors="results/tnf/evaluation/noise_floor/cell_errors.parquet",
    log:
        "logs/measure_noise_floor.log",
    benchmark:
        "results/benchmarks/measure_noise_floor/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.surrogate.evaluation.noise_floor"),
    script:
        "../scripts/measure_noise_floor.py"


rule evaluate_at_replicates:
    input:
        card="results/tnf/surrogates/{surrogate}/card.json",
        weights="results/tnf/surrogates/{surrogate}/weights.safetensors",
        replicates="results/tnf/noise_floor.parquet",
    output:
        errors="results/tnf/evaluation/{surrogate}/replicate_errors.parquet",
        cell_errors="results/tnf/evaluation/{surrogate}/replicate_cell_errors.parquet",
        predictions="results/tnf/evaluation/{surrogate}/replicate_predictions.parquet",
    log:
        "logs/evaluate_at_replicates/{surrogate}.log",
    benchmark:
        "results/benchmarks/evaluate_at_replicates/{surrogate}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.surrogate.evaluation.at_replicates"),
    script:
        "../scripts/evaluate_at_replicates.py"


rule measure_timing:
    input:
        card="results/tnf/surrogates/radius_{radius}um/card.json",
        weights="results/tnf/surrogates/radius_{radius}um/weights.safetensors",
        tables=lambda wildcards: tables_of_designs_at(wildcards.radius),
    output:
        timing="results/tnf/evaluation/radius_{radius}um/timing.parquet",
    log:
        "logs/measure_timing/radius_{radius}um.log",
    benchmark:
        "results/benchmarks/measure_timing/radius_{radius}um.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * timing_runtime_min(wildcards.radius),
    params:
        settings=settings(TNF.evaluation.timing),
        code=source_fingerprint("theraflow.tnf.surrogate.evaluation.timing"),
    script:
        "../scripts/measure_timing.py"


rule summarise_evaluation:
    input:
        errors=per_radius("evaluation/radius_{radius}um/errors.parquet"),
        general_errors=of_general_surrogate("results/tnf/evaluation/general/errors.parquet"),
        noise_errors="results/tnf/evaluation/noise_floor/errors.parquet",
        timing=per_radius("evaluation/radius_{radius}um/timing.parquet"),
    output:
        summary=shown_table("results/tnf/evaluation/summary.csv"),
    log:
        "logs/summarise_evaluation.log",
    benchmark:
        "results/benchmarks/summarise_evaluation/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        code=source_fingerprint("theraflow.tnf.surrogate.evaluation.summary"),
    script:
        "../scripts/summarise_evaluation.py"
