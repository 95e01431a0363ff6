"""What retrains surrogates: code that decides weights, not what words or stores them."""

from theraflow.core.fingerprints import PACKAGE_FOLDER, THERAFLOW
from theraflow.tnf.surrogate.training.fingerprint import (
    GENERAL_TRAINING_MODULE,
    TRAINING_MODULE,
)

SURROGATE = "tnf/surrogate"
DECIDING = {
    f"{SURROGATE}/networks/architectures.py",
    f"{SURROGATE}/networks/losses.py",
    f"{SURROGATE}/networks/one_cycle.py",
    f"{SURROGATE}/networks/paper.py",
    f"{SURROGATE}/networks/pulses.py",
    f"{SURROGATE}/networks/recipe.py",
    f"{SURROGATE}/networks/scaling.py",
    f"{SURROGATE}/networks/theraflow.py",
    f"{SURROGATE}/training/checkpoint.py",
    f"{SURROGATE}/training/device.py",
    f"{SURROGATE}/training/epochs.py",
    f"{SURROGATE}/training/fingerprint.py",
    f"{SURROGATE}/training/split.py",
    f"{SURROGATE}/training/train.py",
    "tnf/simulation.py",
    "tnf/trajectories/arrays.py",
}


OF_THE_GENERAL_ONE = {
    f"{SURROGATE}/networks/general.py",
    f"{SURROGATE}/networks/initial_cells.py",
    f"{SURROGATE}/training/general.py",
    "tnf/model/packing.py",
}
OF_SEPARATE_ONES = {
    f"{SURROGATE}/networks/architectures.py",
    f"{SURROGATE}/networks/paper.py",
    f"{SURROGATE}/networks/theraflow.py",
    f"{SURROGATE}/training/train.py",
}


def test_the_training_s_fingerprint_holds_what_decides_weights() -> None:
    assert THERAFLOW.deciding_files(TRAINING_MODULE) == DECIDING


def test_the_general_surrogate_and_separate_ones_do_not_retrain_each_other() -> None:
    hashed = THERAFLOW.deciding_files(GENERAL_TRAINING_MODULE)
    assert hashed == DECIDING - OF_SEPARATE_ONES | OF_THE_GENERAL_ONE


def test_words_of_an_error_and_the_export_do_not_retrain() -> None:
    hashed = THERAFLOW.deciding_files(TRAINING_MODULE)
    for stranger in (
        "card.py",
        "export.py",
        "prediction.py",
        "prediction_table.py",
        "split_file.py",
        "training/surrogate.py",
        "evaluation/accuracy.py",
    ):
        assert (PACKAGE_FOLDER / SURROGATE / stranger).is_file()
        assert f"{SURROGATE}/{stranger}" not in hashed


def test_the_export_depends_on_no_code_of_the_training() -> None:
    hashed = THERAFLOW.deciding_files("theraflow.tnf.surrogate.export")
    assert hashed == {f"{SURROGATE}/export.py"}
