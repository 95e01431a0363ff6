"""CPU time of the embedded engine per simulation, on one thread.

    python benchmarks/tnf_engine_speed.py
    python benchmarks/tnf_engine_speed.py --dimension 3 --points 3 --repeats 1

Points are spread evenly over the paper's design. Each is simulated a few times and the shortest
time counts, as other work on the machine only ever adds to it. Prints the table of
docs/performance.md.
"""

import time
from typing import Annotated

import numpy as np
import typer

from theraflow.config.tnf.designs import PaperDesign
from theraflow.config.tnf.engines import EngineConfig
from theraflow.tnf.campaign.design import parameter_points
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.simulation import plan_simulation

# CPU seconds of PhysiBoSS (spheroid-tnf-v2, g++ -O3, one thread) on a machine of the same kind, by
# dimension and radius; what is missing was not measured.
PHYSIBOSS_CPU_S = {
    2: {50: 8.3, 100: 10.2, 275: 38.0, 400: 93.0},
    3: {50: 1500.0, 100: 1800.0},
}
RADII_UM = (50, 100, 275, 400)


def main(
    points: Annotated[int, typer.Option(help="Parameter points per radius.")] = 12,
    repeats: Annotated[int, typer.Option(help="Runs of each; the shortest counts.")] = 3,
    dimension: Annotated[int, typer.Option(help="Of space: 2 or 3.")] = 2,
    radius: Annotated[
        list[int] | None, typer.Option(help="Measure this radius only, um; may be repeated.")
    ] = None,
) -> None:
    """Print CPU seconds per simulation, by radius and time steps."""
    print("| radius (µm) | PhysiBoSS (s) | exact (s) | ratio | fast (s) | ratio | exact / fast |")
    print("|---|---|---|---|---|---|---|")
    for radius_um in radius or RADII_UM:
        exact_s, fast_s = (
            _mean_cpu_s(
                EngineConfig.model_validate({"dimension": dimension, "time_steps": steps}),
                radius_um,
                points,
                repeats,
            )
            for steps in ("exact", "fast")
        )
        physiboss_s = PHYSIBOSS_CPU_S[dimension].get(radius_um, float("nan"))
        print(
            f"| {radius_um} | {physiboss_s:g} | {exact_s:.3f} | {physiboss_s / exact_s:.0f} | "
            f"{fast_s:.3f} | {physiboss_s / fast_s:.0f} | {exact_s / fast_s:.1f} |",
            flush=True,
        )


def _mean_cpu_s(config: EngineConfig, radius_um: int, points: int, repeats: int) -> float:
    engine = make_engine(config)
    engine.warm_up()
    design = parameter_points((PaperDesign(),), radius_um)
    chosen = np.linspace(0, len(design) - 1, points).round().astype(int)
    shortest = []
    for index in chosen:
        simulation = plan_simulation(design[index], replicate=0, base_seed=1)
        durations = []
        for _ in range(repeats):
            start = time.process_time()
            engine.simulate(simulation)
            durations.append(time.process_time() - start)
        shortest.append(min(durations))
    return float(np.mean(shortest))


if __name__ == "__main__":
    typer.run(main)
