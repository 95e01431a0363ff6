"""Searches for a treatment on a surrogate and on the simulator, at equal cost.

The surrogate pays for its data and its training once. The simulator is given the same number of
evaluations, the CPU time of the surrogate's search alone (training data counted out), and that of
data, training and search together (counted in). What each search finds is simulated anew.

    python benchmarks/treatment_bake_off.py OUT [--data 192] [--evaluations 512] [--method sobol]

Writes bake_off.csv, a row per search, and prints it.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from theraflow.config.tnf.designs import SobolDesign
from theraflow.config.tnf.engines import EngineConfig
from theraflow.config.tnf.surrogates import SurrogatesConfig
from theraflow.config.tnf.treatment import (
    TreatmentConfig,
    TreatmentSearchConfig,
    VerificationConfig,
)
from theraflow.core.errors import UserError
from theraflow.core.files import write_text_atomic
from theraflow.search.budget import Budget
from theraflow.search.evaluator import Evaluator
from theraflow.search.methods.registry import choose
from theraflow.tnf.campaign.design import parameter_points
from theraflow.tnf.engine.make import make_embedded_engine
from theraflow.tnf.engine.simulate import simulate_table
from theraflow.tnf.simulation import plan_simulation
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.treatment import tables
from theraflow.tnf.treatment.evaluators import SurrogateEvaluator
from theraflow.tnf.treatment.optimisation import verify_and_refine
from theraflow.tnf.treatment.pose import Simulator
from theraflow.tnf.treatment.predictor import load_predictor
from theraflow.tnf.treatment.problem import Region, Target, TreatmentProblem
from theraflow.tnf.treatment.search import TreatmentSearch, find_candidates
from theraflow.tnf.treatment.verification import measure_optimism
from theraflow.work.usage import Usage

SEED = 1
# Of the simulations of a candidate while the simulator is searched.
REPLICATES = 3
# A limit that no budget of time reaches.
UNLIMITED = 10**9


@dataclass(frozen=True)
class Contest:
    """What all searches share."""

    target: Target
    config: TreatmentConfig
    simulator: Simulator
    folder: Path

    def run(
        self, name: str, posed: TreatmentProblem, evaluator: Evaluator, method: str, budget: Budget
    ) -> dict[str, Any]:
        """Search within a budget and simulate what was found anew; one row."""
        search = TreatmentSearch(name, name, posed, evaluator, choose(method), budget, SEED)
        region = Region.of(self.config.region, self.target.horizon_min)
        try:
            found = find_candidates(search, self.folder / name, self.config.verification, region)
        except UserError:
            # The budget ends before the first evaluation does.
            return {"search": name, "method": method, "evaluations": 0}
        verified = verify_and_refine([found], self.target, self.config, self.simulator, self.folder)
        (optimism,) = measure_optimism(verified).to_dict("records")
        best = verified.iloc[0]
        return {
            "search": name,
            "method": method,
            "evaluations": found[tables.EVALUATIONS].iloc[0],
            "search_cpu_s": found[tables.CPU_S].iloc[0],
            "first_predicted_cells": optimism[tables.FIRST_PREDICTED],
            "first_simulated_cells": optimism[tables.FIRST_SIMULATED],
            "chosen_simulated_cells": optimism[tables.CHOSEN_SIMULATED],
            "standard_error": best[tables.STANDARD_ERROR],
            "mean_difference_cells": optimism[tables.MEAN_DIFFERENCE],
        }


def make_surrogate(
    target: Target, points: int, simulator: Simulator, folder: Path
) -> tuple[float, float]:
    """Simulate data, train on them; return the CPU times (s) of both."""
    (radius_um,) = target.tumor_radii_um
    design = SobolDesign(
        points=points,
        tnf_concentration=(0.005, 1.0),
        tnf_concentration_above=0.0,
        concentration_scale="log",
    )
    simulations = [
        plan_simulation(point, 0, SEED, horizon_min=target.horizon_min)
        for point in parameter_points((design,), radius_um)
    ]
    usage = Usage()
    frame = simulate_table(simulations, simulator.engine, simulator.workers)
    data_cpu_s, usage = usage.cpu_s(), Usage()
    train_surrogate(frame, radius_um, SurrogatesConfig(device="cpu"), SEED, folder)
    return data_cpu_s, usage.cpu_s()


def main() -> None:
    """Train, search on both, at equal evaluations and at equal CPU time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--radius", type=int, default=100)
    parser.add_argument("--horizon", type=int, default=1440)
    parser.add_argument("--data", type=int, default=192, help="simulations to train on")
    parser.add_argument("--evaluations", type=int, default=512)
    parser.add_argument("--method", default="sobol")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    target = Target((asked.radius,), asked.horizon)
    config = TreatmentConfig(
        searches={"unused": TreatmentSearchConfig(method=asked.method)},
        verification=VerificationConfig(front_candidates=0),
    )
    simulator = Simulator(make_embedded_engine(EngineConfig()), SEED, asked.workers)
    simulator.engine.warm_up()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        contest = Contest(target, config, simulator, folder)
        data_cpu_s, training_cpu_s = make_surrogate(target, asked.data, simulator, folder / "model")
        predictor = load_predictor([folder / "model"])
        whole = Region.of(config.region, target.horizon_min)
        on_surrogate = TreatmentProblem(target, whole.within(predictor.domain), config.objective)
        on_engine = TreatmentProblem(target, whole, config.objective)
        surrogate = SurrogateEvaluator(on_surrogate, predictor)
        engine = simulator.evaluator(on_engine, REPLICATES)
        equal = Budget(evaluations=asked.evaluations)
        rows = [contest.run("surrogate", on_surrogate, surrogate, asked.method, equal)]
        paid_cpu_s = data_cpu_s + training_cpu_s
        rows[0] |= {"data_cpu_s": data_cpu_s, "training_cpu_s": training_cpu_s}
        search_cpu_s = float(rows[0]["search_cpu_s"])
        for name, budget in (
            ("engine_equal_evaluations", equal),
            ("engine_training_counted_out", Budget(UNLIMITED, cpu_s=search_cpu_s)),
            ("engine_training_counted_in", Budget(UNLIMITED, cpu_s=paid_cpu_s + search_cpu_s)),
        ):
            rows.append(contest.run(name, on_engine, engine, asked.method, budget))
    table = pd.DataFrame(rows)
    text = table.to_csv(index=False, float_format="%.6g")
    write_text_atomic(asked.out / "bake_off.csv", text)
    print(table.round(2).T.to_string())


if __name__ == "__main__":
    main()
