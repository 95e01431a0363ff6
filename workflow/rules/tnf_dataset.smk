"""Simulations in batches, gathered to tables of trajectories."""

# Tables hold the same rows in the same order as long as this code is the same.
GATHERING_CODE = source_fingerprint(
    "theraflow.tnf.campaign.dataset", "theraflow.core.external_sort"
)


rule tnf_dataset:
    input:
        "results/tnf/dataset.parquet" if TNF.dataset_tables == "joined" else dataset_tables(),


# Only a program that is not ours may fail at once on a machine; named by what decides its results,
# like the batches, so that another program is checked before its first batch.
rule check_engine:
    output:
        report="results/tnf/engine_checks/{fingerprint}.txt",
    log:
        "logs/check_engine/{fingerprint}.log",
    benchmark:
        "results/benchmarks/check_engine/{fingerprint}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: lambda wildcards: engine_of(wildcards).cores_per_simulation
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 20,
    script:
        "../scripts/check_engine.py"


# A batch is named by the hash of its simulations, engine included: no params could add to it.
# Its files are kept when it runs again, whatever the reason: what is finished is taken over.
rule simulate_batch:
    input:
        engine_checks,
    output:
        trajectories=update("results/tnf/batches/{tumours}/{batch}.parquet"),
        ledger=update("results/tnf/batches/{tumours}/{batch}.ledger.parquet"),
    log:
        "logs/simulate_batch/{tumours}/{batch}.log",
    benchmark:
        "results/benchmarks/simulate_batch/{tumours}/{batch}.tsv"
    # Gathering waits: a batch that starts late runs beside idle cores.
    priority: 1
    conda:
        "../../envs/theraflow.yaml"
    threads: batch_cores
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt
        * batch_memory_mb(wildcards.tumours, threads),
        runtime=lambda wildcards, threads, attempt: attempt
        * batch_runtime_min(wildcards.tumours, threads),
    script:
        "../scripts/simulate_batch.py"


rule gather_trajectories:
    input:
        batches=batch_files_of_table,
    output:
        trajectories="results/tnf/{table}.parquet",
        ledger="results/tnf/{table}.ledger.parquet",
    log:
        "logs/gather_trajectories/{table}.log",
    benchmark:
        "results/benchmarks/gather_trajectories/{table}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * gathering_runtime_min(),
    params:
        code=GATHERING_CODE,
    script:
        "../scripts/gather_trajectories.py"


# The data set is made of the tables that training reads: sorted once, gathered side by side.
rule join_radii:
    input:
        tables=per_radius("dataset/radius_{radius}um.parquet"),
        mixed=tables_of_drawn_radii() + tables_of_rounds(),
    output:
        trajectories="results/tnf/dataset.parquet",
        ledger="results/tnf/dataset.ledger.parquet",
    log:
        "logs/join_radii.log",
    benchmark:
        "results/benchmarks/join_radii/all.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * joining_runtime_min(),
    params:
        code=GATHERING_CODE,
    script:
        "../scripts/join_radii.py"
