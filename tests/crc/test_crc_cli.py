"""Commands of the study, on a grown patient: what people type, and what they get."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from support.independent_simulator import tight_roadrunner

from theraflow.cli import main
from theraflow.config.crc.study import CrcConfig
from theraflow.core.columns import expanded
from theraflow.core.parquet import write_frame
from theraflow.crc import tables
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.therapy.problem import check_problem
from theraflow.crc.therapy.therapy import parameter_names, parameter_vector, reference_therapy


class Command:
    """``theraflow crc``, in this process: its exit code and what it prints."""

    def __init__(
        self, patients: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._patients = patients
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, name: str, *options: str | Path) -> tuple[int, str, str]:
        arguments = ["theraflow", "crc", name, "--patients", str(self._patients)]
        self._monkeypatch.setattr("sys.argv", [*arguments, *map(str, options)])
        with pytest.raises(SystemExit) as end:
            main()
        printed = self._capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err


@pytest.fixture
def command(
    patients_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return Command(patients_file, monkeypatch, capsys)


def printed_value(text: str, name: str) -> float:
    match = re.search(rf"^{name} +(\S+)$", text, re.MULTILINE)
    assert match is not None, text
    return float(match.group(1))


def test_simulate_writes_the_course_that_the_patients_table_tells(
    command: Command, grown: pd.DataFrame, tmp_path: Path
) -> None:
    for therapy in ("reference", "untreated"):
        out = tmp_path / f"{therapy}.parquet"
        code, told, _ = command("simulate", "--patient", "1", "--therapy", therapy, "--out", out)
        assert code == 0
        course = pd.read_parquet(out)
        end_mm = course[tables.DIAMETER_MM].iloc[-1]
        known = grown.loc["reference", tables.end_diameter(therapy)]
        assert end_mm == pytest.approx(known, rel=1e-3)
        assert f"{end_mm:.2f} mm after 400 days" in told
        assert course["arm"].eq(therapy).all()


def test_simulate_draws_what_it_wrote(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "course.parquet"
    code, told, _ = command("simulate", "--patient", "reference", "--out", out, "--plot")
    assert code == 0
    assert str(out.with_suffix(".svg")) in told
    assert out.with_suffix(".svg").is_file()


def test_patient_tells_the_patient(command: Command, grown: pd.DataFrame) -> None:
    code, told, _ = command("patient", "--patient", "1", "--format", "json")
    assert code == 0
    rows = {row["quantity"]: row for row in json.loads(told)}
    assert rows["outcome"]["value"] == "admissible"
    assert (rows["start_diameter_mm"]["value"], rows["start_diameter_mm"]["unit"]) == ("20", "mm")
    assert rows["k_T1"]["value"] == "0.1"
    assert rows["k_T1"]["unit"]
    assert not any(name.startswith(tables.AMOUNT_PREFIX) for name in rows)
    code, told, _ = command("patient", "--patient", "slow")
    assert code == 0
    assert "never_reaches_diameter" in told


def test_verify_tells_j_and_the_constraints(command: Command, grown: pd.DataFrame) -> None:
    code, told, _ = command("verify", "--patient", "1")
    assert code == 0
    end_mm = grown.loc["reference", tables.end_diameter("reference")]
    assert printed_value(told, "drug_quantity_percent") == 100
    assert printed_value(told, "diameter_mm") == pytest.approx(end_mm, rel=1e-3)
    assert printed_value(told, "inefficacy") == pytest.approx(100, rel=1e-5)
    assert printed_value(told, "objective") == pytest.approx(100, rel=1e-5)
    assert printed_value(told, "atezolizumab_excess_mg") == 0


def test_verify_tells_j_by_the_size_that_the_config_names(
    command: Command, grown: pd.DataFrame, tmp_path: Path
) -> None:
    config = tmp_path / "mm.yaml"
    config.write_text("crc: {therapy: {size: diameter_mm}}")
    _, told, _ = command("verify", "--patient", "1", "--config", config)
    start_mm = grown.loc["reference", tables.START_DIAMETER_MM]
    end_mm = grown.loc["reference", tables.end_diameter("reference")]
    assert printed_value(told, "inefficacy") == pytest.approx(end_mm**2 / start_mm, rel=2e-3)
    expected = 0.9 * printed_value(told, "inefficacy") + 10
    assert printed_value(told, "objective") == pytest.approx(expected, rel=1e-5)


def test_a_patient_of_the_compiled_model_is_grown_first(
    command: Command,
    grown: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Such a table has no amounts; the patient must come out as with them."""
    _, expected, _ = command("verify", "--patient", "reference")
    table = grown[[name for name in grown if not name.startswith(tables.AMOUNT_PREFIX)]]
    table = table.reset_index()
    file = tmp_path / "patients.parquet"
    write_frame(table, file, {}, expanded(tables.GROWN_SCHEMA, table.columns))
    without_amounts = Command(file, monkeypatch, capsys)
    code, told, _ = without_amounts("verify", "--patient", "reference")
    assert code == 0
    for name in ("objective", "diameter_mm"):
        assert printed_value(told, name) == pytest.approx(printed_value(expected, name), rel=1e-5)
    code, told, _ = without_amounts("patient", "--patient", "reference")
    assert code == 0
    assert "admissible" in told
    code, _, error = without_amounts("verify", "--patient", "slow")
    assert (code, "not admissible (never_reaches_diameter" in error) == (2, True)


def test_verify_ends_with_1_for_a_therapy_that_is_not_safe(command: Command) -> None:
    code, told, _ = command("verify", "--patient", "1", "--parameter", "f_a=3")
    assert code == 1
    assert printed_value(told, "atezolizumab_excess_mg") == 1680
    assert "BROKEN" in told


def search_file(folder: Path, objective: float) -> Path:
    """A search of patient 1 that never left the reference therapy."""
    config = CrcConfig().therapy
    row = {
        tables.SUBJECT: "patient_1",
        tables.ALGORITHM: "random_search",
        tables.SEED: 7,
        tables.EVALUATION: 1,
        tables.OBJECTIVE: objective,
        **dict(
            zip(
                [f"{tables.PARAMETER_PREFIX}{name}" for name in parameter_names(config)],
                parameter_vector(reference_therapy(config)),
                strict=True,
            )
        ),
    }
    others = {name: 0.0 for name in tables.IMPROVEMENTS_SCHEMA.names if "{" not in name}
    frame = pd.DataFrame([{**others, **row}])
    path = folder / "random_search-7.parquet"
    write_frame(frame, path, {}, expanded(tables.IMPROVEMENTS_SCHEMA, frame.columns))
    return path


def test_verify_holds_a_search_against_its_j(command: Command, tmp_path: Path) -> None:
    _, told, _ = command("verify", "--patient", "1")
    true_objective = printed_value(told, "objective")
    sound = search_file(tmp_path, true_objective)
    code, told, _ = command("verify", "--patient", "1", "--search", sound)
    assert (code, "agrees" in told) == (0, True)
    false = search_file(tmp_path, 0.99 * true_objective)
    code, told, _ = command("verify", "--patient", "1", "--search", false)
    assert (code, "DISAGREES" in told) == (1, True)
    # COPASI's solver explains this gap at the tolerances of a search, the compiled model's not.
    for evaluator, agrees in (("copasi", True), ("compiled", False)):
        near = search_file(tmp_path, 1.0012 * true_objective)
        near.with_suffix(".json").write_text(json.dumps({"evaluator": evaluator}))
        code, told, _ = command("verify", "--patient", "1", "--search", near)
        assert (code == 0, "DISAGREES" not in told) == (agrees, agrees)


def end_mm_in_roadrunner(sbml_file: Path) -> float:
    simulator = tight_roadrunner(str(sbml_file))
    return float(simulator.simulate(0, 400, 51, ["time", "diameter_mm"])[-1, 1])


def test_what_is_exported_runs_in_another_simulator(command: Command, tmp_path: Path) -> None:
    options = ["--therapy", "untreated", "--parameter", "d_a=840", "--parameter", "d_c_1=80"]
    code, _, _ = command("export", "--patient", "1", *options, "--out", tmp_path)
    assert code == 0
    doses = pd.read_csv(tmp_path / "weekly_doses.csv")
    assert len(doses) == 60
    assert doses["atezolizumab_mg"].sum() == 15 * 840
    assert doses.loc[doses["cibisatamab_mg"] > 0, "week"].tolist() == [1, 4]
    check_problem(CopasiModel.from_file(tmp_path / "problem.cps"), CrcConfig().therapy)

    out = tmp_path / "course.parquet"
    command("simulate", "--patient", "1", *options, "--out", out)
    ours_mm = pd.read_parquet(out)[tables.DIAMETER_MM].iloc[-1]
    np.testing.assert_allclose(ours_mm, end_mm_in_roadrunner(tmp_path / "model.xml"), rtol=1e-4)
    with ZipFile(tmp_path / "therapy.omex") as archive:
        assert archive.read("sbml/model.xml") == (tmp_path / "model.xml").read_bytes()
        assert b'outputEndTime="400"' in archive.read("sedml/simulation.xml")


def test_search_finds_a_better_therapy_and_goes_on(command: Command, tmp_path: Path) -> None:
    options = ["--patient", "1", "--setting", "initial_step=0.2", "--out", tmp_path]
    objectives = []
    for evaluations in ("100", "300"):
        code, told, _ = command("search", *options, "--evaluations", evaluations)
        assert code == 0
        assert f"{evaluations} therapies" in told
        objectives.append(json.loads((tmp_path / "cma-es-1.json").read_text())["objective"])
    assert objectives[1] < objectives[0] < 100
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1
    found = ["--search", tmp_path / "cma-es-1.parquet"]
    code, told, _ = command("verify", "--patient", "1", *found)
    assert (code, "agrees" in told) == (0, True)
    exported = tmp_path / "exported"
    code, _, _ = command("export", "--patient", "1", *found, "--out", exported)
    assert code == 0
    verified = json.loads((tmp_path / "cma-es-1.json").read_text())["verified"]
    assert end_mm_in_roadrunner(exported / "model.xml") == pytest.approx(
        verified["diameter_mm"], rel=1e-4
    )


def test_search_by_a_method_of_copasi(command: Command, tmp_path: Path) -> None:
    native = ["--method", "Particle Swarm", "--setting", "Swarm Size=4", "--evaluator", "native"]
    budget = ["--evaluations", "6", "--seed", "3", "--out", tmp_path]
    code, told, _ = command("search", "--patient", "1", *native, *budget)
    assert (code, "6 therapies" in told) == (0, True)
    assert (tmp_path / "particle_swarm-3.parquet").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "--patient", "1", "--out", "a", "--method", "cme"], "did you mean cma-es"),
        (["search", "--patient", "1", "--out", "a", "--setting", "a"], "write it as name=value"),
        (["search", "--patient", "1", "--out", "a", "--setting", "pop=9"], "no setting pop"),
        (["search", "--patient", "1", "--out", "a", "--evaluations", "0"], "give more than 0"),
        (["search", "--patient", "1", "--out", "a", "--seed", "0"], "from 1 to"),
        (["search", "--patient", "1", "--out", "a", "--evaluator", "tabu"], "tabu"),
        (["patient", "--patient", "9"], "patient 9: .*none of that name; its patients are 1 to 4"),
        (["verify", "--patient", "slow"], r"patient slow: not admissible \(never_reaches_diameter"),
        (["verify", "--patient", "1", "--parameter", "d_b=1"], "no parameter d_b; choose d_a"),
        (["verify", "--patient", "1", "--parameter", "f_a"], "write it as name=number"),
        (
            ["verify", "--patient", "1", "--parameter", "f_a=99"],
            "choose f_a from 1 to 12, a whole",
        ),
        (["verify", "--patient", "1", "--search", "nowhere.parquet"], "no such file"),
        (["verify", "--patient", "1", "--therapy", "tabu"], "tabu"),
        (["simulate", "--patient", "1", "--out", "course.csv"], r"ends in \.parquet"),
    ],
)
def test_bad_input_is_one_line(command: Command, arguments: list[str], message: str) -> None:
    code, told, error = command(*arguments)
    assert (code, told) == (2, "")
    assert len(error.splitlines()) == 1
    assert re.search(message, error)


def test_a_search_of_another_patient_is_refused(command: Command, tmp_path: Path) -> None:
    file = search_file(tmp_path, 20.0)
    code, _, error = command("verify", "--patient", "2", "--search", file)
    assert code == 2
    assert "searched for patient_1, not for patient 2" in error
    code, _, error = command("verify", "--patient", "1-000814", "--search", file)
    assert "searched for patient_1, not for patient 1-000814" in error


def test_a_search_says_why_it_has_no_result(command: Command, tmp_path: Path) -> None:
    code, _, error = command("search", "--patient", "1", "--seconds", "1e-6", "--out", tmp_path)
    assert (code, len(error.splitlines())) == (2, 1)
    assert "the budget ended before the first evaluation; raise it" in error


def test_methods_are_checked_before_the_patient_is_simulated(
    command: Command, tmp_path: Path
) -> None:
    unknown = ["--patient", "nobody", "--method", "cme", "--out", tmp_path]
    code, _, error = command("search", *unknown)
    assert (code, "did you mean cma-es" in error) == (2, True)


def test_a_table_that_holds_no_patients_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(other)
    code, _, error = Command(other, monkeypatch, capsys)("patient", "--patient", "1")
    assert code == 2
    assert "lacks the columns candidate" in error
    assert "give patients.parquet" in error
