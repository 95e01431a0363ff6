"""The model's resource files: every fault is named."""

import re
from pathlib import Path

import pytest
import yaml

from theraflow.core.errors import UserError
from theraflow.tnf.model.spheroid import SpheroidModel, load_model


def load_with(repository: Path, model_file: Path) -> None:
    resources = repository / "resources/tnf_spheroid"
    load_model(model_file, resources / "network.bnd", resources / "network.cfg")


def test_all_faulty_constants_are_named_at_once(repository: Path, tmp_path: Path) -> None:
    content = yaml.safe_load((repository / "resources/tnf_spheroid/model.yaml").read_text())
    content["domain"]["voxel_width_um"] = 0
    content["receptors"]["binding_per_hour"] = 1
    del content["volume"]["nuclear_um3"]
    faulty = tmp_path / "model.yaml"
    faulty.write_text(yaml.safe_dump(content))
    with pytest.raises(UserError) as caught:
        load_with(repository, faulty)
    for key in ("domain.voxel_width_um", "receptors.binding_per_hour", "volume.nuclear_um3"):
        assert key in str(caught.value)


def test_a_network_without_the_decisive_node_is_an_error(repository: Path, tmp_path: Path) -> None:
    content = yaml.safe_load((repository / "resources/tnf_spheroid/model.yaml").read_text())
    content["network"]["necrosis_node"] = "Necrosis"
    faulty = tmp_path / "model.yaml"
    faulty.write_text(yaml.safe_dump(content))
    with pytest.raises(UserError, match="no node 'Necrosis'"):
        load_with(repository, faulty)


@pytest.mark.parametrize(("text", "message"), [(None, "cannot read"), ("a: [", "not YAML")])
def test_an_unreadable_model_is_an_error(
    repository: Path, tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "model.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UserError, match=message):
        load_with(repository, file)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        (None, "phenotype_step_min", 2.5, "multiple of 1 min, a step of the time steps 'fast'"),
        (None, "phenotype_step_min", 7, "must divide 60 min"),
        ("domain", "voxel_width_um", 30, "2 * half_width_um (1000) must be a multiple"),
        ("domain", "voxel_width_um", 500, "at least 3 times as large"),
        ("tnf_field", "source_radius_um", 693, "source_radius_um (693) must be at most 692.965"),
        ("volume", "nuclear_um3", 2494, "nuclear_um3 (2494) must be below total_um3 (2494)"),
        ("birth_and_death", "birth_per_min", float("inf"), "finite number"),
    ],
)
def test_constants_that_contradict_each_other(
    repository: Path, tmp_path: Path, section: str | None, key: str, value: float, message: str
) -> None:
    content = yaml.safe_load((repository / "resources/tnf_spheroid/model.yaml").read_text())
    (content[section] if section else content)[key] = value
    faulty = tmp_path / "model.yaml"
    faulty.write_text(yaml.safe_dump(content))
    with pytest.raises(UserError, match=re.escape(message)):
        load_with(repository, faulty)


def test_a_birth_rate_that_the_model_does_not_admit(model: SpheroidModel) -> None:
    for rate in (-1e-9, 0.021, float("nan")):
        with pytest.raises(UserError, match="birth_per_min"):
            model.with_birth_rate(rate)
