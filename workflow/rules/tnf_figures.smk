"""Figures of the evaluation, after Figs 2 to 6 of the paper."""

# The setting that only one figure uses.
EXAMPLES = {"example_trajectories"}


rule plot_example_trajectories:
    input:
        predictions=per_radius("evaluation/radius_{radius}um/predictions.parquet"),
    output:
        figure_files("example_trajectories"),
    log:
        "logs/plot_example_trajectories.log",
    benchmark:
        "benchmarks/plot_example_trajectories/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(TNF.figures),
        code=source_fingerprint("theraflow.report.figures.tnf"),
    script:
        "../scripts/plot_example_trajectories.py"


rule plot_training_histories:
    input:
        histories=per_radius("surrogates/radius_{radius}um/history.parquet"),
    output:
        figure_files("training_histories"),
    log:
        "logs/plot_training_histories.log",
    benchmark:
        "benchmarks/plot_training_histories/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(TNF.figures, exclude=EXAMPLES),
        code=source_fingerprint("theraflow.report.figures.tnf"),
    script:
        "../scripts/plot_training_histories.py"


rule plot_relative_error_over_time:
    input:
        errors=per_radius("evaluation/radius_{radius}um/errors.parquet"),
        noise_errors="results/tnf/evaluation/noise_floor/errors.parquet",
    output:
        figure_files("relative_error_over_time"),
    log:
        "logs/plot_relative_error_over_time.log",
    benchmark:
        "benchmarks/plot_relative_error_over_time/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(TNF.figures, exclude=EXAMPLES),
        code=source_fingerprint("theraflow.report.figures.tnf"),
    script:
        "../scripts/plot_relative_error_over_time.py"


rule plot_cell_errors_over_time:
    input:
        cell_errors=per_radius("evaluation/radius_{radius}um/cell_errors.parquet"),
        noise_cell_errors="results/tnf/evaluation/noise_floor/cell_errors.parquet",
    output:
        figure_files("cell_errors_over_time"),
    log:
        "logs/plot_cell_errors_over_time.log",
    benchmark:
        "benchmarks/plot_cell_errors_over_time/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(TNF.figures, exclude=EXAMPLES),
        code=source_fingerprint("theraflow.report.figures.tnf"),
    script:
        "../scripts/plot_cell_errors_over_time.py"


rule plot_break_even_curves:
    input:
        timing=per_radius("evaluation/radius_{radius}um/timing.parquet"),
    output:
        figure_files("break_even_curves"),
    log:
        "logs/plot_break_even_curves.log",
    benchmark:
        "benchmarks/plot_break_even_curves/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        settings=settings(TNF.figures, exclude=EXAMPLES),
        code=source_fingerprint("theraflow.report.figures.tnf"),
    script:
        "../scripts/plot_break_even_curves.py"
