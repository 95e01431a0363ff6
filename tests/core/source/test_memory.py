"""What is remembered of a source is what reading it again gives, whatever is wrong with memory."""

from pathlib import Path

import pytest

from theraflow.core.source import memory
from theraflow.core.source.memory import SourceMemory
from theraflow.core.source.syntax import SourceFacts, read_source

SOURCE = b"from theraflow.tnf import design\n\nsize = 1\n"
OTHER = b"size = 2\n"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every source that was parsed."""
    seen: list[str] = []

    def reader(source: str) -> SourceFacts:
        seen.append(source)
        return read_source(source)

    monkeypatch.setattr(memory, "read_source", reader)
    return seen


def learn(*sources: bytes) -> None:
    taught = SourceMemory()
    for source in sources:
        taught.facts(source)
    taught.keep()


def only_file(cache: Path) -> Path:
    (file,) = cache.rglob("*.json")
    return file


def test_a_source_is_parsed_once_by_all_processes(cache: Path, read: list[str]) -> None:
    learn(SOURCE)
    learn(SOURCE, OTHER)
    assert SourceMemory().facts(SOURCE) == read_source(SOURCE.decode())
    assert SourceMemory().facts(OTHER) == read_source(OTHER.decode())
    assert read == [SOURCE.decode(), OTHER.decode()]


def test_another_reader_does_not_believe_what_this_one_saw(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    learn(SOURCE)
    newer = tmp_path / "syntax.py"
    newer.write_text("# Another version.\n")
    monkeypatch.setattr(memory.syntax, "__file__", str(newer))
    SourceMemory().facts(SOURCE)
    assert len(read) == 2


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"a": 1}', '{"a": []}'])
def test_a_damaged_file_is_read_over(cache: Path, damage: str) -> None:
    learn(SOURCE)
    only_file(cache).write_text(damage)
    learn(OTHER)
    assert SourceMemory().facts(OTHER) == read_source(OTHER.decode())
    assert SourceMemory().facts(SOURCE) == read_source(SOURCE.decode())


def test_a_home_that_cannot_be_written_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(occupied))
    learn(SOURCE)
    assert SourceMemory().facts(SOURCE) == read_source(SOURCE.decode())


def test_the_oldest_sources_are_forgotten(
    cache: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    monkeypatch.setattr(memory, "_MOST_REMEMBERED", 1)
    learn(SOURCE, OTHER)
    learn(OTHER)
    assert read == [SOURCE.decode(), OTHER.decode()]
    learn(SOURCE)
    assert read[2:] == [SOURCE.decode()]
