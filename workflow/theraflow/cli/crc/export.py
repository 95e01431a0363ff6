"""Therapies written for other programs: of one patient, and the best ones of a campaign."""

from pathlib import Path
from typing import TYPE_CHECKING

from theraflow.cli.crc.patients import pose_therapies, told_failures
from theraflow.cli.crc.therapy_options import ChosenTherapy, KnownTherapy, choose_therapy

if TYPE_CHECKING:
    from theraflow.config.crc.study import CrcConfig


def write_therapy(
    out: Path, patients: Path, patient: str, chosen: ChosenTherapy, study: "CrcConfig"
) -> list[str]:
    """Write a patient under a therapy as SBML, COMBINE, COPASI and weekly doses; name the files.

    Raises ``UserError`` as ``load_patient`` does, and when COPASI cannot write a file.
    """
    from theraflow.core.files import write_text_atomic
    from theraflow.crc.comparison.best import doses_of_weeks
    from theraflow.crc.export import write_archive
    from theraflow.crc.model import sbml
    from theraflow.crc.search.plan import copasi_knows
    from theraflow.crc.search.search import write_copasi_problem
    from theraflow.crc.therapy.schedules import schedule_of
    from theraflow.crc.therapy.template import build_weekly_template, prescribe

    (weekly_mg,) = schedule_of(study.therapy).weekly_dose_mg(chosen.candidate[None])
    with told_failures():
        therapies = pose_therapies(patients, patient, study)
    (member,) = therapies.subject.members
    document = build_weekly_template(
        therapies.model.document, member.start, study.model, study.therapy
    )
    prescribe(document.getModel(), weekly_mg, study.therapy)
    write_text_atomic(out / "model.xml", sbml.document_text(document))
    solver = study.search.verification_solver
    write_archive(out / "therapy.omex", document, study.therapy.horizon_days, solver)
    written = ["model.xml", "therapy.omex"]
    if copasi_knows(study.therapy):
        write_copasi_problem(therapies, study.search.search_solver, out / "problem.cps")
        written.append("problem.cps")
    write_text_atomic(out / "weekly_doses.csv", doses_of_weeks(weekly_mg).to_csv(index=False))
    return [*written, "weekly_doses.csv"]


def export_best_therapies(results: Path, study: "CrcConfig", out: Path) -> int:
    """Write the best therapy of every patient of a campaign, each in a folder; return their number.

    None is written where the campaign has compared no searches yet.
    """
    from theraflow.core.parquet import read_table
    from theraflow.crc.search.plan import patient_subject
    from theraflow.crc.tables import ALGORITHM, OBJECTIVE, PATIENT, SEED, SUBJECT

    compared = results / "crc/comparison/best_therapies.parquet"
    patients = results / "crc/patients/selected.parquet"
    if not (compared.is_file() and patients.is_file()):
        return 0
    remedy = "delete it and run snakemake again"
    therapies = read_table(compared, [SUBJECT, ALGORITHM, SEED, OBJECTIVE], remedy).to_pandas()
    best = therapies.sort_values(OBJECTIVE, kind="stable").groupby(SUBJECT).head(1)
    best = best.set_index(SUBJECT)
    written = 0
    for patient in read_table(patients, [PATIENT], remedy).column(PATIENT).to_pylist():
        subject = patient_subject(patient)
        if subject not in best.index:
            continue
        row = best.loc[subject]
        search = results / f"crc/searches/{subject}/{row[ALGORITHM]}-{row[SEED]}.parquet"
        chosen = choose_therapy(KnownTherapy.REFERENCE, search, None, str(patient), study.therapy)
        write_therapy(out / subject, patients, str(patient), chosen, study)
        written += 1
    return written
