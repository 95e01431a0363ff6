"""Hashes of large files are remembered, and never those of another content."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from theraflow.core import file_hash
from theraflow.core.errors import UserError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, for files of any size and age."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(file_hash, "_REMEMBERED_FROM_BYTES", 1)
    monkeypatch.setattr(file_hash, "_SETTLED_AFTER_S", 0)
    return tmp_path / "cache"


def remembered(cache: Path) -> list[Path]:
    return list(cache.rglob("*.json"))


def test_hash_follows_the_content_even_with_size_and_time_set_back(
    cache: Path, tmp_path: Path
) -> None:
    image = tmp_path / "image.sif"
    image.write_bytes(b"one")
    before = image.stat()
    assert file_hash.file_sha256(image) == hashlib.sha256(b"one").hexdigest()
    assert len(remembered(cache)) == 1
    time.sleep(0.02)
    image.write_bytes(b"two")
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file_hash.file_sha256(image) == hashlib.sha256(b"two").hexdigest()


def test_damaged_memory_is_no_fault(cache: Path, tmp_path: Path) -> None:
    image = tmp_path / "image.sif"
    image.write_bytes(b"one")
    digest = file_hash.file_sha256(image)
    (file,) = remembered(cache)
    file.write_text("{", encoding="utf-8")
    file_hash._sha256.cache_clear()
    assert file_hash.file_sha256(image) == digest


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        file_hash.file_sha256(tmp_path / "none")
