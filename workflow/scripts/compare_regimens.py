"""Compare the best regimens for many with each patient's own best therapy."""

from pathlib import Path

import pandas as pd

from theraflow.config.load import load_study
from theraflow.core.parquet import read_frames, write_tables
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.comparison.regimens.regimens import (
    best_regimen,
    doses_of_regimen,
    personal_best,
    summarise_regimens,
    treat_members,
)
from theraflow.crc.comparison.regimens.tables import REGIMEN_TABLES, STATISTIC
from theraflow.crc.model.study_model import load_study_model
from theraflow.crc.search.plan import patient_subject, population_subject
from theraflow.crc.search.problem import TherapySearch
from theraflow.crc.tables import SUBJECT
from theraflow.crc.therapy.subject import read_subject

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    model = load_study_model(config.model, config.patients.parameters_file)
    fronts = read_frames([snakemake.input.fronts])
    found = read_frames(snakemake.input.improvements)
    regimens, doses = [], []
    for file in map(Path, snakemake.input.populations):
        population = read_subject(file)
        therapies = TherapySearch(population, model, config.model, config.therapy)
        of_population = found[found[SUBJECT] == population_subject(population.statistic)]
        regimen = best_regimen(of_population, therapies)
        prescriptions = {
            subject: [regimen, *personal_best(fronts, subject, therapies)]
            for subject in (patient_subject(member.patient) for member in population.members)
        }
        treated = treat_members(
            therapies, prescriptions, config.search.verification_solver, config.comparison
        )
        listed = doses_of_regimen(regimen, therapies)
        for frames, frame in ((regimens, treated), (doses, listed)):
            frame.insert(0, STATISTIC, population.statistic)
            frames.append(frame)
    joined = pd.concat(regimens, ignore_index=True)
    tables = {
        "regimens": joined,
        "regimen_summary": summarise_regimens(joined, config.comparison),
        "regimen_doses": pd.concat(doses, ignore_index=True),
    }
    made_by = provenance({"config": config.model_dump(mode="json")}, ("python-copasi",))
    write_tables(tables, REGIMEN_TABLES, Path(snakemake.output[0]).parent, made_by)
