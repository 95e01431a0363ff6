"""Failed simulations and growths, tried again when someone asks for it."""


rule retry_failed:
    input:
        failed_simulations,
        failed_rounds,
        failed_growths,
        failed_searches,


# The files of the batch are replaced where they are, and what depends on them is made anew by the
# next run. They are input, so that a batch which is missing is simulated first.
rule retry_simulations:
    input:
        trajectories=ancient("results/tnf/batches/{tumours}/{batch}.parquet"),
    output:
        touch("results/tnf/retries/{tumours}/{batch}.{attempts}.done"),
    log:
        "logs/retry_simulations/{tumours}/{batch}.{attempts}.log",
    benchmark:
        "results/benchmarks/retry_simulations/{tumours}/{batch}.{attempts}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: batch_cores
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt
        * batch_memory_mb(wildcards.tumours, threads),
        runtime=lambda wildcards, threads, attempt: attempt
        * batch_runtime_min(wildcards.tumours, threads),
    script:
        "../scripts/retry_simulations.py"


# Later rounds are chosen anew by the next run, as more is known before them.
rule retry_round:
    input:
        points=ancient("results/tnf/active/round_{round}/points.parquet"),
        trajectories=ancient("results/tnf/active/batches/round_{round}_{tumours}.parquet"),
    output:
        touch("results/tnf/retries/active/round_{round}_{tumours}.{attempts}.done"),
    log:
        "logs/retry_round/round_{round}_{tumours}.{attempts}.log",
    benchmark:
        "results/benchmarks/retry_round/round_{round}_{tumours}.{attempts}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: batch_cores
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt
        * round_memory_mb(wildcards.tumours, threads),
        runtime=lambda wildcards, threads, attempt: attempt
        * round_runtime_min(wildcards.tumours, threads),
    script:
        "../scripts/retry_round.py"


rule retry_growths:
    input:
        candidates=ancient("results/crc/patients/batches/{batch}.candidates.parquet"),
        patients=ancient("results/crc/patients/batches/{batch}.parquet"),
    output:
        touch("results/crc/patients/retries/{batch}.{attempts}.done"),
    log:
        "logs/retry_growths/{batch}.{attempts}.log",
    benchmark:
        "results/benchmarks/retry_growths/{batch}.{attempts}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * batch_growth_runtime_min(),
    script:
        "../scripts/retry_growths.py"


wildcard_constraints:
    attempts="[0-9a-f]{16}",
