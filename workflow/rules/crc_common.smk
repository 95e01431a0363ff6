"""What the config asks of the study of therapies, and the files that its rules share."""

from theraflow.core.identity import content_hash
from theraflow.crc.patients.batches import COPASI, growth_identity, plan_candidate_batches
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.cost import CPU_S_PER_CANDIDATE, CPU_S_PER_EVALUATION

try:
    CRC = STUDY.crc
    GROWTH_CONDITIONS = GrowthConditions.of(CRC.model, CRC.patients, CRC.therapy, CRC.search)
    CANDIDATE_BATCHES = plan_candidate_batches(GROWTH_CONDITIONS, CRC.patients)
    # Code, model and solvers that decide what COPASI makes of a candidate.
    CONFIRMED_GROWTH = content_hash(growth_identity(GROWTH_CONDITIONS, CRC.patients, COPASI))
except UserError as error:
    sys.exit(f"theraflow: error: {error}")

CRC_MODEL = "results/crc/model/crc_qsp.xml"
PATIENTS = range(1, CRC.patients.responders + 1)


def model_sources():
    """List the files that the model is made of."""
    if CRC.model.sbml_file is not None:
        return [file_of_config(CRC.model.sbml_file, "SBML model")]
    return sorted(map(str, Path(workflow.basedir, "resources/crc_qsp").glob("*.csv")))


def members_of_batch(batch_id):
    """Return the first and the last place in the sample that a batch holds, the last excluded."""
    (batch,) = [batch for batch in CANDIDATE_BATCHES if batch.batch_id == batch_id]
    return [batch.first, batch.last]


def batch_growth_runtime_min():
    """Allow the time in which the grower of the config grows a full batch."""
    return runtime_min(CRC.patients.batch_size * CPU_S_PER_CANDIDATE[CRC.patients.grower])


def search_files(name):
    """Name one file per search of every patient."""
    return expand(
        f"results/crc/searches/patient_{{patient}}/{{algorithm}}-{{seed}}.{name}",
        patient=PATIENTS,
        algorithm=CRC.search.algorithms,
        seed=CRC.search.seeds,
    )


def search_runtime_min():
    """Allow the budget, and what the start and the verification take."""
    seconds = CRC.search.budget_seconds
    if seconds is None:
        return runtime_min(CRC.search.budget_evaluations * CPU_S_PER_EVALUATION)
    return math.ceil(10 + 1.1 * seconds / 60)


def check_therapies():
    """Raise ``UserError`` for a fault of model, names or algorithms, before a job that meets it."""
    rules = {job.rule.name for job in workflow.dag.needrun_jobs()}
    if not rules.isdisjoint(
        {"build_model", "sample_patients", "grow_patients", "write_problem", "search_therapy"}
    ):
        from theraflow.crc.checks import check_grower, check_study

        model = check_study(CRC.model, CRC.patients, CRC.search)
        if "grow_patients" in rules:
            check_grower(model, CRC.model, CRC.patients)


wildcard_constraints:
    patient=r"\d+",
    algorithm="|".join(CRC.search.algorithms),
    seed=r"\d+",
