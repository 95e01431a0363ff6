"""Disks that are full or read-only, and files that were damaged on them."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from chaos.campaign import Campaign
from chaos.outcome import assert_same_data

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

# Less than this holds not even Snakemake's lock; the whole takes some 500 kB.
SIZES_KB = (60, 400)


@pytest.fixture
def small_disk(campaign: Campaign) -> Iterator[Campaign]:
    """A campaign in a file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    _mount(campaign, "-t", "tmpfs", "-o", "size=8m", "tmpfs")
    yield campaign
    subprocess.run(["umount", campaign.directory], check=True)


def _mount(campaign: Campaign, *options: str) -> None:
    subprocess.run(["mount", *options, campaign.directory], check=True)


def test_a_disk_that_is_full(small_disk, draw, undisturbed_data, reliability):
    sizes = [draw.randint(*SIZES_KB) for _ in range(3)]
    told = set()
    for size in sorted(sizes):
        _mount(small_disk, "-o", f"remount,size={size}k")
        assert small_disk.run() != 0
        words = small_disk.output.read_text().lower()
        assert "no space" in words
        told |= {line for line in words.splitlines() if line.startswith("theraflow: error")}
    _mount(small_disk, "-o", "remount,size=8m")
    small_disk.finish()
    assert_same_data(small_disk.directory, undisturbed_data)
    assert told
    reliability.add(
        f"disk full at {', '.join(map(str, sizes))} kB",
        "jobs fail, and what is finished stays in batches and journals",
        f"`{told.pop()}`, or the same from Snakemake",
    )


def test_results_that_are_read_only(small_disk, undisturbed_data, reliability):
    assert small_disk.run("--until", "simulate_batch") == 0
    _mount(small_disk, "-o", "remount,ro")
    assert small_disk.run() != 0
    seen = small_disk.said("OSError", "Read-only file system").replace(
        str(small_disk.directory), "FOLDER"
    )
    _mount(small_disk, "-o", "remount,rw")
    small_disk.finish()
    assert_same_data(small_disk.directory, undisturbed_data)
    reliability.add("results become read-only", "no job starts", f"`{seen}`")


def _cut(table: Path, draw: random.Random) -> None:
    content = table.read_bytes()
    table.write_bytes(content[: draw.randrange(len(content))])


def _flip_a_bit(table: Path, draw: random.Random) -> None:
    """Flip a bit within the numbers of the column that takes most space."""
    group = pq.read_metadata(table).row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    column = max(columns, key=lambda column: column.total_compressed_size)
    first = column.dictionary_page_offset or column.data_page_offset
    content = bytearray(table.read_bytes())
    content[first + column.total_compressed_size - draw.randint(1, 8)] ^= 1 << draw.randrange(8)
    table.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "suffix", "disturbance", "lost"),
    [
        (_cut, ".parquet", "a batch is cut at a random byte", "this batch"),
        (_flip_a_bit, ".parquet", "a bit of a batch flips", "this batch"),
        (
            _flip_a_bit,
            ".ledger.parquet",
            "a bit of a ledger flips",
            "the attempts of this batch",
        ),
    ],
    ids=["a table that is cut", "a flipped bit", "a flipped bit in a ledger"],
)
def test_a_file_that_was_damaged(
    finished, draw, undisturbed_data, reliability, damage, suffix, disturbance, lost
):
    file = _any_batch(finished, draw, suffix)
    damage(file, draw)
    # Gathered again, as after any change.
    assert finished.run("--forcerun", "gather_trajectories") != 0
    seen = finished.said("theraflow: error", file.name, "delete it")
    file.unlink()
    finished.finish()
    assert_same_data(finished.directory, undisturbed_data)
    reliability.add(disturbance, "gathering refuses it", f"`{seen}`", lost)


def _any_batch(campaign: Campaign, draw: random.Random, suffix: str) -> Path:
    folder = campaign.directory / "results/tnf/batches"
    tables = [file for file in folder.glob("*/*") if "".join(file.suffixes) == suffix]
    return draw.choice(sorted(tables))
