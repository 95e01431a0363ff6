"""What the config asks of treatments, and the files that their rules share."""

from theraflow.tnf.treatment.plan import (
    ENGINE,
    GENERAL,
    check_treatment,
    evaluators_of,
    plan_targets,
    plan_treatment_searches,
)
from theraflow.tnf.treatment.tables import COMPARISON_TABLES

TREATMENT_TARGETS = plan_targets(TNF)
try:
    check_treatment(TNF.treatment)
except UserError as error:
    sys.exit(f"theraflow: error: {error}")


def is_simulated(wildcards):
    """Tell whether a search simulates its treatments, instead of asking surrogates."""
    return TNF.treatment.searches[wildcards.search].evaluator == ENGINE


def predictor_files(wildcards):
    """Name the surrogates that a search asks, or what the engine waits for."""
    evaluator = TNF.treatment.searches[wildcards.search].evaluator
    if evaluator == ENGINE:
        return {"checks": engine_checks(wildcards)}
    folders = (
        ["results/tnf/surrogates/general"]
        if evaluator == GENERAL
        else [
            f"results/tnf/surrogates/radius_{radius}um"
            for radius in TREATMENT_TARGETS[wildcards.target].tumor_radii_um
        ]
    )
    files = {
        "cards": [f"{folder}/card.json" for folder in folders],
        "weights": [f"{folder}/weights.safetensors" for folder in folders],
    }
    # With caution it is the calibrated ensemble that predicts.
    if TNF.treatment.objective.caution:
        files["calibration"] = [f"{folder}/ensemble/calibration.json" for folder in folders]
    return files


def simulator_settings():
    """Write down what decides the simulations of treatments."""
    return {"engine": engine_fingerprint(TNF.engine), "base_seed": TNF.base_seed}


def treatment_search_settings(wildcards):
    """Write down what of the config decides the result of a search."""
    search = TNF.treatment.searches[wildcards.search]
    kept = {"include": {"candidates", "least_distance"}}
    simulator = simulator_settings() | {"replicates": TNF.treatment.search_replicates}
    return canonical_json(
        {
            "search": search.identity(include={"method", "settings", "evaluator"}),
            "budget": search.budget_evaluations or TNF.treatment.budget_evaluations,
            "problem": TNF.treatment.identity(include={"region", "objective"}),
            "horizon_min": TNF.horizon_min,
            "candidates": TNF.treatment.verification.identity(**kept),
            "simulator": simulator if is_simulated(wildcards) else None,
        }
    )


def treatment_candidates(wildcards):
    """Name what the searches for a target by one evaluator have found."""
    return [
        f"results/tnf/treatment/{search.target}/{search.name}-{search.seed}.parquet"
        for search in plan_treatment_searches(
            TNF.treatment, [wildcards.target], wildcards.evaluator
        )
    ]


def treatment_runtime_min(target, simulations, threads=1):
    """Allow the time of so many simulations at every radius of a target."""
    radii = TREATMENT_TARGETS[target].tumor_radii_um
    once_s = sum(expected_cpu_s(radius, TNF.engine, TNF.horizon_min) for radius in radii)
    return runtime_min(simulations * once_s / simulations_at_once(threads, TNF.engine))


def treatment_memory_mb(target, threads=1):
    """Allow the memory of simulations of the largest radius, and of a surrogate."""
    largest_um = max(TREATMENT_TARGETS[target].tumor_radii_um)
    return 1000 + simulating_memory_mb(largest_um, threads)


def treatment_search_threads(wildcards):
    """Ask for the cores of one simulation where the simulator is searched."""
    return TNF.engine.cores_per_simulation if is_simulated(wildcards) else 1


def treatment_search_runtime_min(wildcards):
    """Allow the time of a search; surrogates are fast."""
    search = TNF.treatment.searches[wildcards.search]
    evaluations = search.budget_evaluations or TNF.treatment.budget_evaluations
    if not is_simulated(wildcards):
        return 30
    simulations = evaluations * TNF.treatment.search_replicates
    return treatment_runtime_min(wildcards.target, simulations)


def verification_runtime_min(target, threads):
    """Allow the time of simulating candidates anew, and of the refinement."""
    treatment, verification = TNF.treatment, TNF.treatment.verification
    treatments = 2 * verification.candidates + verification.front_candidates
    refined = treatment.refinement.budget_evaluations * treatment.refinement.replicates
    simulations = treatments * verification.replicates + refined
    return treatment_runtime_min(target, simulations, threads)


def refinement_code():
    """Name the code of searches by the simulator, where there is one."""
    return ["theraflow.search.methods"] if TNF.treatment.refinement.budget_evaluations else []


VERIFIED_TREATMENTS = expand(
    "results/tnf/treatment/{target}/{evaluator}.verified.parquet",
    target=TREATMENT_TARGETS,
    evaluator=evaluators_of(TNF.treatment),
)


def treatment_tables():
    """Name the tables of all treatments; without searches there are none."""
    if not VERIFIED_TREATMENTS:
        return []
    return expand(
        "results/tnf/treatment/{table}.{format}",
        table=COMPARISON_TABLES,
        format=("parquet", "csv"),
    )


wildcard_constraints:
    target="|".join(TREATMENT_TARGETS) or "none",
    search="|".join(TNF.treatment.searches) or "none",
    evaluator=r"[a-z]+",
