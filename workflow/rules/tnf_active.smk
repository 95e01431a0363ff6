"""Active learning: in rounds, simulations are added where an ensemble disagrees most."""


# Without rounds there is nothing to make.
rule tnf_active:
    input:
        tables_of_rounds(),


rule choose_points:
    input:
        tables=tables_before_round,
        members=expand(
            "results/tnf/active/round_{{round}}/ensemble/member_{member}.safetensors",
            member=MEMBERS,
        ),
    output:
        points="results/tnf/active/round_{round}/points.parquet",
    log:
        "logs/choose_points/round_{round}.log",
    benchmark:
        "results/benchmarks/choose_points/round_{round}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 4000,
        runtime=lambda wildcards, attempt: attempt * 30,
    params:
        settings=settings(TNF.active_learning, include={"points", "candidates"}),
        code=source_fingerprint("theraflow.tnf.active.choosing"),
    script:
        "../scripts/choose_points.py"


# What was simulated at points that are chosen again is taken over.
rule simulate_round:
    input:
        points="results/tnf/active/round_{round}/points.parquet",
        checks=engine_checks,
    output:
        trajectories=update("results/tnf/active/batches/round_{round}_{tumours}.parquet"),
        ledger=update("results/tnf/active/batches/round_{round}_{tumours}.ledger.parquet"),
    log:
        "logs/simulate_round/round_{round}_{tumours}.log",
    benchmark:
        "results/benchmarks/simulate_round/round_{round}_{tumours}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: batch_cores
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt
        * round_memory_mb(wildcards.tumours, threads),
        runtime=lambda wildcards, threads, attempt: attempt
        * round_runtime_min(wildcards.tumours, threads),
    params:
        settings=round_settings(),
    script:
        "../scripts/simulate_round.py"
