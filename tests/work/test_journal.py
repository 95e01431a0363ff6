"""The journal keeps finished work through a kill at any moment."""

import os
import signal
import subprocess
import sys

import pytest

from theraflow.work.ledger.journal import Journal

RECORDS = [{"name": "first", "counts": [1, 2]}, {"name": "second", "counts": []}]


def test_records_come_back_in_order(tmp_path):
    with Journal(tmp_path / "folder" / "work.journal") as journal:
        for record in RECORDS:
            journal.append(record)
    with Journal(journal.path) as journal:
        assert journal.records == RECORDS
    journal.remove()
    assert not journal.path.exists()


def test_a_journal_cut_anywhere_keeps_every_whole_record_and_takes_new_ones(tmp_path):
    whole = tmp_path / "whole.journal"
    with Journal(whole) as journal:
        for record in RECORDS:
            journal.append(record)
    content = whole.read_bytes()
    first_length = content.index(b"\n") + 1
    for length in range(len(content)):
        cut = tmp_path / "cut.journal"
        cut.write_bytes(content[:length])
        with Journal(cut) as journal:
            assert journal.records == RECORDS[: int(length >= first_length)]
            journal.append({"name": "later"})
        with Journal(cut) as journal:
            assert journal.records[-1] == {"name": "later"}
            assert len(journal.records) == 1 + int(length >= first_length)


@pytest.mark.parametrize("damage", [b"\0\0\0\0\n", b"[1]\n", b"\xff\xfe\n"])
def test_what_follows_a_damaged_line_is_done_again(tmp_path, damage):
    path = tmp_path / "work.journal"
    path.write_bytes(b'{"name": "first"}\n' + damage + b'{"name": "second"}\n')
    with Journal(path) as journal:
        assert journal.records == [{"name": "first"}]
    assert path.read_bytes() == b'{"name": "first"}\n'


def test_records_survive_a_kill_of_their_writer(tmp_path):
    path = tmp_path / "work.journal"
    code = (
        "import itertools, sys; from pathlib import Path\n"
        "from theraflow.work.ledger.journal import Journal\n"
        "with Journal(Path(sys.argv[1])) as journal:\n"
        "    for number in itertools.count():\n"
        "        journal.append({'number': number, 'text': 'x' * 1000})\n"
        "        print(number, flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(200)][-1]
        os.kill(writer.pid, signal.SIGKILL)
    with Journal(path) as journal:
        numbers = [record["number"] for record in journal.records]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > seen
