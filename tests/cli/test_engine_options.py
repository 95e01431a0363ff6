"""Options of the engine on the command line: what is given counts, whatever its value."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.physiboss_project import make_project

from theraflow.cli.tnf.engine_options import EngineName, engine_config, parse_mapping
from theraflow.core.errors import UserError

NOTHING: dict[str, object] = {}


@pytest.mark.parametrize("option", ["time_limit_min", "threads"])
def test_zero_is_a_value(tmp_path: Path, option: str) -> None:
    project = make_project(tmp_path)
    given = {"executable": project.executable, "settings": project.settings, option: 0}
    with pytest.raises(UserError, match=rf"tnf\.engine\.{option} = 0: allowed: .*number"):
        engine_config(EngineName.PHYSIBOSS, common=NOTHING, embedded=NOTHING, physiboss=given)


def test_zero_for_the_other_engine() -> None:
    given = {"time_limit_min": 0.0, "keep_folders": False, "mapping": {}, "executable": None}
    with pytest.raises(UserError, match="--time-limit: no option of --engine embedded"):
        engine_config(EngineName.EMBEDDED, common=NOTHING, embedded=NOTHING, physiboss=given)


def test_options_that_are_not_given() -> None:
    given = {"time_limit_min": None, "keep_folders": False, "mapping": {}}
    config = engine_config(
        EngineName.EMBEDDED, common={"dimension": None}, embedded=NOTHING, physiboss=given
    )
    assert config.name == "embedded"


def test_several_elements_of_one_key() -> None:
    pairs = ["tnf_concentration=a/b", "random_seed=c", "tnf_concentration=a/d[@e='f']"]
    assert parse_mapping(pairs) == {
        "tnf_concentration": ["a/b", "a/d[@e='f']"],
        "random_seed": ["c"],
    }


def test_all_cores_are_those_of_the_process() -> None:
    core = min(os.sched_getaffinity(0))
    script = (
        f"import os; os.sched_setaffinity(0, {{{core}}}); "
        "from theraflow.cli.tnf.commands import ALL_CORES; print(ALL_CORES)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "1\n"
