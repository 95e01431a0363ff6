"""Clocks, neighbours and limits of the machine that a campaign runs on."""

import contextlib
import os
import resource
import signal
import time
from pathlib import Path

import pytest

from chaos.campaign import Campaign
from chaos.outcome import assert_same_data
from theraflow.core.files import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

OPEN_FILES = 64
MEMORY_MB = 200
CGROUP = Path("/sys/fs/cgroup/memory")
VISIBLE_AFTER_S = 2
DAY_S = 86_400


def test_a_clock_that_is_set_back(campaign, undisturbed_data, reliability):
    assert campaign.run("--until", "simulate_batch") == 0
    batches = _batches(campaign)
    # Dates of files move instead: under `faketime`, timed waits of Snakemake never end.
    for file in campaign.directory.rglob("*"):
        tomorrow = file.stat().st_mtime + DAY_S
        os.utime(file, (tomorrow, tomorrow))
    assert campaign.run() != 0
    assert "clock skew" in campaign.output.read_text()
    for file in campaign.directory.rglob("*"):
        file.touch()
    campaign.finish()
    assert _batches(campaign) == batches
    assert_same_data(campaign.directory, undisturbed_data)
    reliability.add(
        "the clock is set back by a day between two starts",
        "Snakemake takes no output that is older than its input",
        "`... has older modification time ... could indicate a clock skew problem`; "
        "`find . -exec touch {} +`, and the campaign goes on",
    )


def test_a_campaign_that_is_started_twice(campaign, undisturbed_data, reliability):
    first = campaign.start()
    while not list(campaign.directory.glob(".snakemake/locks/*")):
        assert first.poll() is None
        time.sleep(0.1)
    campaign.output.rename(campaign.output.with_suffix(".first.txt"))
    assert campaign.run() != 0
    assert campaign.said("is locked since", "still runs", "must wait, or use another --directory")
    assert first.wait() == 0
    campaign.finish()
    assert_same_data(campaign.directory, undisturbed_data)
    reliability.add(
        "a campaign is started twice at once",
        "the second one ends",
        "`theraflow: ... is locked since ..., which still runs; a new run must wait, or use "
        "another --directory`",
    )


def test_files_that_are_seen_late(campaign, undisturbed_data, reliability):
    packages = [Path(__file__).parent / "late_files", REPOSITORY / "workflow"]
    late = {
        "PYTHONPATH": os.pathsep.join(map(str, packages)),
        "CHAOS_VISIBLE_AFTER_S": str(VISIBLE_AFTER_S),
    }
    assert campaign.run("--latency-wait", "10", environment=late) == 0, campaign.output.read_text()
    assert "Waiting at most 10 seconds for missing files" in campaign.output.read_text()
    campaign.finish()
    assert_same_data(campaign.directory, undisturbed_data)
    reliability.add(
        f"files are seen {VISIBLE_AFTER_S} s after they were written, as on network file systems",
        "Snakemake waits for them (`latency-wait`)",
        "nothing",
    )


def test_few_open_files(campaign, undisturbed_data, reliability):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))

    assert campaign.run(before=limit) == 0, campaign.output.read_text()
    assert_same_data(campaign.directory, undisturbed_data)
    reliability.add(f"`ulimit -n {OPEN_FILES}`", "the campaign runs", "nothing")


def test_little_memory(campaign, undisturbed_data, reliability):
    if not os.access(CGROUP, os.W_OK):
        pytest.skip("only root limits memory, where control groups of version 1 are mounted")
    group = CGROUP / f"chaos-{os.getpid()}"
    group.mkdir()
    (group / "memory.limit_in_bytes").write_text(f"{MEMORY_MB}M")

    def limit() -> None:
        (group / "cgroup.procs").write_text(str(os.getpid()))

    assert campaign.run(before=limit) != 0
    _end_all(group)
    group.rmdir()
    campaign.unlock()
    campaign.finish()
    assert_same_data(campaign.directory, undisturbed_data)
    reliability.add(
        f"{MEMORY_MB} MB of memory",
        "the kernel kills Snakemake or a job",
        "`Killed`, or a failed job whose status is `killed` in the ledger",
    )


def _end_all(group: Path) -> None:
    """Kill the jobs that a killed Snakemake has left."""
    while processes := (group / "cgroup.procs").read_text().split():
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        time.sleep(0.1)


def _batches(campaign: Campaign) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in campaign.directory.glob("results/tnf/batches/*/*")}
