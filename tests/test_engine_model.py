"""The model's resource files: every fault is named."""

from pathlib import Path

import pytest
import yaml

from theraflow.errors import UserError
from theraflow.tnf.model import load_model


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
