from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
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
from theraflow.core.parquet import read_provenance
from theraflow.tnf import tables
from theraflow.tnf.surrogate.networks.paper import PaperNetwork, PaperRecipe
from theraflow.tnf.surrogate.networks.scaling import Scaling
from theraflow.tnf.surrogate.networks.theraflow import TheraflowRecipe
from theraflow.tnf.surrogate.prediction import WEIGHTS_NAME
from theraflow.tnf.surrogate.training import epochs
from theraflow.tnf.surrogate.training import train as training
from theraflow.tnf.surrogate.training.files import CHECKPOINT_NAME, HISTORY_NAME
from theraflow.tnf.surrogate.training.surrogate import train_surrogate
from theraflow.tnf.trajectories.arrays import trajectories_of_radius
from theraflow.tnf.trajectories.metrics import relative_error_percent

SPLIT = SplitConfig(validation_fraction=0.1, test_fraction=0.2)
SMALL = {
    "theraflow": SurrogatesConfig(
        device="cpu",
        split=SPLIT,
        checkpoint_interval_epochs=2,
        theraflow=TheraflowArchitectureConfig(hidden_size=16, epochs=7, batch_size=8),
    ),
    "paper": SurrogatesConfig(
        architecture="paper",
        device="cpu",
        split=SPLIT,
        checkpoint_interval_epochs=2,
        paper=PaperArchitectureConfig(
            latent_size=16, epochs=7, batch_size=8, learning_rate=1e-3, plateau_patience_epochs=0
        ),
    ),
}
RECIPES = {"theraflow": TheraflowRecipe, "paper": PaperRecipe}
ARCHITECTURES = pytest.mark.parametrize("architecture", ["theraflow", "paper"])


@dataclass(frozen=True)
class SimpleDevice:
    """What a training asks of its device beside placing tensors there."""

    type: str


on_cpu = partial(training.Samples.of, device=torch.device("cpu"))


def weights(directory: Path) -> bytes:
    return (directory / WEIGHTS_NAME).read_bytes()


@pytest.mark.parametrize(
    "config",
    [
        SurrogatesConfig(
            device="cpu",
            split=SPLIT,
            theraflow=TheraflowArchitectureConfig(hidden_size=32, epochs=60, batch_size=32),
        ),
        SurrogatesConfig(
            architecture="paper",
            device="cpu",
            split=SPLIT,
            paper=PaperArchitectureConfig(
                latent_size=64, epochs=200, batch_size=32, learning_rate=3e-3, dropout=0
            ),
        ),
    ],
    ids=["theraflow", "paper"],
)
def test_surrogate_predicts_unseen_treatments(config: SurrogatesConfig, tmp_path: Path) -> None:
    frame = toy_frame(points=160)
    surrogate = train_surrogate(frame, 50, config, seed=1, output_dir=tmp_path)
    trajectories = trajectories_of_radius(frame, 50)
    split = split_of(trajectories, SPLIT, seed=1)
    trained_on, test = (trajectories.subset(part) for part in (split.training, split.test))
    predicted = surrogate.predict(50, test.parameters, extrapolate=True)
    mean_trajectory = np.broadcast_to(trained_on.counts.mean(axis=0), test.counts.shape)
    error = relative_error_percent(test.counts, predicted).mean()
    error_of_mean = relative_error_percent(test.counts, mean_trajectory).mean()
    # The 3 % of noise on each count alone make about 2.5 %.
    assert error < 0.5 * error_of_mean
    np.testing.assert_allclose(predicted[:, 0], test.counts[:, 0], atol=1e-3)


@ARCHITECTURES
def test_same_seed_gives_the_same_bytes(architecture: str, tmp_path: Path) -> None:
    frame, config = toy_frame(), SMALL[architecture]
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train_surrogate(frame, 50, config, seed, tmp_path / name)
    assert weights(tmp_path / "a") == weights(tmp_path / "b")
    assert weights(tmp_path / "a") != weights(tmp_path / "c")


@ARCHITECTURES
def test_resumed_training_equals_an_undisturbed_one(
    architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, config = toy_frame(), SMALL[architecture]
    train_surrogate(frame, 50, config, 1, tmp_path / "undisturbed")

    recipe = RECIPES[architecture]
    epochs_done = []

    def train_until_killed(self: object) -> float:
        if len(epochs_done) == 5:
            raise KeyboardInterrupt
        epochs_done.append(1)
        return original(self)

    original = recipe.train_epoch
    with monkeypatch.context() as patched:
        patched.setattr(recipe, "train_epoch", train_until_killed)
        with pytest.raises(KeyboardInterrupt):
            train_surrogate(frame, 50, config, 1, tmp_path / "killed")
    assert (tmp_path / "killed" / CHECKPOINT_NAME).exists()
    assert not (tmp_path / "killed" / WEIGHTS_NAME).exists()

    epochs_resumed = []

    def train_and_count(self: object) -> float:
        epochs_resumed.append(1)
        return original(self)

    monkeypatch.setattr(recipe, "train_epoch", train_and_count)
    train_surrogate(frame, 50, config, 1, tmp_path / "killed")
    # Killed in epoch 6, with checkpoints every 2 of 7 epochs.
    assert len(epochs_resumed) == 3
    assert weights(tmp_path / "killed") == weights(tmp_path / "undisturbed")
    histories = [
        pd.read_parquet(tmp_path / name / HISTORY_NAME) for name in ("killed", "undisturbed")
    ]
    pd.testing.assert_frame_equal(*histories)
    assert not (tmp_path / "killed" / CHECKPOINT_NAME).exists()


def test_corrupt_checkpoint_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT_NAME).write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match=r"checkpoint\.pt.*delete it to train anew") as caught:
        train_surrogate(toy_frame(), 50, SMALL["theraflow"], 1, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("differs", ["seed", "code", "threads"])
def test_checkpoint_of_another_training_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, differs: str
) -> None:
    frame, config = toy_frame(), SMALL["theraflow"]
    other_seed = 2 if differs == "seed" else 1
    other_config = config.model_copy(update={"threads": 2} if differs == "threads" else {})
    original = TheraflowRecipe.validate

    def kill_after_first_checkpoint(self: TheraflowRecipe) -> float:
        if (tmp_path / "other" / CHECKPOINT_NAME).exists():
            raise KeyboardInterrupt
        return original(self)

    with monkeypatch.context() as patched:
        patched.setattr(TheraflowRecipe, "validate", kill_after_first_checkpoint)
        if differs == "code":
            patched.setattr(training, "training_fingerprint", lambda: "of older code")
        with pytest.raises(KeyboardInterrupt):
            train_surrogate(frame, 50, other_config, other_seed, tmp_path / "other")
    epochs_trained = []

    def train_and_count(self: TheraflowRecipe) -> float:
        epochs_trained.append(1)
        return original_epoch(self)

    original_epoch = TheraflowRecipe.train_epoch
    with monkeypatch.context() as patched:
        patched.setattr(TheraflowRecipe, "train_epoch", train_and_count)
        train_surrogate(frame, 50, config, seed=1, output_dir=tmp_path / "other")
    assert len(epochs_trained) == config.theraflow.epochs
    train_surrogate(frame, 50, config, seed=1, output_dir=tmp_path / "clean")
    assert weights(tmp_path / "other") == weights(tmp_path / "clean")


def test_scaling_and_weights_do_not_see_the_test_simulations(tmp_path: Path) -> None:
    frame, config = toy_frame(), SMALL["theraflow"]
    trajectories = trajectories_of_radius(frame, 50)
    split = split_of(trajectories, SPLIT, seed=1)
    surrogate = train_surrogate(frame, 50, config, 1, tmp_path / "a")
    assert surrogate.card.scaling == Scaling.from_training(trajectories.subset(split.training))

    tested = pd.MultiIndex.from_arrays(trajectories.parameters[split.test].T)
    of_test = pd.MultiIndex.from_frame(
        frame[["pulse_period_min", "pulse_duration_min", "tnf_concentration"]]
    ).isin(tested)
    changed = frame.copy()
    changed.loc[of_test & (frame.time_min > 0), "alive"] *= 100
    train_surrogate(changed, 50, config, 1, tmp_path / "b")
    assert of_test.sum() == 25 * len(split.test)
    assert weights(tmp_path / "a") == weights(tmp_path / "b")


def test_history_has_a_row_per_epoch_and_the_schedule_of_the_rate(tmp_path: Path) -> None:
    train_surrogate(toy_frame(), 50, SMALL["theraflow"], 1, tmp_path)
    history = pd.read_parquet(tmp_path / HISTORY_NAME)
    assert list(history.epoch) == [1, 2, 3, 4, 5, 6, 7]
    assert set(history.tumor_radius_um) == {50}
    rate = history.learning_rate
    assert rate.max() == rate[1]
    assert rate.max() > 5 * max(rate.iloc[0], rate.iloc[-1])
    assert np.isfinite(history).all(axis=None)
    assert pq.read_schema(tmp_path / HISTORY_NAME).equals(tables.HISTORY_SCHEMA)
    origin = read_provenance(tmp_path / HISTORY_NAME)
    assert origin["seed"] == 1
    assert "git_commit" in origin


def test_paper_lowers_its_rate_tenfold_when_validation_stalls(tmp_path: Path) -> None:
    paper = PaperArchitectureConfig(
        latent_size=8, epochs=9, learning_rate=1e-12, plateau_patience_epochs=2, dropout=0
    )
    config = SurrogatesConfig(architecture="paper", device="cpu", split=SPLIT, paper=paper)
    train_surrogate(toy_frame(), 50, config, 1, tmp_path)
    rates = pd.read_parquet(tmp_path / HISTORY_NAME).learning_rate
    assert rates.iloc[-1] == pytest.approx(1e-14)
    assert rates.iloc[0] == 1e-12


def test_cpu_training_holds_no_gpu(tmp_path: Path) -> None:
    training = train_surrogate(toy_frame(), 50, SMALL["theraflow"], 1, tmp_path).card.training
    assert (training.device, training.gpu_s) == ("cpu", 0)
    assert training.cpu_s > 0


def test_seconds_of_a_gpu_are_counted_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A GPU that is none: what is timed on it is told by its name alone.
    monkeypatch.setattr(epochs, "choose_device", lambda _: SimpleDevice("cuda"))
    monkeypatch.setattr(training.Samples, "of", lambda data, _: on_cpu(data))
    trained = train_surrogate(toy_frame(), 50, SMALL["theraflow"], 1, tmp_path).card.training
    assert trained.device == "cuda"
    assert trained.gpu_s == pytest.approx(trained.wall_s, rel=0.2)


def test_gpu_that_is_not_there_is_an_error_of_the_user(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(UserError, match=r"surrogates\.device=cuda"):
        train_surrogate(toy_frame(), 50, SurrogatesConfig(device="cuda"), 1, tmp_path)


def test_paper_architecture_has_the_layers_of_the_paper() -> None:
    scaling = Scaling.from_training(trajectories_of_radius(toy_frame(points=5), 50))
    network = PaperNetwork(PaperArchitectureConfig(), scaling, hours=24)
    shapes = {name: tuple(weight.shape) for name, weight in network.named_parameters()}
    assert shapes["encoder.0.weight"] == (501, 3)
    assert shapes["hidden_head.0.weight"] == shapes["cell_head.0.weight"] == (1000, 501)
    assert shapes["lstm.weight_hh_l0"] == (4000, 1000)
    assert shapes["lstm.weight_ih_l0"] == (4000, 3)
    assert shapes["decoder.0.weight"] == (501, 1000)
    assert shapes["decoder.2.weight"] == (3, 501)
