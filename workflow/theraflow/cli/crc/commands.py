"""Commands of the CRC study: ``theraflow crc ...``.

What takes long to import is imported by the commands that need it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from theraflow.cli.crc.therapy_options import (
    SELECTED,
    ConfigOption,
    KnownTherapy,
    ParameterOption,
    PatientOption,
    PatientsOption,
    SearchOption,
    TherapyOption,
    choose_therapy,
    study_config,
)
from theraflow.cli.formats import Format, as_text
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable

if TYPE_CHECKING:
    from theraflow.config.crc.study import CrcConfig
    from theraflow.crc.model.study_model import StudyModel
    from theraflow.crc.therapy.template import PatientStart

app = typer.Typer(help="Therapies of colorectal cancer.", no_args_is_help=True)

_DISAGREES = 1


@app.command()
def simulate(
    patient: PatientOption,
    out: Annotated[Path, typer.Option(help="Course of the diameter to write (.parquet).")],
    patients: PatientsOption = SELECTED,
    therapy: TherapyOption = KnownTherapy.REFERENCE,
    search: SearchOption = None,
    parameter: ParameterOption = None,
    config: ConfigOption = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw it beside the table.")] = False,
) -> None:
    """Simulate one patient under a therapy until the horizon, at tight tolerances."""
    if out.suffix != ".parquet":
        raise UserError(f"--out {out}: give a name that ends in .parquet")
    check_writable(out)

    from theraflow.core.parquet import write_frame
    from theraflow.core.provenance import provenance
    from theraflow.crc.comparison.arms import Arm
    from theraflow.crc.comparison.courses import simulate_courses
    from theraflow.crc.tables import COURSE_SCHEMA, DIAMETER_MM
    from theraflow.crc.therapy.recist import Reading, response_at_horizon

    study = study_config(config)
    chosen = choose_therapy(therapy, search, parameter, patient, study.therapy)
    arm = Arm(chosen.name, chosen.seed, chosen.therapy)
    model, start = _patient(patients, patient, study)
    with _problem(model, start, study) as file, _told_failures():
        solver = study.search.verification_solver
        course = simulate_courses(file, [arm], study.therapy, solver)
    content = {"config": study.model_dump(mode="json"), "patient": patient}
    write_frame(course, out, provenance(content, ("python-copasi",)), COURSE_SCHEMA)
    diameter_mm = course[DIAMETER_MM].to_numpy()
    responses = ", ".join(
        f"{response_at_horizon(diameter_mm, reading, study.comparison)} by {reading}"
        for reading in Reading
    )
    typer.echo(
        f"{out}: patient {patient}, {arm.name}: {diameter_mm[0]:.2f} mm at therapy start, "
        f"{diameter_mm[-1]:.2f} mm after {study.therapy.horizon_days:g} days: {responses}"
    )
    if plot:
        from theraflow.report.figures.crc.growth import simulated_courses
        from theraflow.report.figures.style import save_figure

        save_figure(simulated_courses(course, study.figures), out.with_suffix(""), study.figures)
        drawn = (str(out.with_suffix(f".{name}")) for name in study.figures.formats)
        typer.echo(", ".join(drawn))


@app.command()
def show(
    patient: PatientOption,
    patients: PatientsOption = SELECTED,
    config: ConfigOption = None,
    format: Annotated[Format, typer.Option(help="Layout of the table.")] = Format.TEXT,
) -> None:
    """Show a patient: its outcome, its arms, its parameters."""
    from theraflow.crc.patients.description import describe_patient
    from theraflow.crc.patients.lookup import find_patient

    study = study_config(config)
    table = describe_patient(find_patient(patients, patient), study.patients.parameters_file)
    if format is Format.JSON:
        typer.echo(table.to_json(orient="records", indent=2))
    elif format is Format.CSV:
        typer.echo(table.to_csv(index=False), nl=False)
    else:
        typer.echo(as_text(table))


@app.command()
def verify(
    patient: PatientOption,
    patients: PatientsOption = SELECTED,
    therapy: TherapyOption = KnownTherapy.REFERENCE,
    search: SearchOption = None,
    parameter: ParameterOption = None,
    config: ConfigOption = None,
) -> None:
    """Simulate a therapy anew at tight tolerances, and tell its J and whether it is allowed.

    Exit code 1 when it breaks a constraint, or when J is not what its search reports.
    """
    from theraflow.crc.therapy.therapy import is_allowed, parameter_vector
    from theraflow.crc.therapy.verification import (
        constraint_values,
        objectives_agree,
        simulate_therapy,
    )

    study = study_config(config)
    chosen = choose_therapy(therapy, search, parameter, patient, study.therapy)
    model, start = _patient(patients, patient, study)
    with _problem(model, start, study) as file, _told_failures():
        vector = parameter_vector(chosen.therapy)
        solver = study.search.verification_solver
        verified = simulate_therapy(file, vector, study.therapy, solver)
    allowed = is_allowed(chosen.therapy, study.therapy)
    values = verified.as_row() | constraint_values(chosen.therapy, study.therapy)
    typer.echo(f"patient {patient}, {chosen.name}")
    for name, value in values.items():
        typer.echo(f"{name:<24} {value:.6g}")
    typer.echo(f"{'constraints':<24} {'hold' if allowed else 'BROKEN'}")
    agrees = True
    if chosen.reported_objective is not None:
        agrees = objectives_agree(chosen.reported_objective, verified.objective)
        typer.echo(
            f"{'objective of the search':<24} {chosen.reported_objective:.6g}: "
            f"{'agrees' if agrees else 'DISAGREES'}"
        )
    if not (allowed and agrees):
        raise typer.Exit(_DISAGREES)


@app.command()
def export(
    patient: PatientOption,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    patients: PatientsOption = SELECTED,
    therapy: TherapyOption = KnownTherapy.REFERENCE,
    search: SearchOption = None,
    parameter: ParameterOption = None,
    config: ConfigOption = None,
) -> None:
    """Write a patient under a therapy for other programs: SBML, COMBINE, COPASI, weekly doses.

    `model.xml` is the patient under the therapy. `therapy.omex` is a COMBINE archive of it, with
    SED-ML that simulates it to the horizon and plots the diameter. `problem.cps` is the patient's
    search problem, which starts at the reference therapy. `weekly_doses.csv` lists the doses in mg.
    """
    check_writable(out / "model.xml")

    from theraflow.core.files import write_text_atomic
    from theraflow.crc.comparison.best import doses_of_weeks
    from theraflow.crc.export import write_archive
    from theraflow.crc.model import sbml
    from theraflow.crc.therapy.template import build_template, prescribe

    study = study_config(config)
    chosen = choose_therapy(therapy, search, parameter, patient, study.therapy)
    model, start = _patient(patients, patient, study)
    document = build_template(model.document, start, study.model, study.therapy)
    prescribe(document.getModel(), chosen.therapy, study.therapy)
    write_text_atomic(out / "model.xml", sbml.document_text(document))
    solver = study.search.verification_solver
    write_archive(out / "therapy.omex", document, study.therapy.horizon_days, solver)
    with _problem(model, start, study) as file:
        write_text_atomic(out / "problem.cps", file.read_text(encoding="utf-8"))
    doses = doses_of_weeks(chosen.therapy, study.therapy)
    write_text_atomic(out / "weekly_doses.csv", doses.to_csv(index=False))
    typer.echo(
        f"{out}: model.xml, therapy.omex, problem.cps, weekly_doses.csv of patient {patient}, "
        f"{chosen.name}"
    )


def _patient(
    patients: Path, patient: str, study: "CrcConfig"
) -> tuple["StudyModel", "PatientStart"]:
    from theraflow.crc.model.study_model import load_study_model
    from theraflow.crc.patients.conditions import GrowthConditions
    from theraflow.crc.patients.growth import patient_start
    from theraflow.crc.patients.lookup import find_admissible_patient, with_amounts

    row = find_admissible_patient(patients, patient)
    model = load_study_model(study.model, study.patients.parameters_file)
    conditions = GrowthConditions.of(study.model, study.patients, study.therapy, study.search)
    return model, patient_start(with_amounts(row, model, conditions), model)


@contextmanager
def _problem(model: "StudyModel", start: "PatientStart", study: "CrcConfig") -> Iterator[Path]:
    """Write the patient's COPASI file for the time of the block."""
    from theraflow.crc.therapy.problem import write_problem

    with TemporaryDirectory(prefix="theraflow-") as folder:
        file = Path(folder) / "problem.cps"
        solver = study.search.search_solver
        write_problem(file, start, model, study.model, study.therapy, solver)
        yield file


@contextmanager
def _told_failures() -> Iterator[None]:
    """Tell a simulation that COPASI cannot finish as an error of the user."""
    from theraflow.crc.model.copasi import SolverError

    try:
        yield
    except SolverError as error:
        raise UserError(
            f"COPASI cannot simulate it ({error}); loosen crc.search.verification_solver"
        ) from None
