"""``theraflow crc search``: the best therapy of one patient, without a campaign."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from theraflow.cli.crc.patients import pose_therapies, told_failures
from theraflow.cli.crc.therapy_options import (
    SELECTED,
    ConfigOption,
    PatientOption,
    PatientsOption,
    study_config,
    subject_of,
)
from theraflow.core.errors import UserError
from theraflow.core.files import check_writable

if TYPE_CHECKING:
    from theraflow.config.crc.search import AlgorithmConfig


class EvaluatorName(StrEnum):
    """What simulates the therapies of a search."""

    COMPILED = "compiled"
    COPASI = "copasi"
    NATIVE = "native"


def search(
    patient: PatientOption,
    out: Annotated[Path, typer.Option(help="Folder for history, improvements and result.")],
    patients: PatientsOption = SELECTED,
    method: Annotated[
        str, typer.Option(help="Method of search, or of COPASI with --evaluator native.")
    ] = "cma-es",
    setting: Annotated[
        list[str] | None, typer.Option(help="Setting of the method, as population=20.")
    ] = None,
    evaluator: Annotated[
        EvaluatorName,
        typer.Option(help="What simulates therapies; native is COPASI's method in its own loop."),
    ] = EvaluatorName.COMPILED,
    evaluations: Annotated[
        int | None, typer.Option(help="Budget: therapies to simulate; 5000 if none is given.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Budget: wall time, in seconds.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 1,
    config: ConfigOption = None,
) -> None:
    """Search the best therapy of one patient, and verify it by COPASI.

    The same command goes on with a search that was interrupted, or has a larger budget now.
    """
    study = study_config(config)
    algorithm = _algorithm(method, setting, evaluator, evaluations, seconds, seed)
    check_writable(out / "result.json")

    from theraflow.core.provenance import provenance
    from theraflow.crc.checks import check_algorithms
    from theraflow.crc.model.study_model import load_study_model
    from theraflow.crc.search.files import write_search
    from theraflow.crc.search.native.loop import SearchError
    from theraflow.crc.search.search import (
        VerificationError,
        lead_search,
        pose_search,
        rows_found,
        summarise_search,
        write_native_problem,
    )

    name = method.lower().replace(" ", "_").replace("_-_", "_")
    searches = study.search.model_copy(update={"algorithms": {name: algorithm}})
    model = load_study_model(study.model, study.patients.parameters_file)
    check_algorithms(searches, study.therapy, model, study.model)
    with told_failures():
        therapies = pose_therapies(patients, patient, study)
        posed = pose_search(name, seed, searches, therapies, out / f"patient_{patient}.json")
        write_native_problem(posed)
        folder = posed.folder(out)
        try:
            lead_search(posed, folder)
            summary = summarise_search(posed, folder)
        except (SearchError, VerificationError) as error:
            raise UserError(str(error)) from None
    result = out / f"{name}-{seed}.json"
    content = {"config": study.model_dump(mode="json"), "patient": patient}
    made_by = provenance(content, ("python-copasi", "numba"))
    write_search(rows_found(posed, folder), summary, subject_of(patient), result, made_by)
    typer.echo(_told(summary, result))


def _algorithm(
    method: str,
    settings: list[str] | None,
    evaluator: EvaluatorName,
    evaluations: int | None,
    seconds: float | None,
    seed: int,
) -> "AlgorithmConfig":
    from theraflow.config.crc.search import AlgorithmConfig

    if evaluations is not None and seconds is not None:
        raise UserError("--evaluations and --seconds: give one of them")
    for option, value in (("--evaluations", evaluations), ("--seconds", seconds)):
        if value is not None and value <= 0:
            raise UserError(f"{option} {value}: give more than 0")
    if not 0 < seed < 2**31:
        raise UserError(f"--seed {seed}: choose it from 1 to 2147483647")
    if seconds is None and evaluations is None:
        evaluations = 5000
    return AlgorithmConfig.model_validate(
        {
            "method": method,
            "settings": dict(map(_setting, settings or ())),
            "evaluator": evaluator.value,
            "budget_evaluations": evaluations,
            "budget_seconds": seconds,
        }
    )


def _setting(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator:
        raise UserError(f"--setting {text}: write it as name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _told(summary: dict[str, Any], result: Path) -> str:
    from theraflow.crc import tables

    spent = f"{summary['evaluations']} therapies, {summary[tables.CPU_S]:.1f} CPU s"
    if tables.OBJECTIVE not in summary:
        return f"{result}: a front after {spent}"
    verified = summary["verified"]
    return (
        f"{result}: J {summary[tables.VERIFIED_OBJECTIVE]:.4g} after {spent} (verified; the search "
        f"said {summary[tables.OBJECTIVE]:.4g}): inefficacy {verified[tables.INEFFICACY]:.4g}, "
        f"drugs {verified[tables.DRUG_QUANTITY_PERCENT]:.3g} % of the reference's, tumour "
        f"{verified[tables.DIAMETER_MM]:.3g} mm at the end"
    )
