"""One surrogate for every radius."""

from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
import typer
from support.surrogate_frames import split_of, toy_frame
from typer.testing import CliRunner

from theraflow.cli.tnf.surrogate import register
from theraflow.config.tnf.engines import Dimension, EngineConfig
from theraflow.config.tnf.evaluation import TimingConfig
from theraflow.config.tnf.surrogates import (
    GeneralArchitectureConfig,
    SplitConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.errors import UserError
from theraflow.tnf import tables
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.model.spheroid import load_configured_model
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.tnf.surrogate.card import GeneralCard
from theraflow.tnf.surrogate.evaluation.accuracy import evaluate_surrogate
from theraflow.tnf.surrogate.evaluation.benchmark import benchmark_general_surrogate
from theraflow.tnf.surrogate.export import export_onnx
from theraflow.tnf.surrogate.networks.general import GeneralRecipe
from theraflow.tnf.surrogate.networks.initial_cells import (
    CELL_RADIUS_UM,
    LATTICE_SPACING_UM,
    RADII_UM,
    initial_cells_by_radius,
)
from theraflow.tnf.surrogate.networks.losses import noise_weighted_error
from theraflow.tnf.surrogate.prediction import WEIGHTS_NAME, Surrogate, load_surrogate
from theraflow.tnf.surrogate.split_file import read_split
from theraflow.tnf.surrogate.training.files import CHECKPOINT_NAME, HISTORY_NAME
from theraflow.tnf.surrogate.training.general import split_every_radius
from theraflow.tnf.surrogate.training.surrogate import train_general_surrogate, train_surrogate
from theraflow.tnf.trajectories.arrays import trajectories, trajectories_of_radius
from theraflow.tnf.trajectories.metrics import relative_error_percent

RADII = (50, 100)
FRAME = toy_frame(radii=RADII)
SPLIT = SplitConfig(validation_fraction=0.1, test_fraction=0.2)
CONFIG = SurrogatesConfig(
    device="cpu",
    split=SPLIT,
    checkpoint_interval_epochs=2,
    general=GeneralArchitectureConfig(hidden_size=16, epochs=7, batch_size=16),
)
PULSES = [[300.0, 60.0, 0.5], [400.0, 100.0, 0.9], [500.0, 30.0, 0.3]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Surrogate, Path]:
    directory = tmp_path_factory.mktemp("general")
    return train_general_surrogate(FRAME, RADII, CONFIG, 1, directory), directory


def weights(directory: Path) -> bytes:
    return (directory / WEIGHTS_NAME).read_bytes()


def test_it_predicts_a_radius_that_no_training_saw(tmp_path: Path) -> None:
    config = CONFIG.model_copy(
        update={"general": GeneralArchitectureConfig(hidden_size=32, epochs=30, batch_size=32)}
    )
    frame = toy_frame(radii=(40, 60, 200, 300), points=80)
    surrogate = train_general_surrogate(frame, (40, 60, 200, 300), config, 1, tmp_path)
    unseen = trajectories(toy_frame(radii=(110,), points=60, seed=5))
    predicted = surrogate.predict(110, unseen.parameters, extrapolate=True)
    mean_trajectory = np.broadcast_to(unseen.counts.mean(axis=0), unseen.counts.shape)
    error = relative_error_percent(unseen.counts, predicted).mean()
    assert error < 0.5 * relative_error_percent(unseen.counts, mean_trajectory).mean()


def test_same_seed_gives_the_same_bytes(trained: tuple[Surrogate, Path], tmp_path: Path) -> None:
    train_general_surrogate(FRAME, RADII, CONFIG, 1, tmp_path / "again")
    train_general_surrogate(FRAME, RADII, CONFIG, 2, tmp_path / "other")
    assert weights(tmp_path / "again") == weights(trained[1])
    assert weights(tmp_path / "other") != weights(trained[1])


def test_resumed_training_equals_an_undisturbed_one(
    trained: tuple[Surrogate, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, epochs_done = GeneralRecipe.train_epoch, []

    def train_until_killed(self: GeneralRecipe) -> float:
        if len(epochs_done) == 5:
            raise KeyboardInterrupt
        epochs_done.append(1)
        return original(self)

    with monkeypatch.context() as patched:
        patched.setattr(GeneralRecipe, "train_epoch", train_until_killed)
        with pytest.raises(KeyboardInterrupt):
            train_general_surrogate(FRAME, RADII, CONFIG, 1, tmp_path)
    assert (tmp_path / CHECKPOINT_NAME).exists()
    train_general_surrogate(FRAME, RADII, CONFIG, 1, tmp_path)
    assert weights(tmp_path) == weights(trained[1])
    assert not (tmp_path / CHECKPOINT_NAME).exists()


def test_card_and_files_tell_what_it_is(trained: tuple[Surrogate, Path]) -> None:
    surrogate, directory = trained
    loaded = load_surrogate(directory)
    assert loaded.card == surrogate.card
    assert isinstance(loaded.card, GeneralCard)
    assert loaded.card.tumor_radii_um == RADII
    assert loaded.card.scaling.tumor_radius_min_um == 50
    assert loaded.card.scaling.tumor_radius_max_um == 100
    assert loaded.label.startswith("surrogate general ")
    assert loaded.fingerprint == surrogate.fingerprint
    np.testing.assert_array_equal(loaded.predict(70, PULSES), surrogate.predict(70, PULSES))
    schema = pq.read_schema(directory / HISTORY_NAME)
    assert schema.equals(tables.GENERAL_HISTORY_SCHEMA)


def test_onnx_predicts_as_torch_at_any_batch_size(
    trained: tuple[Surrogate, Path], tmp_path: Path
) -> None:
    loaded = load_surrogate(trained[1])
    export_onnx(loaded.network, loaded.example_inputs, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for radii in ([50], [50, 73, 100]):
        asked = np.column_stack([radii, PULSES[: len(radii)]]).astype(np.float32)
        (counts,) = session.run(["counts"], {"parameters": asked})
        with torch.inference_mode():
            expected = loaded.network(torch.tensor(asked)).numpy()
        np.testing.assert_allclose(counts, expected, rtol=1e-4, atol=1e-3)
        predicted = loaded.predict(radii, PULSES[: len(radii)])
        np.testing.assert_array_equal(np.round(expected), predicted)


def test_radii_may_differ_between_treatments(trained: tuple[Surrogate, Path]) -> None:
    together = trained[0].predict([50, 73, 100], PULSES)
    for row, (radius, pulses) in enumerate(zip((50, 73, 100), PULSES, strict=True)):
        alone = trained[0].predict(radius, [pulses])[0]
        np.testing.assert_allclose(together[row], alone, atol=1)


def test_counts_scale_with_the_radius(trained: tuple[Surrogate, Path]) -> None:
    small, between, large = (
        trained[0].predict(radius, PULSES)[:, -1].sum() for radius in (50, 70, 100)
    )
    # The toy spheroid has as many cells as its radius has um.
    assert small < between < large
    assert large / small == pytest.approx(2, rel=0.5)


def test_initial_counts_are_those_of_the_data(trained: tuple[Surrogate, Path]) -> None:
    for radius in RADII:
        initial = trained[0].predict(radius, PULSES)[:, 0]
        np.testing.assert_array_equal(initial, [[radius, 0, 0]] * 3)


@pytest.mark.parametrize(
    ("dimension", "published"),
    [
        (2, {50: 37, 100: 151, 275: 1069, 400: 2263}),
        (3, {50: 144, 100: 1173, 275: 24_401, 400: 74_999}),
    ],
)
def test_the_packing_is_that_of_the_model(dimension: Dimension, published: dict[int, int]) -> None:
    engine_config = EngineConfig(dimension=dimension)
    constants = load_configured_model(engine_config).constants
    assert pytest.approx(np.cbrt(3 * constants.volume.total_um3 / (4 * np.pi))) == CELL_RADIUS_UM
    assert constants.mechanics.packing_spacing_radii * CELL_RADIUS_UM == LATTICE_SPACING_UM
    known_um = np.array([50, 100, 100])
    packed = initial_cells_by_radius(known_um, np.array([published[r] for r in known_um], float))
    assert {radius: packed[radius - RADII_UM[0]] for radius in published} == published
    # Radii that are not published, and that no simulation had.
    engine = make_engine(engine_config)
    for radius in (37, 63):
        point = ParameterPoint(radius, 60, 10, 0.5)
        counts = engine.simulate(plan_simulation(point, 0, 1, horizon_min=60))
        assert counts[0].tolist() == [packed[radius - RADII_UM[0]], 0, 0]


def test_other_packings_keep_their_own_numbers() -> None:
    other = initial_cells_by_radius(np.array([50, 100, 100]), np.array([124.0, 986.0, 986.0]))
    assert other[np.isin(RADII_UM, [50, 100])] == pytest.approx([124, 986])
    assert other[RADII_UM == 71].item() == pytest.approx(124 * 1.42 ** np.log2(986 / 124))
    # A disc at one radius and a sphere at the other are neither.
    mixed = initial_cells_by_radius(np.array([50, 100]), np.array([37.0, 1173.0]))
    assert mixed[np.isin(RADII_UM, [50, 100, 275])] == pytest.approx([37, 1173, 1173])


@pytest.mark.parametrize(
    ("radius", "extrapolate", "message"),
    [
        (120, False, r"tumor_radius_um=120: the surrogate was trained on 50 \.\. 100; .*--extrap"),
        (500, True, "tumor_radius_um=500: give a whole number from 20 to 450 um"),
        (70.5, True, r"tumor_radius_um=70\.5: give a whole number"),
        (float("nan"), True, "tumor_radius_um=nan: give a whole number"),
    ],
)
def test_radii_outside_the_domain_are_refused(
    trained: tuple[Surrogate, Path], radius: float, extrapolate: bool, message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        trained[0].predict(radius, PULSES, extrapolate=extrapolate)
    assert "\n" not in str(caught.value)
    assert np.isfinite(trained[0].predict(120, PULSES, extrapolate=True)).all()


def test_parameters_outside_the_domain_are_refused(trained: tuple[Surrogate, Path]) -> None:
    with pytest.raises(UserError, match=r"tnf_concentration=0\.01: the surrogate was trained on"):
        trained[0].predict(70, [[300.0, 60.0, 0.01]])
    # Its logarithm is that of the lowest concentration trained on.
    assert np.isfinite(trained[0].predict(70, [[300.0, 60.0, 0.0]], extrapolate=True)).all()


def test_a_surrogate_of_one_radius_knows_no_other(tmp_path: Path) -> None:
    config = CONFIG.model_copy(
        update={"theraflow": TheraflowArchitectureConfig(hidden_size=8, epochs=1)}
    )
    surrogate = train_surrogate(FRAME, 50, config, 1, tmp_path)
    with pytest.raises(UserError, match="tumor_radius_um=70: the surrogate is that of 50 um"):
        surrogate.predict([50, 70, 50], PULSES, extrapolate=True)


def test_both_kinds_of_surrogates_are_tested_on_the_same_simulations(
    trained: tuple[Surrogate, Path],
) -> None:
    stored = read_split(trained[1])
    for part in ("training", "validation", "test"):
        of_radii = []
        for radius in RADII:
            of_radius = trajectories_of_radius(FRAME, radius)
            of_part = getattr(split_of(of_radius, SPLIT, seed=1), part)
            of_radii += of_radius.simulation_ids[of_part].tolist()
        assert set(getattr(stored, part)) == set(of_radii)


def test_drawn_radii_are_divided_together_by_point() -> None:
    drawn = pd.concat(
        [toy_frame((radius,), points=1, replicates=2, seed=radius) for radius in range(60, 90)]
    )
    simulations = trajectories(pd.concat([FRAME, drawn]))
    split = split_every_radius(simulations, RADII, SPLIT, seed=1)
    own_only = split_every_radius(trajectories(FRAME), RADII, SPLIT, seed=1)
    for part, points in (("training", 21), ("validation", 3), ("test", 6)):
        chosen = simulations.subset(getattr(split, part))
        is_drawn = ~np.isin(chosen.tumor_radii_um, RADII)
        assert is_drawn.sum() == 2 * points
        assert len(set(chosen.tumor_radii_um[is_drawn])) == points
        own = trajectories(FRAME).subset(getattr(own_only, part))
        assert set(own.simulation_ids) == set(chosen.simulation_ids[~is_drawn])


def test_a_drawn_simulation_that_failed_moves_no_other_point() -> None:
    drawn = pd.concat([toy_frame((radius,), points=1, seed=radius) for radius in range(60, 90)])
    of_drawn = trajectories(drawn)
    drawn_design = np.column_stack([of_drawn.tumor_radii_um, of_drawn.parameters])

    def parts(frame: pd.DataFrame) -> dict[str, set[str]]:
        simulations = trajectories(frame)
        split = split_every_radius(simulations, (), SPLIT, seed=1, drawn_design=drawn_design)
        return {
            part: set(simulations.simulation_ids[getattr(split, part)])
            for part in ("training", "validation", "test")
        }

    complete, incomplete = parts(drawn), parts(drawn[drawn.tumor_radius_um != 75])
    failed = of_drawn.simulation_ids[of_drawn.tumor_radii_um == 75].item()
    assert incomplete == {part: ids - {failed} for part, ids in complete.items()}


def test_a_drawn_radius_that_is_another_s_own_moves_none_of_its_points() -> None:
    own = trajectories(FRAME)
    design = np.unique(own.parameters, axis=0)
    stranger = toy_frame((50,), points=30, seed=9)
    both = trajectories(pd.concat([FRAME, stranger]))
    test = split_every_radius(both, RADII, SPLIT, seed=1, design=design).test
    test_ids = set(both.simulation_ids[test])
    of_own = set(own.simulation_ids[split_every_radius(own, RADII, SPLIT, 1, design=design).test])
    assert test_ids & set(own.simulation_ids) == of_own
    assert len(test_ids - of_own) == 6


def test_every_radius_weighs_alike_in_the_loss() -> None:
    cells = torch.tensor([100.0, 10_000.0])
    counts = torch.zeros(2, 3, 3)
    counts[:, :, 0] = cells[:, None]
    errors = {}
    for radius in (0, 1):
        predictions = counts.clone()
        # One standard deviation of Poisson noise.
        predictions[radius, 1:, 0] += cells[radius].sqrt()
        errors[radius] = noise_weighted_error(predictions, counts).item()
    assert errors[0] == pytest.approx(errors[1], rel=1e-4)


def test_evaluation_has_the_errors_of_every_radius(trained: tuple[Surrogate, Path]) -> None:
    surrogate, directory = trained
    evaluation = evaluate_surrogate(surrogate, read_split(directory), FRAME)
    assert evaluation.errors.groupby("tumor_radius_um").size().to_dict() == {50: 24, 100: 24}
    assert set(evaluation.predictions.simulation_id) == set(read_split(directory).test)
    at_100 = evaluation.predictions.query("tumor_radius_um == 100 and time_min == 720")
    types = ["alive", "apoptotic", "necrotic"]
    errors = sum((at_100[name] - at_100[f"predicted_{name}"]).abs() for name in types)
    row = evaluation.errors.query("tumor_radius_um == 100 and time_min == 720").iloc[0]
    expected = (100 * errors / at_100[types].sum(axis=1)).mean()
    assert row.relative_error_percent == pytest.approx(expected)
    with pytest.raises(UserError, match="general surrogate: the surrogate was trained on other"):
        evaluate_surrogate(surrogate, read_split(directory), toy_frame(radii=RADII, seed=1))


def test_benchmark_tests_a_radius_that_was_left_out(tmp_path: Path) -> None:
    frame = toy_frame(radii=(50, 70, 100), points=30)

    def benchmark(name: str, left_out_um: tuple[int, ...]):
        return benchmark_general_surrogate(
            frame,
            CONFIG,
            TimingConfig(inference_batch_size=20, repeats=2),
            splits=1,
            workers=1,
            output_dir=tmp_path / name,
            left_out_um=left_out_um,
        )

    left_out = benchmark("left_out", (70,))
    assert list(left_out.runs.tumor_radius_um) == [50, 70, 100]
    trained_on = load_surrogate(tmp_path / "left_out/split_0/general").card
    assert trained_on.tumor_radii_um == (50, 100)
    assert trained_on.data.simulations == 60
    assert "general, trained without 70" in left_out.markdown()
    # One network serves all radii: its time counts once.
    cpu_s = trained_on.training.cpu_s
    assert f"| {cpu_s:.0f} in all " in left_out.markdown()
    with pytest.raises(UserError, match="--leave-out 80: the data set has 50, 70, 100"):
        benchmark("unknown", (80,))
    with pytest.raises(UserError, match="no radius is left"):
        benchmark("none", (50, 70, 100))


def test_benchmark_command_trains_what_it_is_told(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    toy_frame(radii=(50, 70, 100), points=30).to_parquet(tmp_path / "frame.parquet")
    arguments = ["benchmark-surrogates", "--dataset", str(tmp_path / "frame.parquet")]
    arguments += ["--leave-out", "70", "--splits", "1", "--workers", "1", "--epochs", "3"]
    with pytest.raises(UserError, match="only architecture general"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    out = ["--architecture", "general", "--out", str(tmp_path / "out")]
    CliRunner().invoke(app, [*arguments, *out], catch_exceptions=False)
    card = load_surrogate(tmp_path / "out/split_0/general").card
    assert (card.training.epochs, card.tumor_radii_um) == (3, (50, 100))
    assert card.settings.hidden_size == GeneralArchitectureConfig().hidden_size


def test_predict_asks_for_the_radius(trained: tuple[Surrogate, Path]) -> None:
    app = typer.Typer()
    register(app)
    asked = ["--period", "300", "--duration", "60", "--concentration", "0.5"]
    arguments = ["predict", "--surrogate", str(trained[1]), *asked]
    with pytest.raises(UserError, match="give --radius"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    result = CliRunner().invoke(app, [*arguments, "--radius", "70"], catch_exceptions=False)
    last = [float(number) for number in result.stdout.splitlines()[-1].split()[1:]]
    assert last == trained[0].predict(70, PULSES[:1])[0, -1].tolist()
