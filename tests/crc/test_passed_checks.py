"""A study that has passed is not checked again; one that differs in anything that decides is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.core.fingerprints import THERAFLOW
from theraflow.crc import checks, passed_checks
from theraflow.crc.passed_checks import check_study_once

PARAMETERS = REPOSITORY / "resources/crc_qsp/patient_parameters.csv"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which checks ran, in place of them."""
    ran: list[str] = []
    monkeypatch.setattr(checks, "check_study", lambda *_: ran.append("study"))
    monkeypatch.setattr(checks, "check_grower", lambda *_: ran.append("grower"))
    return ran


@pytest.fixture
def parameters_file(tmp_path: Path) -> Path:
    file = tmp_path / "patients.csv"
    file.write_bytes(PARAMETERS.read_bytes())
    return file


def study(parameters_file: Path, **sections: Any) -> CrcConfig:
    patients = {"parameters_file": str(parameters_file), **sections.pop("patients", {})}
    return CrcConfig.model_validate({"patients": patients, **sections})


def test_what_has_passed_is_not_checked_again(checked: list[str], parameters_file: Path) -> None:
    check_study_once(study(parameters_file))
    check_study_once(study(parameters_file))
    # Nothing of these is checked.
    check_study_once(study(parameters_file, figures={"dpi": 100}))
    assert checked == ["study", "grower"]


def test_a_study_that_grows_nobody_has_not_passed_for_growing(
    checked: list[str], parameters_file: Path
) -> None:
    check_study_once(study(parameters_file), grows=False)
    check_study_once(study(parameters_file))
    assert checked == ["study", "study", "grower"]


@pytest.mark.parametrize(
    "sections",
    [
        {"model": {"names": {"cibisatamab": "V_C_cibi"}}},
        {"patients": {"candidates": 1000}},
        {"therapy": {"template": "holidays"}},
        {"search": {"algorithms": {"random": {"method": "random"}}}},
    ],
)
def test_another_config_is_checked(
    sections: dict[str, Any], checked: list[str], parameters_file: Path
) -> None:
    check_study_once(study(parameters_file))
    check_study_once(study(parameters_file, **sections))
    assert checked == ["study", "grower"] * 2


def edit_table(parameters_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters_file.write_text(parameters_file.read_text().replace("lognormal", "normal", 1))


def edit_code(parameters_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code_hash = THERAFLOW.code_hash
    monkeypatch.setattr(
        THERAFLOW,
        "code_hash",
        lambda file: "edited" if file == "crc/compiled/symbolic/formulas.py" else code_hash(file),
    )


def change_copasi(parameters_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passed_checks, "version", lambda _: "0")


@pytest.mark.parametrize("change", [edit_table, edit_code, change_copasi])
def test_other_files_code_or_libraries_are_checked(
    change: Callable[[Path, pytest.MonkeyPatch], None],
    checked: list[str],
    parameters_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check_study_once(study(parameters_file))
    change(parameters_file, monkeypatch)
    check_study_once(study(parameters_file))
    assert checked == ["study", "grower"] * 2


def test_a_fault_is_told_every_time(parameters_file: Path) -> None:
    faulty = study(parameters_file, model={"names": {"cibisatamab": "V_C_cibi"}})
    for _ in range(2):
        with pytest.raises(UserError, match="did you mean 'V_C_cibis'"):
            check_study_once(faulty)


def test_a_home_that_cannot_be_written_is_no_fault(
    checked: list[str], parameters_file: Path, cache: Path
) -> None:
    cache.write_text("a file in the way")
    check_study_once(study(parameters_file))
    check_study_once(study(parameters_file))
    assert checked == ["study", "grower"] * 2
