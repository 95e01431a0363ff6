"""What the study of the spheroid asked, in words."""

from typing import Final

from theraflow.config.tnf.active_learning import ActiveLearningConfig
from theraflow.config.tnf.designs import (
    Design,
    LatinHypercubeDesign,
    PaperDesign,
    SobolRadiusDesign,
)
from theraflow.config.tnf.engines import AnyEngineConfig, EngineConfig
from theraflow.config.tnf.study import TnfConfig
from theraflow.config.tnf.treatment import TreatmentConfig
from theraflow.report.page.blocks import Section
from theraflow.report.page.question import question
from theraflow.report.page.words import count, exact, listed, span
from theraflow.tnf.campaign.batches import simulations_of_drawn_radii, simulations_per_radius

_EVALUATORS: Final = {
    "separate": "the surrogate of each radius",
    "general": "the surrogate of every radius",
    "engine": "the simulator itself",
}


def asked(tnf: TnfConfig | None) -> Section:
    """Tell the question of the study from its config."""
    opening = (
        "A tumour spheroid is given TNF in pulses. Every cell lives, dies by apoptosis or dies by "
        "necrosis. Simulations count these cells over time. Surrogates, small neural networks, "
        "learn the counts. Searches then look for pulses that leave few living cells."
    )
    return question("tnf", opening, None if tnf is None else _facts(tnf))


def _facts(tnf: TnfConfig) -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    return (
        ("Tumours", _tumours(tnf)),
        ("Simulated time", f"{exact(tnf.horizon_min / 60)} h, counts every hour"),
        ("Treatments simulated", tuple(design_words(each) for each in tnf.designs)),
        ("Simulations", _simulations(tnf)),
        *_added(tnf.active_learning),
        ("Simulator", engine_words(tnf.engine)),
        ("Surrogates", _surrogates(tnf)),
        ("Noise floor", _noise_floor(tnf)),
        ("Treatments searched", _searches(tnf)),
        ("What they minimise", _objective(tnf.treatment)),
        ("Simulated again", _verification(tnf.treatment)),
        ("Engines compared", _validation(tnf)),
    )


def engine_words(engine: AnyEngineConfig) -> str:
    """Name a simulator."""
    if isinstance(engine, EngineConfig):
        steps = {
            "exact": "the time steps of the original program",
            "fast": "longer time steps than the original program, with the same statistics",
        }[engine.time_steps]
        return f"theraflow's embedded engine, {engine.dimension}-D, with {steps}"
    return f"PhysiBoSS, {engine.dimension}-D"


def design_words(design: Design) -> str:
    """Describe a block of simulated treatments."""
    lowest = max(design.tnf_concentration[0], design.tnf_concentration_above)
    region = (
        f"periods of {span(*design.pulse_period_min)} min, pulses of "
        f"{span(*design.pulse_duration_min)} min and concentrations of "
        f"{span(lowest, design.tnf_concentration[1])} (relative to the model's unit)"
    )
    if isinstance(design, PaperDesign):
        return f"a grid of {design.levels} values per parameter and its mid-points, over {region}"
    kind = "Latin hypercube" if isinstance(design, LatinHypercubeDesign) else "Sobol"
    radii = ""
    if isinstance(design, SobolRadiusDesign):
        radii = f", and radii of {span(*design.tumor_radius_um)} µm"
    return f"{design.points:,} {kind} points over {region}{radii}"


def _tumours(tnf: TnfConfig) -> str:
    shape = "discs" if tnf.engine.dimension == 2 else "spheres"
    return f"{shape} of cells with an initial radius of {listed(tnf.tumor_radii_um)} µm"


def _simulations(tnf: TnfConfig) -> str:
    per_radius, drawn = simulations_per_radius(tnf), simulations_of_drawn_radii(tnf)
    text = f"{count(per_radius, 'simulation')} of each radius"
    if drawn:
        text += f", and {drawn:,} of radii that the design draws"
    return f"{text}; {_replicates(tnf.replicates)}"


def _added(active: ActiveLearningConfig) -> tuple[tuple[str, str], ...]:
    """Tell what active learning adds; nothing without rounds."""
    if not active.rounds:
        return ()
    where = "" if isinstance(active.candidates, SobolRadiusDesign) else " at each radius"
    text = (
        f"in {count(active.rounds, 'round')}, {count(active.points, 'point')}{where} where the "
        f"networks of an ensemble disagree, chosen among {design_words(active.candidates)}; "
        f"{_replicates(active.replicates)}"
    )
    return (("Added where surrogates are unsure", text),)


def _replicates(replicates: int) -> str:
    return "each treatment once" if replicates == 1 else f"each treatment {replicates} times"


def _surrogates(tnf: TnfConfig) -> str:
    surrogates = tnf.surrogates
    text = f"one LSTM per radius (architecture {surrogates.architecture})"
    if surrogates.general_surrogate:
        text += (
            ", one for every radius between, and an ensemble of "
            f"{surrogates.uncertainty.members} networks that tells how sure it is"
        )
    split = surrogates.split
    return (
        f"{text}; {exact(100 * split.test_fraction)} % of the treatments are kept for the test, "
        f"{exact(100 * split.validation_fraction)} % steer the training"
    )


def _noise_floor(tnf: TnfConfig) -> str:
    floor = tnf.evaluation.noise_floor
    where = {"design": "of the design", "test": "of the test set"}[floor.drawn_from]
    return f"{floor.points} points {where} per radius, each simulated {floor.replicates} times"


def _searches(tnf: TnfConfig) -> tuple[str, ...]:
    treatment = tnf.treatment
    if not treatment.searches:
        return ("none",)
    radii = tnf.tumor_radii_um if treatment.radii_um is None else treatment.radii_um
    worst = ""
    if treatment.worst_case_radii_um:
        worst = f", and for the worst of {listed(treatment.worst_case_radii_um)} µm"
    return (
        f"for {listed(radii)} µm{worst}",
        *(
            f"`{name}` ({search.method}) asks {_EVALUATORS[search.evaluator]} about "
            f"{search.budget_evaluations or treatment.budget_evaluations:,} treatments"
            for name, search in treatment.searches.items()
        ),
    )


def _objective(treatment: TreatmentConfig) -> str:
    if not treatment.searches:
        return "none"
    objective = treatment.objective
    terms = {
        "share of living cells left": objective.cells_weight,
        "TNF given": objective.tnf_weight,
    }
    weighted = " + ".join(f"{exact(each)} × {name}" for name, each in terms.items() if each)
    return f"{weighted}; searches for a front minimise the cells and the TNF given at once"


def _verification(treatment: TreatmentConfig) -> str:
    verification = treatment.verification
    if not treatment.searches:
        return "none"
    return (
        f"the {verification.candidates} best treatments of each evaluator and "
        f"{verification.front_candidates} of its front, {verification.replicates} times each, with "
        "seeds that nothing else has used"
    )


def _validation(tnf: TnfConfig) -> str:
    validation = tnf.validation
    if validation.reference_file is not None:
        return f"the simulator with the reference `{validation.reference_file}`"
    if validation.second_engine is not None:
        return f"the simulator with {engine_words(validation.second_engine)}"
    return "none"
