"""The JSON schema of the config: editors accept by it what theraflow accepts, and flag faults."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from theraflow.config.json_schema import config_schema
from theraflow.config.load import ConfigError, load_study
from theraflow.core.files import REPOSITORY

SHIPPED = sorted([*REPOSITORY.glob("config/**/*.yaml"), *REPOSITORY.glob("tests/config/*.yaml")])
VALIDATOR = jsonschema.Draft202012Validator(json.loads(config_schema()))


def test_the_schema_is_up_to_date_and_a_schema() -> None:
    assert (REPOSITORY / "config/schema.json").read_text(encoding="utf-8") == config_schema()
    VALIDATOR.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_shipped_configs_name_the_schema_and_keep_to_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.partition("\n")[0])
    assert named
    assert (file.parent / named[1]).resolve() == REPOSITORY / "config/schema.json"
    # Editors read YAML 1.2, to which 1_000 is text.
    assert not re.search(r": \d+_\d", text)
    # Snakemake takes overlays of either kind, plain and laid over another one.
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "config",
    [
        {"tnf": {"replicates": 0}},
        {"tnf": {"replicates": 1.5}},
        {"tnf": {"desings": []}},
        {"tnf": {"designs": [{"kind": "sobel", "points": 8}]}},
        {"tnf": {"designs": [{"kind": "sobol", "points": 0}]}},
        {"tnf": {"engine": "physicell"}},
        {"tnf": {"engine": {"dimension": 4}}},
        {"tnf": {"treatment": {"searches": {"x": {"method": "de", "seeds": []}}}}},
        {"crc": {"search": {"budget_evaluations": 0}}},
        {"crc": {"search": {"algorithms": {"x": {"method": "de", "patients": 0}}}}},
    ],
    ids=str,
)
def test_faults_are_flagged_as_theraflow_flags_them(config: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(config)
    with pytest.raises(ConfigError):
        load_study(config)


@pytest.mark.parametrize(
    "config",
    [
        {"tnf": {"engine": "embedded"}},
        {"tnf": {"engine": {"dimension": 3}}},
        {"tnf": {"replicates": 2.0}},
        {"crc": {"search": {"budget_seconds": None, "budget_evaluations": 5}}},
        {
            "tnf": {
                "engine": {
                    "name": "physiboss",
                    "executable": "spheroid",
                    "mapping": {"tumor_radius": "user_parameters/radius"},
                    "phases": {"apoptotic": 100},
                }
            }
        },
    ],
    ids=str,
)
def test_short_forms_are_accepted(config: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(config)


def test_units_are_told_on_hover() -> None:
    keys = VALIDATOR.schema["$defs"]["TnfConfig"]["properties"]
    assert keys["horizon_min"]["description"].endswith("[min]")
