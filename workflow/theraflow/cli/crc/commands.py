"""Commands of the CRC study: ``theraflow crc ...``.

What takes long to import is imported by the commands that need it.
"""

from pathlib import Path
from typing import Annotated

import typer

from theraflow.cli.crc.export import write_therapy
from theraflow.cli.crc.patients import load_patient, pose_therapies, told_failures
from theraflow.cli.crc.search import search
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
    tolerated_gap,
)
from theraflow.cli.formats import Format, in_format
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable

app = typer.Typer(help="Therapies of colorectal cancer.", no_args_is_help=True)
app.command()(search)

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
    from theraflow.crc.comparison.tables import COURSE_SCHEMA
    from theraflow.crc.tables import DIAMETER_MM
    from theraflow.crc.therapy.recist import Reading, response_at_horizon
    from theraflow.crc.therapy.schedules import schedule_of
    from theraflow.crc.therapy.treated_patient import TreatedPatient

    study = study_config(config)
    chosen = choose_therapy(therapy, search, parameter, patient, study.therapy)
    (weekly_mg,) = schedule_of(study.therapy).weekly_dose_mg(chosen.candidate[None])
    model, start = load_patient(patients, patient, study)
    treated = TreatedPatient(start, model, study.model, study.therapy)
    arm = Arm(chosen.name, chosen.seed, weekly_mg)
    with told_failures():
        solver = study.search.verification_solver
        course = simulate_courses(treated, [arm], study.therapy, solver)
    content = {"config": study.model_dump(mode="json"), "patient": patient}
    write_frame(course, out, provenance(content, ("python-copasi",)), COURSE_SCHEMA)
    diameter_mm = course[DIAMETER_MM].to_numpy()
    responses = ", ".join(
        f"{response_at_horizon(diameter_mm, reading, study.comparison)} by {reading}"
        for reading in Reading
    )
    typer.echo(
        f"{out}: patient {patient}, {chosen.name}: {diameter_mm[0]:.2f} mm at therapy start, "
        f"{diameter_mm[-1]:.2f} mm after {study.therapy.horizon_days:g} days: {responses}"
    )
    if plot:
        from theraflow.report.figures.crc.growth import simulated_courses
        from theraflow.report.figures.style import save_figure

        save_figure(simulated_courses(course, study.figures), out.with_suffix(""), study.figures)
        drawn = (str(out.with_suffix(f".{name}")) for name in study.figures.formats)
        typer.echo(", ".join(drawn))


@app.command("patient")
def show_patient(
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
    typer.echo(in_format(table, format))


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
    import numpy as np

    from theraflow.crc.search.evaluators.copasi import CopasiEvaluator
    from theraflow.search.evaluator import judge

    study = study_config(config)
    chosen = choose_therapy(therapy, search, parameter, patient, study.therapy)
    with told_failures():
        therapies = pose_therapies(patients, patient, study)
        evaluator = CopasiEvaluator(therapies, study.search.verification_solver)
        candidate = chosen.candidate[None]
        told = evaluator.evaluate(candidate, np.zeros(1, np.uint64))
        (member,) = therapies.subject.members
    problem = therapies.problem
    outcome = judge(problem, candidate, told)
    objective = float(outcome.objectives[0, 0])
    values = {problem.objectives[0].name: objective, "start_diameter_mm": member.start.diameter_mm}
    values |= {each.name: value for each, value in zip(problem.terms, told.terms[0], strict=True)}
    values |= {
        each.name: value
        for each, value in zip(problem.constraints, told.constraints[0], strict=True)
    }
    typer.echo(f"patient {patient}, {chosen.name}")
    for name, value in values.items():
        typer.echo(f"{name:<24} {value:.6g}")
    allowed = bool(outcome.is_feasible[0])
    typer.echo(f"{'constraints':<24} {'hold' if allowed else 'BROKEN'}")
    agrees = True
    if search is not None and chosen.reported_objective is not None:
        gap = abs(chosen.reported_objective / objective - 1)
        agrees = gap <= tolerated_gap(search)
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
    SED-ML that simulates it to the horizon and plots the diameter. `problem.cps`, of the monthly
    template, is the patient's search problem, which starts at the reference therapy.
    `weekly_doses.csv` lists the doses in mg.
    """
    check_writable(out / "model.xml")
    study = study_config(config)
    chosen = choose_therapy(therapy, search, parameter, patient, study.therapy)
    written = write_therapy(out, patients, patient, chosen, study)
    typer.echo(f"{out}: {', '.join(written)} of patient {patient}, {chosen.name}")
