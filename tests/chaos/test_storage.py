"""Disks that are full or read-only, and files that were damaged on them."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from chaos.campaign import DATASET, Campaign

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
    _assert_same_data(small_disk, undisturbed_data)
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
    _assert_same_data(small_disk, undisturbed_data)
    reliability.add("results become read-only", "no job starts", f"`{seen}`")


def test_a_table_that_was_cut(finished, draw, undisturbed_data, reliability):
    table = _any_batch(finished, draw, ".parquet")
    content = table.read_bytes()
    table.write_bytes(content[: draw.randrange(len(content))])
    seen = _refused(finished, table)
    reliability.add("a batch is cut at a random byte", "gathering refuses it", seen, "this batch")
    _assert_mended(finished, table, undisturbed_data)


def test_a_table_with_a_flipped_bit(finished, draw, undisturbed_data, reliability):
    table = _any_batch(finished, draw, ".parquet")
    _flip_a_bit(table, draw)
    seen = _refused(finished, table)
    reliability.add("a bit of a batch flips", "its checksum tells", seen, "this batch")
    _assert_mended(finished, table, undisturbed_data)


def test_a_ledger_with_a_flipped_bit(finished, draw, undisturbed_data, reliability):
    ledger = _any_batch(finished, draw, ".ledger.parquet")
    _flip_a_bit(ledger, draw)
    seen = _refused(finished, ledger)
    reliability.add(
        "a bit of a ledger flips", "its checksum tells", seen, "the attempts of this batch"
    )
    _assert_mended(finished, ledger, undisturbed_data)


def _any_batch(campaign: Campaign, draw: random.Random, suffix: str) -> Path:
    folder = campaign.directory / "results/tnf/batches"
    tables = [file for file in folder.glob("*/*") if "".join(file.suffixes) == suffix]
    return draw.choice(sorted(tables))


def _flip_a_bit(table: Path, draw: random.Random) -> None:
    """Flip a bit within the numbers of the column that takes most space."""
    group = pq.read_metadata(table).row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    column = max(columns, key=lambda column: column.total_compressed_size)
    first = column.dictionary_page_offset or column.data_page_offset
    content = bytearray(table.read_bytes())
    content[first + column.total_compressed_size - draw.randint(1, 8)] ^= 1 << draw.randrange(8)
    table.write_bytes(content)


def _refused(campaign: Campaign, damaged: Path) -> str:
    """Gather again, as after any change, and return the line that names the damaged file."""
    assert campaign.run("--forcerun", "gather_trajectories") != 0
    line = campaign.said("theraflow: error", damaged.name, "delete it")
    return f"`{line}`"


def _assert_mended(campaign: Campaign, damaged: Path, undisturbed_data: Path) -> None:
    """Do as the line says."""
    damaged.unlink()
    campaign.finish()
    _assert_same_data(campaign, undisturbed_data)


def _assert_same_data(campaign: Campaign, undisturbed_data: Path) -> None:
    assert (campaign.directory / DATASET).read_bytes() == (undisturbed_data / DATASET).read_bytes()
