"""The size of a study is told again without planning it, unless what decides it differs."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from theraflow.cli import study_size as module
from theraflow.cli.study_size import study_size
from theraflow.config.study import StudyConfig
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY


@pytest.fixture(autouse=True)
def model_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Model files that a test may edit, and a cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return shutil.copytree(REPOSITORY / "resources/tnf_spheroid", tmp_path / "model")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of treatments of the studies that were planned."""
    planned: list[int] = []
    size = module._size

    def counted(study: StudyConfig) -> str:
        planned.append(study.tnf.designs[0].points)  # type: ignore[union-attr]
        return size(study)

    monkeypatch.setattr(module, "_size", counted)
    return planned


def study(folder: Path, points: int = 16, **engine: Any) -> StudyConfig:
    files = {
        "model_file": str(folder / "model.yaml"),
        "network_file": str(folder / "network.bnd"),
        "network_config_file": str(folder / "network.cfg"),
    }
    tnf = {"engine": files | engine, "designs": [{"kind": "sobol", "points": points}]}
    # Methods that need no COPASI.
    crc = {"search": {"algorithms": {"random": {"method": "random"}}}}
    return StudyConfig.model_validate({"tnf": tnf, "crc": crc})


def test_the_same_study_is_planned_once(model_folder: Path, told: list[int]) -> None:
    first, again = (study_size(study(model_folder)) for _ in range(2))
    assert first == again
    assert "Spheroid under TNF" in first
    assert "Therapies of colorectal cancer" in first
    assert told == [16]


def test_another_config_or_file_is_planned(model_folder: Path, told: list[int]) -> None:
    study_size(study(model_folder))
    study_size(study(model_folder, points=17))
    study_size(study(model_folder, time_steps="exact"))
    with (model_folder / "network.cfg").open("a") as file:
        file.write("\n")
    study_size(study(model_folder))
    assert told == [16, 17, 16, 16]


def test_other_code_or_libraries_are_asked(
    model_folder: Path, told: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    study_size(study(model_folder))
    monkeypatch.setattr(module, "version", lambda _: "0")
    study_size(study(model_folder))
    monkeypatch.setattr(module, "source_fingerprint", lambda *_: "edited")
    study_size(study(model_folder))
    assert told == [16, 16, 16]


def test_a_fault_is_told_every_time(model_folder: Path) -> None:
    with (model_folder / "network.bnd").open("a") as file:
        file.write("Node {")
    for _ in range(2):
        with pytest.raises(UserError, match=r"network\.bnd"):
            study_size(study(model_folder))


def test_a_file_that_is_missing_is_told(model_folder: Path) -> None:
    study_size(study(model_folder))
    (model_folder / "model.yaml").unlink()
    with pytest.raises(UserError, match="model constants"):
        study_size(study(model_folder))
