"""What active learning adds to the data set: known from the config, before anything is simulated."""

from theraflow.tnf.active.plan import planned_rounds, radii_within_round, round_batch_id

# Numbers of rounds, and the radius that each of their batches is for, None where it is drawn.
ROUNDS = list(planned_rounds(TNF))
ANY_TUMOUR = object()


def tables_of_rounds(tumor_radius_um=ANY_TUMOUR, before=math.inf):
    """Name what rounds have simulated: at a radius, and before one of them, where these are given."""
    return [
        f"results/tnf/active/batches/{round_batch_id(number, radius)}.parquet"
        for number, radius in ROUNDS
        if number < before and tumor_radius_um in (ANY_TUMOUR, radius)
    ]


def tables_before_round(wildcards):
    """Name what is known when the points of a round are chosen."""
    return tables_of_designs() + tables_of_rounds(before=int(wildcards.round))


def tables_of_ensemble(wildcards):
    """Name what an ensemble learns from: that of the general surrogate, or that of a round."""
    if wildcards.ensemble == "surrogates/general":
        return dataset_tables()
    before = int(wildcards.ensemble.removeprefix("active/round_"))
    return tables_of_designs() + tables_of_rounds(before=before)


def round_memory_mb(tumours, threads):
    """Allow the memory of a round."""
    _, largest_um = radii_within_round(TNF.active_learning, radius_of(tumours))
    return simulating_memory_mb(largest_um, threads)


def round_runtime_min(tumours, threads):
    """Allow the time of a round, also when one simulation runs into its time limit."""
    active = TNF.active_learning
    radii_um = radii_within_round(active, radius_of(tumours))
    cpu_s = expected_mean_cpu_s(radii_um, TNF.engine, TNF.horizon_min)
    simulations = active.points * active.replicates
    expected_s = math.ceil(simulations / simulations_at_once(threads, TNF.engine)) * cpu_s
    limit_s = simulation_time_limit_s(TNF.engine, TNF.batches)
    return runtime_min(expected_s, at_least_s=expected_s + limit_s)


def round_settings():
    """Write down what of the config decides the simulations of chosen points."""
    return canonical_json(
        {
            "engine": engine_fingerprint(TNF.engine),
            "base_seed": TNF.base_seed,
            "horizon_min": TNF.horizon_min,
            "replicates": TNF.active_learning.replicates,
        }
    )


wildcard_constraints:
    round=r"[1-9]\d*",
    ensemble=r"surrogates/general|active/round_[1-9]\d*",
