"""What has failed and may be tried again, read from the ledgers when someone asks for it."""

from pathlib import Path

from theraflow.core.identity import content_hash
from theraflow.work.ledger.files import JOURNAL_SUFFIX, LEDGER_SUFFIX, failed_work


def retries(batch_files, pattern):
    """Name what trying again takes: a retry of each finished batch with failures.

    A batch that failed as a whole is named itself. A retry is named by the hash of the attempts that
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


def failed_rounds(wildcards):
    """Name the retries of simulations that rounds of active learning have added."""
    return list(retries(tables_of_rounds(), "results/tnf/retries/active/{batch}.{attempts}.done"))


def failed_growths(wildcards):
    """Name the retries of growths."""
    files = [
        f"results/crc/patients/batches/{batch.batch_id}.parquet" for batch in CANDIDATE_BATCHES
    ]
    return list(retries(files, "results/crc/patients/retries/{batch}.{attempts}.done"))


def failed_searches(wildcards):
    """Name the searches that were begun and have no result."""
    return [
        file
        for file in search_files("json")
        if not Path(file).exists() and Path(file).with_suffix(JOURNAL_SUFFIX).exists()
    ]
