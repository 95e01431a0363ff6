"""Every row of docs/incremental.md: what the whole workflow plans to do after a change."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from support.slow_cases import slow_but
from support.workflow_runs import TINY, Campaign, planned_jobs

from theraflow.config.load import load_study
from theraflow.core.files import REPOSITORY
from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.catalogue.tnf import (
    EVALUATION_FIGURES,
    GENERAL_FIGURES,
    TREATMENT_FIGURES,
    TUMOUR_FIGURES,
    UNCERTAINTY_FIGURES,
)
from theraflow.tnf.campaign.batches import plan_batches

# Beside the other tests of the workflow, on another worker.
pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("rows")]

FIGURES: Final = {
    "plot_tnf_figure": [
        figure.id
        for figure in (
            EVALUATION_FIGURES
            + GENERAL_FIGURES
            + UNCERTAINTY_FIGURES
            + TREATMENT_FIGURES
            + TUMOUR_FIGURES
        )
    ],
    "plot_crc_figure": list(CRC_FIGURES),
}
BATCH: Final = "results/tnf/batches/radius_50um/{batch}*"
DOCUMENT: Final = REPOSITORY / "docs" / "incremental.md"
COMPARED: Final = {
    "second_engine": {"name": "embedded", "time_steps": "exact"},
    "points": 1,
    "replicates": 2,
}
ACTIVE_LEARNING: Final = {
    "rounds": 1,
    "points": 2,
    "candidates": {"kind": "sobol", "points": 64, "seed": 2},
}
Edit = Callable[[str], str]


@dataclass(frozen=True)
class Change:
    """What a row changes: settings, files of the checkout, or results that go away.

    ``compared``: in a campaign that also compares two engines.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    edits: Mapping[str, Edit] = field(default_factory=dict)
    renewed: str = ""
    deleted: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    compared: bool = False


def tnf(**settings: Any) -> Change:
    return Change(settings={"tnf": settings})


def crc(**settings: Any) -> Change:
    return Change(settings={"crc": settings})


def replace(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def code(module: str) -> Change:
    """Add a line of code to a module of the package."""
    file = f"workflow/theraflow/{module}.py"
    return Change(edits={file: lambda text: f"{text}\n_EDITED = 1\n"})


def edit(file: str, old: str, new: str) -> Change:
    return Change(edits={file: replace(old, new)})


def agreement(*, edits: Mapping[str, Edit] | None = None, **settings: Any) -> Change:
    """Change the comparison of the engine with a second one, or code of it."""
    validation = {"validation": COMPARED | settings}
    return Change(settings={"tnf": validation}, edits=edits or {}, compared=True)


CHANGES: Final[Mapping[str, Change]] = {
    "comments, the order of keys, `1.0` for `1`": Change(
        settings={
            "tnf": {"designs": [{"points": 8.0, "kind": "sobol"}], "base_seed": 1.0},
            "crc": {"therapy": {"drug_weight": 0.10}},
        },
        edits={"config/config.yaml": replace("replicates: 1\n", "replicates: 1.0  # one\n")},
    ),
    "`tnf.tumor_radii_um`: one more": tnf(tumor_radii_um=[50, 100, 150]),
    "`tnf.replicates`: one more": tnf(replicates=2),
    "`tnf.designs`: one more block": tnf(
        designs=[{"kind": "sobol", "points": 8}, {"kind": "latin_hypercube", "points": 3}]
    ),
    "`tnf.designs`: one more block that draws the radius": tnf(
        designs=[{"kind": "sobol", "points": 8}, {"kind": "sobol_radius", "points": 3}]
    ),
    "`tnf.base_seed`": tnf(base_seed=2),
    "`tnf.horizon_min`": tnf(horizon_min=1500),
    "`tnf.active_learning.rounds`: one more": tnf(active_learning=ACTIVE_LEARNING),
    "`tnf.engine.time_steps`": tnf(engine={"time_steps": "exact"}),
    "`tnf.batches.target_cpu_minutes`": tnf(batches={"target_cpu_minutes": 1}),
    "`tnf.batches.threads`, `max_failed_fraction`": tnf(
        batches={"threads": 2, "max_failed_fraction": 0.5}
    ),
    "`tnf.dataset_tables`: `blocks`": tnf(dataset_tables="blocks"),
    "`tnf.surrogates`: settings of the architecture in use": tnf(
        surrogates={"theraflow": {"learning_rate": 0.001}}
    ),
    "`tnf.surrogates.general`": tnf(surrogates={"general": {"learning_rate": 0.001}}),
    "`tnf.surrogates.uncertainty`: settings of the members": tnf(
        surrogates={"uncertainty": {"learning_rate": 0.001}}
    ),
    "`tnf.surrogates.uncertainty.levels`": tnf(surrogates={"uncertainty": {"levels": [0.9]}}),
    "`tnf.surrogates.split`": tnf(surrogates={"split": {"test_fraction": 0.375}}),
    "`tnf.surrogates`: threads, device, checkpoints, settings of the other architecture": tnf(
        surrogates={
            "threads": 2,
            "device": "cpu",
            "checkpoint_interval_epochs": 1,
            "paper": {"learning_rate": 0.1},
        }
    ),
    "`tnf.evaluation.noise_floor.replicates`: one more": tnf(
        evaluation={"noise_floor": {"replicates": 3}}
    ),
    "`tnf.evaluation.noise_floor.drawn_from`": tnf(
        evaluation={"noise_floor": {"drawn_from": "design"}}
    ),
    "`tnf.evaluation.timing`": tnf(evaluation={"timing": {"repeats": 3}}),
    "`tnf.treatment`: `objective`, `region`": tnf(
        treatment={"objective": {"tnf_weight": 0.5}, "region": {"pulse_period_min": [10, 700]}}
    ),
    "`tnf.treatment.objective.caution`, where the ensemble is searched": tnf(
        treatment={
            "objective": {"caution": 1.0},
            "searches": {"sobol": {"evaluator": "general"}, "front": {"evaluator": "general"}},
        }
    ),
    "`tnf.treatment.searches`: one more": tnf(
        treatment={"searches": {"swarm": {"method": "pso", "settings": {"population": 4}}}}
    ),
    "`tnf.treatment.budget_evaluations`": tnf(treatment={"budget_evaluations": 21}),
    "`tnf.treatment.verification.replicates`": tnf(treatment={"verification": {"replicates": 3}}),
    "`tnf.validation.margins`, where engines are compared": agreement(
        margins={"excess_percent": 20}
    ),
    "`tnf.validation.replicates`: one more, where engines are compared": agreement(replicates=3),
    "`tnf.snapshots`": tnf(snapshots={"tnf_concentration": 0.4}),
    "`tnf.figures.dpi`": tnf(figures={"dpi": 100}),
    "`tnf.figures.example_trajectories`": tnf(figures={"example_trajectories": 1}),
    "`crc.patients.candidates`: more": crc(patients={"candidates": 6}),
    "`crc.patients.responder`": crc(patients={"responder": {"reduction_percent": 0.001}}),
    "`crc.patients.seed`": crc(patients={"seed": 2}),
    "`crc.patients.grower`": crc(patients={"grower": "copasi"}),
    "`crc.therapy`: weights of the objective, `size`": crc(
        therapy={"drug_weight": 0.2, "size": "diameter_mm"}
    ),
    # COPASI's own loop knows the monthly template alone.
    "`crc.therapy.template`, `tail_days`": crc(
        therapy={"template": "holidays", "tail_days": 30},
        search={"algorithms": {"random_search": {"method": "random", "evaluator": "compiled"}}},
    ),
    "`crc.therapy.horizon_days`": crc(therapy={"horizon_days": 300}),
    "`crc.search`: budget": crc(search={"budget_evaluations": 6}),
    "`crc.search.algorithms`: one more": crc(
        search={"algorithms": {"annealing": {"method": "dual-annealing"}}}
    ),
    "`crc.search.seeds`: one more": crc(search={"seeds": [1, 2]}),
    "`crc.search.regimen`: one more statistic": crc(
        search={"regimen": {"statistics": ["mean", "worst_quarter"]}}
    ),
    "`crc.comparison`": crc(comparison={"partial_response_percent": 20}),
    "`crc.figures`": crc(figures={"dpi": 100}),
    "`container`": Change(settings={"container": "other.sif"}),
    "a new date on every file of the checkout, as `git checkout` gives it": Change(renewed="**/*"),
    "README, docs, `requirements.lock`, profiles": Change(
        edits={
            "README.md": replace("theraflow", "Theraflow"),
            "docs/engine.md": replace("engine", "motor"),
            "requirements.lock": replace("numpy==", "numpy>="),
            "profiles/default/config.yaml": replace("cores: all", "cores: 1"),
        },
        arguments=("--set-resources", "simulate_batch:mem_mb=4000", "--retries", "3"),
    ),
    "a comment, a docstring or the formatting of package code": Change(
        edits={
            "workflow/theraflow/tnf/engine/embedded/field.py": replace('"""', '"""Once more: '),
            "workflow/theraflow/tnf/trajectories/metrics.py": replace(
                "import", "# A comment.\nimport"
            ),
            "workflow/theraflow/crc/search/search.py": replace("\n\n\n", "\n\n\n\n"),
        }
    ),
    "a script in `workflow/scripts`": edit(
        "workflow/scripts/train_surrogate.py", "with logged_to", "1 + 1\nwith logged_to"
    ),
    "`resources/tnf_spheroid`: a constant of the model": edit(
        "resources/tnf_spheroid/model.yaml", "decay_per_min: 0.0275", "decay_per_min: 0.028"
    ),
    "`resources/tnf_spheroid`: a rate of the Boolean network": edit(
        "resources/tnf_spheroid/network.cfg", "$fast = 1.0;", "$fast = 1.1;"
    ),
    "`resources/tnf_spheroid`: comments": Change(
        edits={
            "resources/tnf_spheroid/model.yaml": replace("# Constants", "# All constants"),
            "resources/tnf_spheroid/network.cfg": replace("// Rates", "// All rates"),
        }
    ),
    "`resources/crc_qsp`: a constant of the model": edit(
        "resources/crc_qsp/parameters.csv", "k_cell_clear,0.1,", "k_cell_clear,0.11,"
    ),
    "code of the embedded engine": code("tnf/engine/embedded/simulate"),
    "code of the training": code("tnf/surrogate/training/train"),
    "code of the training of the general surrogate": code("tnf/surrogate/training/general"),
    "code of the calibration of intervals": code("tnf/surrogate/uncertainty/calibration"),
    "code that words or stores a surrogate: its card, its split": code("tnf/surrogate/card"),
    "code of the export to ONNX": code("tnf/surrogate/export"),
    "code of the treatment search, as `tnf/treatment/problem.py`": code("tnf/treatment/problem"),
    "code of the error metrics": code("tnf/trajectories/metrics"),
    "code of the agreement, as `tnf/agreement/verdict.py`, where engines are compared": agreement(
        edits=code("tnf/agreement/verdict").edits
    ),
    "code of a figure, as `report/figures/tnf/errors.py`": code("report/figures/tnf/errors"),
    "style of the figures": code("report/figures/style"),
    "a caption or title of a figure": edit(
        "workflow/theraflow/report/catalogue/tnf.py", "Loss during", "The loss during"
    ),
    "code of the compiled model": code("crc/compiled/simulator"),
    "code of the therapy search": code("crc/search/search"),
    "code of a method of search, as `search/methods/cma.py`": code("search/methods/cma"),
    "code of the fronts": code("crc/comparison/fronts/merged"),
    "code of the comparison's tables": code("crc/comparison/comparison"),
    "a batch of simulations deleted": Change(deleted=(BATCH,)),
    "a batch and the tables gathered from it deleted": Change(
        deleted=(BATCH, "results/tnf/dataset/radius_50um*", "results/tnf/dataset.*")
    ),
    "a table of the evaluation deleted": Change(deleted=("results/tnf/evaluation/summary.csv",)),
    "a figure deleted, as `training_histories.svg`": Change(
        deleted=("results/tnf/figures/training_histories.svg",)
    ),
    "logs and benchmarks deleted": Change(deleted=("logs", "results/benchmarks")),
}


def _table(title: str) -> dict[str, str]:
    """Read the two-column tables of the document whose first column has this title."""
    rows: dict[str, str] = {}
    for table in re.findall(
        rf"\| {title} \|.*\|\n\|[-|]+\|\n((?:\|.*\|\n)+)", DOCUMENT.read_text()
    ):
        rows |= (map(str.strip, row.strip("|").split("|")) for row in table.splitlines())
    return rows


def _rules(text: str) -> dict[str, bool]:
    """Resolve the words of a cell to rules; the value says whether only new jobs may run."""
    words = _table("word")
    rules: dict[str, bool] = {}
    for part in re.sub(r" \([^)]*\)", "", text).split(","):
        name, is_new = part.strip().removeprefix("new "), part.strip().startswith("new ")
        if name in words:
            rules |= _rules(words[name])
        else:
            rules[name.split("`")[1]] = is_new
    return rules


def expected(row: str) -> dict[str, bool]:
    return {} if ROWS[row].startswith("nothing") else _rules(ROWS[row])


def expected_figures(row: str) -> set[str]:
    """Read the figures that a cell names beside their rule."""
    return set() if ROWS[row].startswith("nothing") else _figures(ROWS[row])


def _figures(text: str) -> set[str]:
    words = _table("word")
    figures: set[str] = set()
    for part in re.split(r",(?![^(]*\))", text):
        name, _, remark = part.strip().removeprefix("new ").partition(" (")
        if name in words:
            figures |= _figures(words[name])
        elif (rule := name.strip("`")) in FIGURES:
            every, named = set(FIGURES[rule]), set(re.findall(r"`(\w+)`", remark))
            figures |= every - named if remark.startswith("all") else named
    return figures


ROWS: Final = _table("change")


@contextmanager
def made(change: Change, campaign: Campaign) -> Iterator[None]:
    """Make a change to files, and take it back at the end, dates included."""
    with ExitStack() as undo:
        for name, new_text in change.edits.items():
            file = campaign.checkout / name
            kept = file.with_name(f"{file.name}.kept")
            shutil.copy2(file, kept)
            undo.callback(kept.replace, file)
            file.write_text(new_text(file.read_text(encoding="utf-8")), encoding="utf-8")
        if change.renewed:
            for file in campaign.checkout.glob(change.renewed):
                file.touch()
        if change.deleted:
            hidden = campaign.directory / ".hidden"
            hidden.mkdir()
            undo.callback(hidden.rmdir)
            first_batch = plan_batches(load_study(REPOSITORY / TINY).tnf)[0].batch_id
            for number, pattern in enumerate(change.deleted):
                matches = list(campaign.directory.glob(pattern.format(batch=first_batch)))
                assert matches
                for path in matches:
                    away = hidden / f"{number}-{path.name}"
                    path.rename(away)
                    undo.callback(away.rename, path)
        yield


# Rows of every kind, which the command that people type must plan as the others are planned.
TYPED: Final = (
    "comments, the order of keys, `1.0` for `1`",
    "`tnf.replicates`: one more",
    "README, docs, `requirements.lock`, profiles",
    "code of the therapy search",
    "a batch and the tables gathered from it deleted",
)


@pytest.fixture(scope="session")
def compared_campaign(
    finished_campaign: Campaign, tmp_path_factory: pytest.TempPathFactory
) -> Campaign:
    """A copy of the finished campaign in which the engine was compared with a second one."""
    campaign = finished_campaign.copied_to(tmp_path_factory.mktemp("compared") / "campaign")
    run = campaign.snakemake(changes=dict(agreement().settings))
    assert run.returncode == 0, run.stderr
    return campaign


def test_every_row_of_the_document_is_tested() -> None:
    assert set(ROWS) == set(CHANGES)


# Those of two engines need a campaign of their own.
OF_ONE_ENGINE: Final = {row for row, change in CHANGES.items() if not change.compared}


@pytest.mark.parametrize("row", slow_but(OF_ONE_ENGINE, CHANGES))
def test_a_change_re_runs_what_the_document_says(row: str, request: pytest.FixtureRequest) -> None:
    change = CHANGES[row]
    name = "compared_campaign" if change.compared else "finished_campaign"
    campaign: Campaign = request.getfixturevalue(name)
    with made(change, campaign):
        jobs = campaign.planned(*change.arguments, changes=dict(change.settings))
    rules = expected(row)
    # The page is written after whatever is made.
    assert [job.rule for job in jobs].count("write_report") == bool(rules)
    jobs = [job for job in jobs if job.rule != "write_report"]
    assert {job.rule for job in jobs} == set(rules)
    assert not [job for job in jobs if rules[job.rule] and campaign.exist(job)]
    figures = {Path(job.outputs[0]).stem for job in jobs if job.rule in FIGURES}
    assert figures == expected_figures(row)


@pytest.mark.parametrize("row", TYPED)
def test_the_command_plans_the_same(row: str, finished_campaign: Campaign) -> None:
    change = CHANGES[row]
    arguments, settings = change.arguments, dict(change.settings)
    with made(change, finished_campaign):
        jobs = finished_campaign.planned(*arguments, changes=settings)
        run = finished_campaign.snakemake("--dry-run", *arguments, changes=settings)
    assert run.returncode == 0, run.stderr
    assert set(planned_jobs(run.stdout + run.stderr)) == set(jobs)
