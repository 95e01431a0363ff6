"""What the config asks of the study of therapies, and the files that its rules share."""

from theraflow.core.identity import content_hash
from theraflow.crc.patients.batches import COPASI, growth_identity, plan_candidate_batches
from theraflow.crc.patients.conditions import GrowthConditions
from theraflow.crc.cost import CPU_S_PER_CANDIDATE, CPU_S_PER_EVALUATION
from theraflow.crc.search.plan import (
    budget_of,
    copasi_knows,
    patient_subject,
    plan_searches,
)

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
SEARCHES = plan_searches(CRC.search, CRC.patients.responders)
# Algorithms may be limited to the first patients.
SEARCHED_PATIENTS = [
    patient
    for patient in PATIENTS
    if patient_subject(patient) in {search.subject for search in SEARCHES}
]


def model_sources():
    """List the files that the model is made of."""
    if CRC.model.sbml_file is not None:
        return [file_of_config(CRC.model.sbml_file, "SBML model")]
    return sorted(map(str, Path(CHECKOUT, "resources/crc_qsp").glob("*.csv")))


def members_of_batch(batch_id):
    """Return the first and the last place in the sample that a batch holds, the last excluded."""
    (batch,) = [batch for batch in CANDIDATE_BATCHES if batch.batch_id == batch_id]
    return [batch.first, batch.last]


def batch_growth_runtime_min():
    """Allow the time in which the grower of the config grows a full batch."""
    return runtime_min(CRC.patients.batch_size * CPU_S_PER_CANDIDATE[CRC.patients.grower])


def search_files(name):
    """Name one file per search."""
    return [
        f"results/crc/searches/{search.subject}/{search.algorithm}-{search.seed}.{name}"
        for search in SEARCHES
    ]


def fronts_of_searches(wildcards):
    """Name the front that each search of a patient has passed."""
    return [
        f"results/crc/searches/{search.subject}/{search.algorithm}-{search.seed}.front.parquet"
        for search in SEARCHES
        if search.subject == patient_subject(int(wildcards.patient))
    ]


def regimen_search_files():
    """Name the improvements of the searches for one regimen."""
    return [
        f"results/crc/searches/{search.subject}/{search.algorithm}-{search.seed}.parquet"
        for search in SEARCHES
        if search.subject.startswith("population")
    ]


def problem_files(wildcards):
    """Name the file that tells who is treated and, for COPASI's own loop, COPASI's file."""
    problem = f"results/crc/problems/{wildcards.subject}"
    if CRC.search.algorithms[wildcards.algorithm].evaluator != "native":
        return {"subject": f"{problem}.json"}
    return {"subject": f"{problem}.json", "problem": f"{problem}.cps"}


def patients_of_regimen():
    """Number the patients who get one regimen."""
    return PATIENTS[: CRC.search.regimen.patients]


def search_runtime_min(wildcards):
    """Allow the budget, and what the start and the verification take."""
    algorithm = CRC.search.algorithms[wildcards.algorithm]
    seconds, evaluations = budget_of(algorithm, CRC.search)
    if seconds is not None:
        return math.ceil(10 + 1.1 * seconds / 60)
    members = len(patients_of_regimen()) if wildcards.subject.startswith("population") else 1
    return runtime_min(evaluations * members * CPU_S_PER_EVALUATION[algorithm.evaluator])


def search_settings(wildcards):
    """Write down what of the config decides the result of a search."""
    algorithm = CRC.search.algorithms[wildcards.algorithm]
    solvers = {"verification_solver"}
    if algorithm.evaluator != "compiled":
        solvers.add("search_solver")
    return canonical_json(
        {
            "algorithm": algorithm.identity(include={"method", "settings", "evaluator"}),
            "budget": budget_of(algorithm, CRC.search),
            "solvers": CRC.search.identity(include=solvers),
            "therapy": CRC.therapy.identity(),
            "model": CRC.model.identity(),
        }
    )


def search_code(wildcards):
    """Name the code that decides the result of a search."""
    own_loop = CRC.search.algorithms[wildcards.algorithm].evaluator == "native"
    methods = () if own_loop else ("theraflow.search.methods",)
    return source_fingerprint("theraflow.crc.search.search", *methods)


def check_therapies():
    """Raise ``UserError`` for a fault of model, names or algorithms, before a job that meets it."""
    rules = {job.rule.name for job in workflow.dag.needrun_jobs()}
    if not rules.isdisjoint(
        {"build_model", "sample_patients", "grow_patients", "write_problem", "search_therapy"}
    ):
        from theraflow.crc.passed_checks import check_study_once

        check_study_once(CRC, grows="grow_patients" in rules)


wildcard_constraints:
    patient=r"\d+",
    subject=r"patient_\d+|population_\w+",
    statistic=r"mean|worst_quarter",
    algorithm="|".join(CRC.search.algorithms),
    seed=r"\d+",
