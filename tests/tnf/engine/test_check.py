"""A model that has passed its check is not read again; a faulty one is refused every time."""

import shutil
from pathlib import Path

import pytest

from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.tnf.engine.check import check_engine_config
from theraflow.tnf.model import spheroid

RESOURCES = REPOSITORY / "resources/tnf_spheroid"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineConfig:
    """An engine whose files a test may edit, and a cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = shutil.copytree(RESOURCES, tmp_path / "model")
    return EngineConfig(
        model_file=str(folder / "model.yaml"),
        network_file=str(folder / "network.bnd"),
        network_config_file=str(folder / "network.cfg"),
    )


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The model files that were read."""
    files: list[str] = []
    load = spheroid.load_configured_model

    def counted(engine: EngineConfig) -> spheroid.SpheroidModel:
        files.append(engine.model_file)
        return load(engine)

    monkeypatch.setattr(spheroid, "load_configured_model", counted)
    return files


def test_a_model_that_has_passed_is_not_read_again(engine: EngineConfig, read: list[str]) -> None:
    for _ in range(2):
        check_engine_config(engine, [50])

    assert read == [engine.model_file]


@pytest.mark.parametrize("key", ["model_file", "network_file", "network_config_file"])
def test_an_edit_of_any_file_is_read(key: str, engine: EngineConfig, read: list[str]) -> None:
    check_engine_config(engine, [50])
    with Path(getattr(engine, key)).open("a") as file:
        file.write("\n")
    check_engine_config(engine, [50])

    assert len(read) == 2


def test_a_faulty_network_is_refused_every_time(engine: EngineConfig) -> None:
    check_engine_config(engine, [50])
    with Path(engine.network_file).open("a") as file:
        file.write("Node {")
    for _ in range(2):
        with pytest.raises(UserError, match=r"network\.bnd"):
            check_engine_config(engine, [50])


def test_a_tumour_beyond_the_source_is_refused_though_the_model_has_passed(
    engine: EngineConfig,
) -> None:
    check_engine_config(engine, [50])
    with pytest.raises(UserError, match="reaches the TNF source"):
        check_engine_config(engine, [5000])
