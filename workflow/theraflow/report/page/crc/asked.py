"""What the study of colorectal cancer asked, in words."""

from typing import Final

from theraflow.config.crc.search import AlgorithmConfig, SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.crc.search.plan import budget_of, seeds_of
from theraflow.report.page.blocks import Section
from theraflow.report.page.question import question
from theraflow.report.page.words import count, exact, listed

_TEMPLATES: Final = {
    "monthly": "a dose per month and a period for each drug",
    "weekly": "a dose per week for each drug",
    "loading_maintenance": "a first dose, one for all others and a period for each drug",
    "holidays": "a dose per month, a period and a break for each drug",
}
_SIMULATED_BY: Final = {
    "native": "in COPASI's own loop",
    "compiled": "on the compiled model",
    "copasi": "on COPASI",
}


def asked(crc: CrcConfig | None) -> Section:
    """Tell the question of the study from its config."""
    opening = (
        "Virtual patients have a colorectal tumour and are treated with two antibodies, "
        "atezolizumab and cibisatamab. A pharmacological model predicts the size of the tumour. "
        "Searches look for doses that leave a small tumour for little drug, and compare them with "
        "the reference therapy: the largest allowed doses."
    )
    return question("crc", opening, None if crc is None else _facts(crc))


def _facts(crc: CrcConfig) -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    patients, search = crc.patients, crc.search
    return (
        (
            "Candidates",
            f"{count(patients.candidates, 'sampled parameter set')}, grown by "
            f"{'the compiled model' if patients.grower == 'compiled' else 'COPASI'}",
        ),
        (
            "Patients",
            f"the first {count(patients.responders, 'responder')}, by definition "
            f"`{patients.responder.definition}` of at least "
            f"{exact(patients.responder.reduction_percent)} %",
        ),
        ("Therapy", _therapy(crc.therapy)),
        ("Largest doses", _doses(crc.therapy)),
        ("Objective J", _objective(crc.therapy)),
        (
            "Algorithms",
            tuple(_algorithm(name, each, search) for name, each in search.algorithms.items()),
        ),
        ("One regimen for many", _regimen(search)),
    )


def _therapy(therapy: TherapyConfig) -> str:
    tail = f", judged {exact(therapy.tail_days)} days later" if therapy.tail_days else ""
    return (
        f"{_TEMPLATES[therapy.template]}, over {exact(therapy.horizon_days)} days from the start "
        f"of therapy{tail}"
    )


def _doses(therapy: TherapyConfig) -> str:
    a, c = therapy.atezolizumab, therapy.cibisatamab
    return (
        f"atezolizumab {exact(a.largest_dose_mg_per_kg)} mg/kg, and "
        f"{exact(a.safety_limit_mg_per_kg)} mg/kg within {a.safety_window_weeks} weeks; "
        f"cibisatamab {exact(c.largest_dose_mg)} mg, and {exact(c.safety_limit_mg)} mg within "
        f"{c.safety_window_weeks} weeks"
    )


def _objective(therapy: TherapyConfig) -> str:
    return (
        f"{exact(therapy.inefficacy_weight)} × inefficacy + {exact(therapy.drug_weight)} × drug "
        "quantity (%); lower is better. Inefficacy grows with the square of the tumour's size at "
        "the end; drug quantity is the mean of both drugs' shares of the safe maximum"
    )


def _algorithm(name: str, algorithm: AlgorithmConfig, search: SearchConfig) -> str:
    seconds, evaluations = budget_of(algorithm, search)
    budget = f"{evaluations:,} therapies" if evaluations else f"{exact(seconds or 0)} s"
    who = f", the first {count(algorithm.patients, 'patient')}" if algorithm.patients else ""
    seeds = count(len(seeds_of(algorithm, search)), "seed")
    method = f"{algorithm.method}, {_SIMULATED_BY[algorithm.evaluator]}"
    return f"`{name}`: {method}; {budget}, {seeds}{who}"


def _regimen(search: SearchConfig) -> str:
    regimen = search.regimen
    if not regimen.statistics:
        return "none"
    statistics = listed(statistic.replace("_", " ") for statistic in regimen.statistics)
    return f"the {statistics} of the patients' inefficacies, by {listed(regimen.algorithms)}"
