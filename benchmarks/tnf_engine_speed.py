"""CPU time of the embedded engine per simulation, on one thread.

    python benchmarks/tnf_engine_speed.py

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

# CPU seconds of PhysiBoSS (spheroid-tnf-v2, g++ -O3, one thread) on a machine of the same kind.
PHYSIBOSS_CPU_S = {50: 8.3, 100: 10.2, 275: 38.0, 400: 93.0}


def main(
    points: Annotated[int, typer.Option(help="Parameter points per radius.")] = 12,
    repeats: Annotated[int, typer.Option(help="Runs of each; the shortest counts.")] = 3,
) -> None:
    """Print CPU seconds per simulation, by radius and time steps."""
    cpu_s = {name: _measure(name, points, repeats) for name in ("exact", "fast")}
    print(
        "| radius (µm) | PhysiBoSS (s) | exact (s) | speed-up | fast (s) | speed-up "
        "| exact / fast |"
    )
    print("|---|---|---|---|---|---|---|")
    for radius, physiboss_s in PHYSIBOSS_CPU_S.items():
        exact_s, fast_s = cpu_s["exact"][radius], cpu_s["fast"][radius]
        print(
            f"| {radius} | {physiboss_s:g} | {exact_s:.3f} | {physiboss_s / exact_s:.0f} | "
            f"{fast_s:.3f} | {physiboss_s / fast_s:.0f} | {exact_s / fast_s:.1f} |"
        )


def _measure(time_steps: str, points: int, repeats: int) -> dict[int, float]:
    engine = make_engine(EngineConfig(time_steps=time_steps))
    engine.warm_up()
    means = {}
    for radius in PHYSIBOSS_CPU_S:
        design = parameter_points((PaperDesign(),), radius)
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
        means[radius] = float(np.mean(shortest))
    return means


if __name__ == "__main__":
    typer.run(main)
