"""Failed simulations and growths, tried again when someone asks for it."""

from pathlib import Path

from theraflow.campaign.identity import content_hash
from theraflow.campaign.ledger import JOURNAL_SUFFIX, LEDGER_SUFFIX, failed_work


def retries(batch_files, pattern):
    """Name what trying again takes: a retry of each finished batch with failures.

    A batch that failed as a whole is named itself. A retry bears the hash of the attempts that
    failed, so that each is a job of its own.
    """
    for file in map(Path, batch_files):
        failed = failed_work(file.with_suffix(LEDGER_SUFFIX))
        if failed:
            attempts = content_hash({row["key"]: str(row["started"]) for row in failed})
            yield pattern.format(folder=file.parent.name, batch=file.stem, attempts=attempts)
        elif not file.exists() and file.with_suffix(JOURNAL_SUFFIX).exists():
            yield str(file)


def failed_simulations(wildcards):
    """Name the retries of simulations."""
    files = batch_files([*dataset_batches(), *plan_noise_floor_batches(TNF)])
    return list(retries(files, "results/tnf/retries/{folder}/{batch}.{attempts}.done"))


def failed_growths(wildcards):
    """Name the retries of growths."""
    folder = "results/crc/patients"
    files = [f"{folder}/batches/{batch.batch_id}.parquet" for batch in CANDIDATE_BATCHES]
    return list(retries(files, folder + "/retries/{batch}.{attempts}.done"))


def failed_searches(wildcards):
    """Name the searches that were begun and have no result."""
    return [
        file
        for file in search_files("json")
        if not Path(file).exists() and Path(file).with_suffix(JOURNAL_SUFFIX).exists()
    ]


rule retry_failed:
    input:
        failed_simulations,
        failed_growths,
        failed_searches,


# The files of the batch are replaced where they are, and what depends on them is made anew by the
# next run. They are input, so that a batch which is missing is simulated first.
rule retry_simulations:
    input:
        trajectories=ancient("results/tnf/batches/radius_{radius}um/{batch}.parquet"),
    output:
        touch("results/tnf/retries/radius_{radius}um/{batch}.{attempts}.done"),
    log:
        "logs/retry_simulations/radius_{radius}um/{batch}.{attempts}.log",
    benchmark:
        "benchmarks/retry_simulations/radius_{radius}um/{batch}.{attempts}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    threads: TNF.batches.threads
    resources:
        mem_mb=lambda wildcards, threads, attempt: attempt * (1000 + 300 * threads),
        runtime=lambda wildcards, threads, attempt: attempt
        * runtime_min(TNF.batches.target_cpu_minutes * 60 / threads),
    script:
        "../scripts/retry_simulations.py"


rule retry_growths:
    input:
        candidates=ancient("results/crc/patients/batches/{batch}.candidates.parquet"),
        patients=ancient("results/crc/patients/batches/{batch}.parquet"),
    output:
        touch("results/crc/patients/retries/{batch}.{attempts}.done"),
    log:
        "logs/retry_growths/{batch}.{attempts}.log",
    benchmark:
        "benchmarks/retry_growths/{batch}.{attempts}.tsv"
    conda:
        "../../envs/theraflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt
        * runtime_min(CRC.patients.batch_size * CPU_S_PER_CANDIDATE),
    script:
        "../scripts/retry_growths.py"


wildcard_constraints:
    attempts="[0-9a-f]{16}",
