"""What a config asks for, stage by stage."""

from theraflow.config.study import StudyConfig
from theraflow.crc.search.plan import plan_searches
from theraflow.tnf.active.plan import all_added_simulations
from theraflow.tnf.campaign.preflight import preflight
from theraflow.tnf.treatment.plan import evaluators_of, plan_targets, plan_treatment_searches
from theraflow.work.progress.stages import Stage


def campaign_stages(study: StudyConfig) -> list[Stage]:
    """List the stages of a campaign; a stage of which it asks for nothing has a total of 0."""
    tnf, crc = study.tnf, study.crc
    loads = preflight(tnf)
    simulations = sum(load.simulations + load.noise_floor_simulations for load in loads)
    targets = list(plan_targets(tnf))
    general = int(tnf.surrogates.general_surrogate)
    return [
        Stage("simulations", "simulate_batch", simulations, "results/tnf/batches"),
        Stage(
            "simulations of active learning",
            "simulate_round",
            all_added_simulations(tnf),
            "results/tnf/active/batches",
        ),
        Stage("surrogates of a radius", "train_surrogate", len(tnf.tumor_radii_um)),
        Stage("general surrogate", "train_general_surrogate", general),
        # Those of the rounds of active learning as well.
        Stage(
            "members of the ensemble",
            "train_ensemble_member",
            (general + tnf.active_learning.rounds) * tnf.surrogates.uncertainty.members,
        ),
        Stage(
            "searches for treatments",
            "optimise_treatment",
            len(plan_treatment_searches(tnf.treatment, targets)),
        ),
        Stage(
            "treatments simulated anew",
            "verify_treatment",
            len(targets) * len(evaluators_of(tnf.treatment)),
        ),
        Stage(
            "virtual patients grown",
            "grow_patients",
            crc.patients.candidates,
            "results/crc/patients/batches",
        ),
        Stage(
            "searches for therapies",
            "search_therapy",
            len(plan_searches(crc.search, crc.patients.responders)),
            "results/crc/searches",
        ),
    ]
