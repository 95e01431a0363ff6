"""The config: what it accepts, how layers merge, and what its errors tell."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.cli import parse_config
from snakemake.utils import update_config

from theraflow.config.load import ConfigError, load_study
from theraflow.config.study import StudyConfig
from theraflow.config.tnf.designs import PaperDesign, SobolDesign
from theraflow.core.errors import UserError


def problems(*layers: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_study(*layers)
    return caught.value.problems


def tnf(**keys: Any) -> dict[str, Any]:
    return {"tnf": keys}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_yaml(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_yaml


@pytest.mark.parametrize("overlay", ["config/demo.yaml", "tests/config/tiny.yaml"])
def test_shipped_configs_are_valid(repository: Path, overlay: str) -> None:
    load_study(repository / "config/config.yaml", repository / overlay)


def test_shipped_config_is_the_default_study(repository: Path) -> None:
    assert load_study(repository / "config/config.yaml") == load_study() == StudyConfig()


def test_default_is_the_paper_study() -> None:
    study = load_study().tnf

    assert study.tumor_radii_um == (50, 100, 275, 400)
    assert study.designs == (PaperDesign(),)
    assert study.replicates == 1


def test_demo_covers_all_radii_of_the_paper(repository: Path) -> None:
    demo = load_study(repository / "config/config.yaml", repository / "config/demo.yaml")

    assert demo.tnf.tumor_radii_um == StudyConfig().tnf.tumor_radii_um


def test_layers_merge_as_snakemake_merges_config_files(repository: Path) -> None:
    names = ("config/config.yaml", "config/demo.yaml", "tests/config/tiny.yaml")
    merged: dict[str, Any] = {}
    for name in names:
        update_config(merged, yaml.safe_load((repository / name).read_text(encoding="utf-8")))

    assert load_study(*(repository / name for name in names)) == load_study(merged)


def test_mappings_of_the_command_line_are_those_of_a_file() -> None:
    """Snakemake makes text of every value within a mapping, null and numbers included."""
    given = (
        "tnf={replicates: 3, batches: {max_failed_simulations: null}}",
        "crc={patients: {responders: 5}, search: {budget_seconds: null, budget_evaluations: 100, "
        "seeds: [1, 2], algorithms: {mine: {method: cma-es, patients: 2}}}}",
    )
    written = [yaml.safe_load(text.replace("=", ": ", 1)) for text in given]

    assert load_study(parse_config(given)) == load_study(*written)


def test_lists_are_replaced_and_mappings_merged() -> None:
    below = tnf(designs=[{"kind": "paper"}], engine={"time_steps": "exact"}, replicates=3)
    above = tnf(designs=[{"kind": "sobol", "points": 8}], engine={"name": "embedded"})
    study = load_study(below, above).tnf

    assert study.designs == (SobolDesign(points=8),)
    assert study.engine.time_steps == "exact"
    assert study.replicates == 3


def test_the_config_survives_a_round_trip_through_json() -> None:
    study = load_study(tnf(designs=[{"kind": "sobol", "points": 8}, {"kind": "paper"}]))

    assert load_study(json.loads(study.model_dump_json())) == study


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {"replicates": 0},
            "tnf.replicates = 0: allowed: whole number >= 1 and <= 10000",
        ),
        (
            {"replicates": "two"},
            'tnf.replicates = "two": allowed: whole number >= 1 and <= 10000',
        ),
        (
            {"replicates": True},
            "tnf.replicates = true: allowed: whole number >= 1 and <= 10000",
        ),
        (
            {"tumor_radii_um": ["small"]},
            'tnf.tumor_radii_um[0] = "small": allowed: list (at least 1), each item: '
            "whole number >= 20 and <= 450; unit: um",
        ),
        (
            {"batches": {"target_cpu_minutes": 0}},
            "tnf.batches.target_cpu_minutes = 0: allowed: number > 0.0 and <= 1440.0; unit: min",
        ),
        (
            {"tumor_radii_um": [50, 900]},
            "tnf.tumor_radii_um[1] = 900: allowed: list (at least 1), each item: "
            "whole number >= 20 and <= 450; unit: um",
        ),
        (
            {"tumor_radii_um": []},
            "tnf.tumor_radii_um = []: allowed: list (at least 1), each item: "
            "whole number >= 20 and <= 450; unit: um",
        ),
        ({"tumor_radii_um": [50, 50]}, "tnf.tumor_radii_um = [50, 50]: give each radius once"),
        (
            {"engine": {"time_steps": "quick"}},
            'tnf.engine.time_steps = "quick": allowed: one of exact, fast',
        ),
        ({"engine": None}, "tnf.engine = null: allowed: section"),
        (
            {"designs": []},
            "tnf.designs = []: allowed: list (at least 1), each item: section",
        ),
        (
            {"designs": [{"kind": "paper"}, {"kind": "sobol", "points": -1}]},
            "tnf.designs[1].points = -1: allowed: whole number >= 1 and <= 1000000",
        ),
        (
            {"designs": [{"kind": "grid"}]},
            "tnf.designs[0]: its `kind` must be one of paper, latin_hypercube, sobol, sobol_radius",
        ),
        (
            {"designs": [{"points": 3}]},
            "tnf.designs[0]: its `kind` must be one of paper, latin_hypercube, sobol, sobol_radius",
        ),
        (
            {"designs": [{"kind": "paper", "tnf_concentration": [0.2, float("nan")]}]},
            "tnf.designs[0].tnf_concentration[1] = NaN: allowed: [low, high], each a number "
            ">= 0.0 and <= 1.0; unit: relative",
        ),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(keys: dict[str, Any], expected: str) -> None:
    assert problems(tnf(**keys)) == [expected]


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        (
            {"pulse_period_min": [5, 60], "pulse_duration_min": [90, 120]},
            "tnf.designs[0].pulse_duration_min = [90, 120]: the shortest pulse (90 min) is longer "
            "than the longest pulse_period_min (60 min)",
        ),
        (
            {"pulse_period_min": [800, 5]},
            "tnf.designs[0].pulse_period_min = [800, 5]: put the lower end first: [5, 800]",
        ),
        (
            {"tnf_concentration": [0.001, 0.05]},
            "tnf.designs[0].tnf_concentration = [0.001, 0.05]: not above tnf_concentration_above "
            "(0.1), so that no concentration remains",
        ),
        (
            {"tnf_concentration": [0.1, 0.5], "tnf_concentration_above": 0.5},
            "tnf.designs[0].tnf_concentration = [0.1, 0.5]: not above tnf_concentration_above "
            "(0.5), so that no concentration remains",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["paper", "latin_hypercube", "sobol"])
def test_keys_that_contradict_each_other(kind: str, design: dict[str, Any], expected: str) -> None:
    assert problems(tnf(designs=[{"kind": kind, **design}])) == [expected]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (tnf(replicate=2), "tnf.replicate: unknown key; did you mean replicates?"),
        ({"tfn": {}}, "tfn: unknown key; did you mean tnf?"),
        (
            {"tumour_radii_um": [50]},
            "tumour_radii_um: unknown key; did you mean tnf.tumor_radii_um?",
        ),
        (
            tnf(tumor_radius_um=[50, 400]),
            "tnf.tumor_radius_um: unknown key; did you mean tumor_radii_um?",
        ),
        (
            tnf(designs=[{"kind": "sobol", "point": 3}]),
            "tnf.designs[0].point: unknown key; did you mean points?",
        ),
        (
            tnf(designs=[{"kind": "paper", "points": 3}]),
            "tnf.designs[0].points: unknown key of kind: paper; "
            "it belongs to latin_hypercube, sobol, sobol_radius",
        ),
        (
            tnf(
                engine={
                    "name": "physiboss",
                    "executable": "x",
                    "settings": "y",
                    "time_steps": "fast",
                }
            ),
            "tnf.engine.time_steps: unknown key of name: physiboss; it belongs to embedded",
        ),
        (
            tnf(batches={"zzz": 1}),
            "tnf.batches.zzz: unknown key; "
            "known here: target_cpu_minutes, threads, max_failed_fraction, max_failed_simulations, "
            "simulation_time_limit_s",
        ),
    ],
)
def test_an_unknown_key_is_named_with_its_nearest(config: dict[str, Any], expected: str) -> None:
    assert problems(config) == [expected]


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol", "sobol_radius"])
def test_a_log_scale_begins_above_zero(kind: str) -> None:
    keys = {"tnf_concentration": [0, 1], "concentration_scale": "log"}
    assert problems(tnf(designs=[{"kind": kind, **keys}])) == [
        'tnf.designs[0].concentration_scale = "log": tnf_concentration begins at 0, which has no '
        "logarithm; raise it"
    ]
    assert problems(tnf(designs=[{"kind": "paper", "concentration_scale": "log"}])) == [
        "tnf.designs[0].concentration_scale: unknown key of kind: paper; it belongs to "
        "latin_hypercube, sobol, sobol_radius"
    ]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            tnf(horizon_min=600),
            "tnf: designs[0].pulse_period_min = 800: longer than horizon_min (600); shorten the "
            "pulses, or simulate longer",
        ),
        (
            tnf(
                horizon_min=60,
                designs=[{"kind": "sobol", "pulse_period_min": [5, 60]}],
            ),
            "tnf: designs[0].pulse_duration_min = 200: longer than horizon_min (60); shorten the "
            "pulses, or simulate longer",
        ),
        (
            tnf(horizon_min=90),
            "tnf.horizon_min = 90: allowed: whole number >= 60 and <= 10080, in steps of 60; unit: "
            "min",
        ),
    ],
)
def test_a_horizon_holds_its_pulses_and_whole_hours(config: dict[str, Any], expected: str) -> None:
    assert problems(config) == [expected]


@pytest.mark.parametrize(
    ("snapshots", "expected"),
    [
        (
            {"times_min": [0, 1500]},
            "tnf: snapshots.times_min = [0, 1500]: after horizon_min (1440); take earlier ones, "
            "or simulate longer",
        ),
        (
            {"pulse_period_min": 2000},
            "tnf: snapshots.pulse_period_min = 2000: longer than horizon_min (1440); shorten it, "
            "or simulate longer",
        ),
        (
            {"times_min": [60, 0]},
            "tnf.snapshots.times_min = [60, 0]: give each time once, in rising order",
        ),
        (
            {"pulse_duration_min": 200},
            "tnf.snapshots: pulse_duration_min = 200: longer than its period (150 min)",
        ),
    ],
)
def test_snapshots_lie_within_the_horizon(snapshots: dict[str, Any], expected: str) -> None:
    assert problems(tnf(snapshots=snapshots)) == [expected]


def test_a_longer_horizon_admits_longer_pulses() -> None:
    long_pulses = [{"kind": "sobol", "pulse_period_min": [5, 4000]}]
    assert problems(tnf(designs=long_pulses)) != []
    assert load_study(tnf(designs=long_pulses, horizon_min=4620)).tnf.horizon_min == 4620


def test_all_errors_come_at_once() -> None:
    found = problems(
        tnf(
            replicates=0,
            replicatse=1,
            tumor_radii_um=[3],
            designs=[{"kind": "sobol", "points": 0}],
            surrogates={"split": {"validation_fraction": 0.6, "test_fraction": 0.6}},
        )
    )

    assert [problem.split(" = ")[0].split(": ")[0] for problem in found] == [
        "tnf.tumor_radii_um[0]",
        "tnf.designs[0].points",
        "tnf.replicates",
        "tnf.surrogates.split",
        "tnf.replicatse",
    ]


def test_one_error_is_one_line_and_several_are_one_line_each() -> None:
    with pytest.raises(UserError) as one:
        load_study(tnf(replicates=0))
    with pytest.raises(UserError) as two:
        load_study(tnf(replicates=0, base_seed=-1))

    assert len(str(one.value).splitlines()) == 1
    assert len(str(two.value).splitlines()) == 1 + 2


def test_missing_resource_files_are_named() -> None:
    found = problems(tnf(engine={"model_file": "no/model.yaml", "network_file": "no/net.bnd"}))

    assert len(found) == 2
    assert found[0].startswith("tnf.engine.model_file = no/model.yaml: no such file")
    assert found[1].startswith("tnf.engine.network_file = no/net.bnd: no such file")


def test_missing_resource_files_are_named_beside_other_errors() -> None:
    found = problems(tnf(replicates=0, engine={"model_file": "no/model.yaml"}))

    assert [problem.split(" = ")[0] for problem in found] == [
        "tnf.replicates",
        "tnf.engine.model_file",
    ]


def test_resource_files_are_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_study() == StudyConfig()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tnf: [1", "is not valid YAML"),
        ("- tnf", "holds no mapping"),
        ("just text", "holds no mapping"),
    ],
)
def test_files_that_are_no_config(write: Any, text: str, expected: str) -> None:
    (problem,) = problems(write("broken.yaml", text))

    assert "broken.yaml" in problem
    assert expected in problem
    assert len(problem.splitlines()) == 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "absent.yaml")
    assert problem == f"cannot read {tmp_path / 'absent.yaml'}: No such file or directory"

    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    (problem,) = problems(binary)
    assert "not UTF-8" in problem


def test_an_empty_overlay_changes_nothing(write: Any) -> None:
    assert load_study(write("empty.yaml", "# nothing yet\n")) == StudyConfig()
    assert load_study(tnf(replicates=2), write("empty.yaml", "tnf: {}\n")).tnf.replicates == 2


def test_an_engine_may_be_named_alone() -> None:
    assert load_study(tnf(engine="embedded")) == load_study({})


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("physiboss", ["tnf.engine.executable: missing", "tnf.engine.settings: missing"]),
        ({"name": "physibos"}, ["tnf.engine: its `name` must be one of embedded, physiboss"]),
        ("physibos", ["tnf.engine: its `name` must be one of embedded, physiboss"]),
        (3, ["tnf.engine = 3"]),
        (
            {"dimension": 4},
            ["tnf.engine.dimension = 4: allowed: one of 2, 3"],
        ),
        (
            {"name": "physiboss", "executable": "x", "settings": "y", "mapping": {"seed": "a/b"}},
            ["tnf.engine.mapping.seed: unknown key; did you mean "],
        ),
        (
            {"name": "physiboss", "executable": "x", "settings": "y", "z_range_um": [1, 0]},
            ["tnf.engine.z_range_um = [1, 0]: put the lower end first: [0, 1]"],
        ),
    ],
)
def test_faults_of_an_engine_are_named(engine: object, expected: list[str]) -> None:
    found = problems(tnf(engine=engine))
    assert len(found) == len(expected)
    for fault, start in zip(found, expected, strict=True):
        assert fault.startswith(start)
