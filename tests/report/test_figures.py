import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.tnf import break_even, training, trajectories
from theraflow.report.figures.tnf import errors as of_errors
from theraflow.report.figures.tnf.conventions import CELL_TYPE_COLORS
from theraflow.tnf import tables

mpl.use("agg")

CONFIG = FiguresConfig(dpi=60)
RADII = (50, 100, 400)
HOURLY_MIN = np.arange(60, 1441, 60)


def predictions(simulations: int = 5) -> pd.DataFrame:
    times = np.arange(0, 1441, 60)
    frames = []
    for radius in RADII:
        for number in range(simulations):
            alive = radius * np.exp(-number * times / 3000)
            counts = {
                "alive": alive,
                "apoptotic": 0.5 * radius - 0.3 * alive,
                "necrotic": 0 * alive,
            }
            frames.append(
                pd.DataFrame(
                    {
                        "tumor_radius_um": radius,
                        "pulse_period_min": 100 + number,
                        "pulse_duration_min": 10,
                        "tnf_concentration": 0.5,
                        "replicate": 0,
                        "time_min": times,
                        **counts,
                        **{f"predicted_{name}": 1.1 * count for name, count in counts.items()},
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def errors() -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "tumor_radius_um": radius,
                "time_min": HOURLY_MIN,
                "relative_error_percent": 8.0,
                "relative_error_totals_percent": 5.0,
            }
        )
        for radius in RADII
    ]
    return pd.concat(frames, ignore_index=True)


def cell_errors() -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "tumor_radius_um": radius,
                "time_min": np.repeat(HOURLY_MIN, 3),
                "cell_type": np.tile(tables.CELL_TYPES, 24),
                "mean_absolute_error_cells": np.tile([3.0, 2.0, 1.0], 24),
            }
        )
        for radius in RADII
    ]
    return pd.concat(frames, ignore_index=True)


def noise(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table.select_dtypes(float).columns
    single = table.assign(comparison="replicate vs replicate")
    mean = table.assign(comparison="replicate vs mean")
    mean[numbers] *= 0.7
    return pd.concat([single, mean], ignore_index=True)


def timing() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "tumor_radius_um": RADII,
            "simulation_cpu_s": [0.04, 0.07, 1e-6],
            "inference_batch_cpu_s": 3e-5,
            "training_cpu_s": 30.0,
            "training_gpu_s": 0.0,
            "data_simulations": 1822,
            "break_even_simulations": [2600.0, 2250.0, np.inf],
        }
    )


def histories() -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "tumor_radius_um": radius,
                "epoch": np.arange(1, 6),
                "training_loss": 0.5 ** np.arange(1, 6),
                "validation_loss": 0.6 ** np.arange(1, 6),
            }
        )
        for radius in RADII
    ]
    return pd.concat(frames, ignore_index=True)


FIGURES: dict[str, Callable[[], Figure]] = {
    "example_trajectories": lambda: trajectories.example_trajectories(predictions(), CONFIG),
    "training_histories": lambda: training.training_histories(histories(), CONFIG),
    "relative_error": lambda: of_errors.relative_error_over_time(errors(), noise(errors()), CONFIG),
    "cell_errors": lambda: of_errors.cell_errors_over_time(
        cell_errors(), noise(cell_errors()), CONFIG
    ),
    "break_even": lambda: break_even.break_even_curves(timing(), CONFIG),
}
UNITS = {"time (h)", "cells", "relative error (%)", "mean absolute error (cells)", "CPU time (h)"}
UNITLESS = {"epoch", "loss", "number of results"}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_has_a_titled_panel_per_radius_and_labelled_axes(name: str) -> None:
    figure = FIGURES[name]()
    drawn = [panel for panel in figure.axes if panel.axison]
    titles = [panel.get_title() for panel in drawn if panel.get_title()]
    assert titles == ["radius 50 µm", "radius 100 µm", "radius 400 µm"]
    labels = {panel.get_xlabel() for panel in drawn} | {panel.get_ylabel() for panel in drawn}
    assert labels - {""} <= UNITS | UNITLESS
    assert len(labels - {""}) == 2
    assert figure.get_figwidth() == pytest.approx(180 / 25.4)


@pytest.mark.parametrize("name", FIGURES)
def test_same_data_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    for copy in ("a", "b"):
        style.save_figure(FIGURES[name](), tmp_path / copy / name, CONFIG)
    for suffix in ("svg", "png"):
        first, second = (tmp_path / copy / f"{name}.{suffix}" for copy in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
    assert ElementTree.parse(tmp_path / "a" / f"{name}.svg").getroot().tag.endswith("svg")
    with Image.open(tmp_path / "a" / f"{name}.png") as image:
        assert image.width == pytest.approx(180 / 25.4 * 60, abs=2)


def test_examples_are_spread_from_weak_to_strong_treatment() -> None:
    figure = trajectories.example_trajectories(predictions(simulations=9), CONFIG)
    of_radius_50 = [panel for panel in figure.axes if panel.get_ylim() == figure.axes[0].get_ylim()]
    last_alive = [panel.lines[1].get_ydata()[-1] for panel in of_radius_50]
    assert len(last_alive) == 3
    assert last_alive == sorted(last_alive, reverse=True)
    assert len(set(last_alive)) == 3


def test_fewer_test_simulations_than_examples_make_fewer_rows() -> None:
    figure = trajectories.example_trajectories(predictions(simulations=2), CONFIG)
    assert sum(panel.axison for panel in figure.axes) == 2 * len(RADII)


def test_noise_floor_is_drawn() -> None:
    figure = of_errors.relative_error_over_time(errors(), noise(errors()), CONFIG)
    lines = [line.get_ydata()[0] for line in figure.axes[0].lines]
    assert sorted(lines) == pytest.approx([0.7 * 5, 5, 0.7 * 8, 8])


def test_curves_cross_at_the_break_even() -> None:
    figure = break_even.break_even_curves(timing(), CONFIG)
    simulated, predicted = figure.axes[1].lines[:2]
    results = simulated.get_xdata()
    crossing = results[np.argmin(np.abs(np.log(simulated.get_ydata() / predicted.get_ydata())))]
    assert crossing == pytest.approx(2250, rel=0.1)
    no_break_even = figure.axes[2]
    assert len(no_break_even.lines) == 2


def test_no_break_even_is_drawn_where_a_gpu_trained_and_the_panel_says_so() -> None:
    of_gpu = timing().assign(training_gpu_s=1234.0, break_even_simulations=np.nan)
    for panel in break_even.break_even_curves(of_gpu, CONFIG).axes[: len(RADII)]:
        assert len(panel.lines) == 2
        assert [text.get_text() for text in panel.texts] == [
            "and 1,234 s on a GPU:\nno break-even in CPU time"
        ]
    for panel in break_even.break_even_curves(timing(), CONFIG).axes:
        assert not [text for text in panel.texts if "GPU" in text.get_text()]


def test_colours_are_told_apart_without_hue() -> None:
    colors = [mpl.colors.to_rgb(color) for color in CELL_TYPE_COLORS.values()]
    lightness = sorted(np.dot(color, [0.2126, 0.7152, 0.0722]) for color in colors)
    assert np.diff(lightness).min() > 0.05
