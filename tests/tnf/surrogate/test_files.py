import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
from support.surrogate_frames import split_of, toy_frame

from theraflow.config.tnf.surrogates import (
    PaperArchitectureConfig,
    SplitConfig,
    SurrogatesConfig,
    TheraflowArchitectureConfig,
)
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_table
from theraflow.tnf import tables
from theraflow.tnf.surrogate.card import CARD_NAME
from theraflow.tnf.surrogate.export import export_onnx
from theraflow.tnf.surrogate.prediction import WEIGHTS_NAME, Surrogate, load_surrogate
from theraflow.tnf.surrogate.split_file import SPLIT_NAME, read_split
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.trajectories.arrays import trajectories_of_radius

SPLIT = SplitConfig(validation_fraction=0.1, test_fraction=0.2)
CONFIGS = {
    "theraflow": SurrogatesConfig(
        device="cpu", split=SPLIT, theraflow=TheraflowArchitectureConfig(hidden_size=12, epochs=4)
    ),
    "paper": SurrogatesConfig(
        architecture="paper",
        device="cpu",
        split=SPLIT,
        paper=PaperArchitectureConfig(latent_size=12, epochs=2, learning_rate=1e-3),
    ),
}


@pytest.fixture(scope="module", params=["theraflow", "paper"])
def trained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Surrogate, Path]:
    directory = tmp_path_factory.mktemp(request.param)
    return train_surrogate(toy_frame(), 50, CONFIGS[request.param], 1, directory), directory


@pytest.fixture
def copy(trained: tuple[Surrogate, Path], tmp_path: Path) -> Path:
    for file in trained[1].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def parameters(number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    period = rng.uniform(210, 600, number)
    return np.stack([period, rng.uniform(20, 150, number), rng.uniform(0.3, 0.9, number)], axis=1)


def network_output(surrogate: Surrogate, asked: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return surrogate.network(torch.tensor(asked, dtype=torch.float32)).numpy()


def test_loaded_surrogate_predicts_as_the_trained_one(trained: tuple[Surrogate, Path]) -> None:
    surrogate, directory = trained
    loaded = load_surrogate(directory)
    assert loaded.card == surrogate.card
    np.testing.assert_array_equal(
        loaded.predict(50, parameters(7)), surrogate.predict(50, parameters(7))
    )


@pytest.mark.parametrize("batch", [1, 7])
def test_onnx_made_of_the_files_predicts_as_torch_at_any_batch_size(
    trained: tuple[Surrogate, Path], batch: int, tmp_path: Path
) -> None:
    surrogate, directory = trained
    loaded = load_surrogate(directory)
    export_onnx(loaded.network, loaded.example_inputs, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (counts,) = session.run(["counts"], {"parameters": parameters(batch).astype(np.float32)})
    assert counts.shape == (batch, 25, 3)
    unrounded = network_output(surrogate, parameters(batch))
    np.testing.assert_allclose(counts, unrounded, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(np.round(unrounded), surrogate.predict(50, parameters(batch)))


def test_stored_split_names_the_simulations_of_each_part(trained: tuple[Surrogate, Path]) -> None:
    surrogate, directory = trained
    trajectories = trajectories_of_radius(toy_frame(), 50)
    parts, stored = split_of(trajectories, SPLIT, seed=1), read_split(directory)
    for part in ("training", "validation", "test"):
        expected = trajectories.simulation_ids[getattr(parts, part)]
        assert list(getattr(stored, part)) == list(expected)
        assert len(expected) == getattr(surrogate.card.data, f"{part}_simulations")
    assert stored.content_hash == surrogate.card.data.split_hash
    assert read_table(directory / SPLIT_NAME, None, "").schema.equals(tables.SPLIT_SCHEMA)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.unlink(), "no such file; train the surrogate again"),
        (lambda file: file.write_bytes(file.read_bytes()[:50]), "damaged"),
        (
            lambda file: pd.DataFrame({"simulation_id": ["a"], "part": ["exam"]}).to_parquet(file),
            "no part 'exam'",
        ),
    ],
)
def test_unusable_split_is_named(
    copy: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(copy / SPLIT_NAME)
    with pytest.raises(UserError, match=rf"{SPLIT_NAME}: .*{message}"):
        read_split(copy)


def test_trajectories_start_from_the_initial_counts_and_stay_non_negative(
    trained: tuple[Surrogate, Path],
) -> None:
    predicted = trained[0].predict(50, parameters(50))
    np.testing.assert_allclose(predicted[:, 0], [[50, 0, 0]] * 50, atol=1e-4)
    assert (predicted >= 0).all()


def test_predictions_depend_on_every_parameter(trained: tuple[Surrogate, Path]) -> None:
    base = np.array([[300.0, 60.0, 0.5]])
    for column, value in enumerate([400.0, 100.0, 0.9]):
        changed = base.copy()
        changed[0, column] = value
        difference = network_output(trained[0], changed) - network_output(trained[0], base)
        assert np.abs(difference).max() > 1e-4


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ([2000.0, 60.0, 0.5], "pulse_period_min=2000: the surrogate was trained on"),
        ([300.0, 250.0, 0.5], "pulse_duration_min=250: the surrogate was trained on"),
        ([300.0, 60.0, 0.01], r"tnf_concentration=0\.01: the surrogate was trained on"),
    ],
)
def test_outside_the_domain_needs_leave(
    trained: tuple[Surrogate, Path], asked: list[float], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        trained[0].predict(50, [[300.0, 60.0, 0.5], asked])
    assert np.isfinite(trained[0].predict(50, [asked], extrapolate=True)).all()


@pytest.mark.parametrize(
    "asked", [[100.0, 120.0, 0.5], [300.0, 0.0, 0.5], [300.0, 60.0, -1.0], [np.nan, 60.0, 0.5]]
)
def test_impossible_treatments_are_refused_even_when_extrapolating(
    trained: tuple[Surrogate, Path], asked: list[float]
) -> None:
    with pytest.raises(UserError, match="give 0 < duration <= period"):
        trained[0].predict(50, [asked], extrapolate=True)


def test_missing_surrogate_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no surrogate here"):
        load_surrogate(tmp_path)


def test_card_whose_settings_are_of_another_architecture_is_refused(copy: Path) -> None:
    card = json.loads((copy / CARD_NAME).read_text())
    card["architecture"] = "paper" if card["architecture"] == "theraflow" else "theraflow"
    (copy / CARD_NAME).write_text(json.dumps(card))
    with pytest.raises(UserError, match=f"{CARD_NAME}: damaged"):
        load_surrogate(copy)


@pytest.mark.parametrize("name", [CARD_NAME, WEIGHTS_NAME])
def test_truncated_file_is_named(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=f"{name}: damaged"):
        load_surrogate(copy)


def test_missing_weights_are_named(copy: Path) -> None:
    (copy / WEIGHTS_NAME).unlink()
    with pytest.raises(UserError, match=f"{WEIGHTS_NAME}: missing"):
        load_surrogate(copy)


class Exploit:
    """Touches a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.file,)


def test_weights_that_are_a_pickle_are_refused_and_run_nothing(copy: Path, tmp_path: Path) -> None:
    torch.save({"weights": Exploit(tmp_path / "executed")}, copy / WEIGHTS_NAME)
    with pytest.raises(UserError, match="damaged, or of another surrogate"):
        load_surrogate(copy)
    assert not (tmp_path / "executed").exists()


def test_weights_of_another_surrogate_are_refused(
    copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    config = SurrogatesConfig(
        device="cpu", split=SPLIT, theraflow=TheraflowArchitectureConfig(hidden_size=8, epochs=1)
    )
    train_surrogate(toy_frame(), 50, config, 1, other)
    (copy / WEIGHTS_NAME).write_bytes((other / WEIGHTS_NAME).read_bytes())
    with pytest.raises(UserError, match="damaged, or of another surrogate"):
        load_surrogate(copy)
