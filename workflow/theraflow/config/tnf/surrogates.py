"""Config of the surrogates: which architecture, how it is trained, on which part of the data."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from theraflow.config.base import Section, WholeNumber, setting

IntervalLevel = Annotated[float, Field(gt=0, lt=1)]


class SplitConfig(Section):
    """How the parameter points of one radius are divided; what remains is for training."""

    validation_fraction: float = setting(
        "share of the parameter points that steer the training", default=0.06, gt=0, lt=1
    )
    test_fraction: float = setting(
        "share of the parameter points that only the evaluation sees; 0 is the paper's two-way "
        "split, evaluated on its validation points (there with validation_fraction 0.12)",
        default=0.12,
        ge=0,
        lt=1,
    )

    @model_validator(mode="after")
    def _leave_points_for_training(self) -> Self:
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError("validation_fraction + test_fraction must stay below 1")
        return self


class PaperArchitectureConfig(Section):
    """The LSTM of the paper (doi 10.1109/BIBM62325.2024.10822769) as its authors ran it."""

    latent_size: WholeNumber = setting("width of the LSTM's state", default=1000, ge=1)
    encoder_layers: WholeNumber = setting("linear layers of the encoder", default=2, ge=1)
    decoder_layers: WholeNumber = setting("linear layers of the decoder", default=2, ge=1)
    dropout: float = setting("share of the recurrent state dropped", default=0.2, ge=0, lt=1)
    epochs: WholeNumber = setting("passes over the training data", default=3000, ge=1)
    batch_size: WholeNumber = setting("simulations in a training batch", default=229, ge=1)
    validation_batch_size: WholeNumber = setting(
        "simulations in a validation batch", default=73, ge=1
    )
    learning_rate: float = setting("initial learning rate of RMSProp", default=1e-6, gt=0)
    plateau_patience_epochs: WholeNumber = setting(
        "epochs without a better validation loss before the learning rate falls",
        unit="epochs",
        default=25,
        ge=0,
    )
    plateau_factor: float = setting(
        "factor by which the learning rate falls", default=0.1, gt=0, lt=1
    )


class OneCycleConfig(Section):
    """The settings of an LSTM that one cycle of the learning rate trains."""

    hidden_size: WholeNumber = setting("width of the LSTM's state", default=96, ge=1)
    epochs: WholeNumber = setting("passes over the training data", default=120, ge=1)
    batch_size: WholeNumber = setting("simulations in a training batch", default=64, ge=1)
    learning_rate: float = setting(
        "peak learning rate of the one-cycle schedule", default=8e-3, gt=0
    )
    weight_decay: float = setting("weight decay of AdamW", default=1e-2, ge=0)


class TheraflowArchitectureConfig(OneCycleConfig):
    """The smaller LSTM of this package: residual, trained free running on the metric."""


class GeneralArchitectureConfig(OneCycleConfig):
    """The LSTM for every tumour radius: as architecture theraflow, with the radius as an input."""

    hidden_size: WholeNumber = setting("width of the LSTM's state", default=128, ge=1)
    epochs: WholeNumber = setting("passes over the training data", default=80, ge=1)
    batch_size: WholeNumber = setting("simulations in a training batch", default=128, ge=1)


class UncertaintyConfig(GeneralArchitectureConfig):
    """An ensemble of small networks of architecture general, which also predict their errors."""

    members: WholeNumber = setting("networks of the ensemble", default=5, ge=2, le=100)
    hidden_size: WholeNumber = setting("width of a member's state", default=64, ge=1)
    epochs: WholeNumber = setting("passes of a member over the training data", default=40, ge=1)
    batch_size: WholeNumber = setting("simulations in a training batch", default=64, ge=1)
    levels: tuple[IntervalLevel, ...] = setting(
        "shares of simulations that intervals are to hold", default=(0.8, 0.95), min_length=1
    )


class SurrogatesConfig(Section):
    """One surrogate per tumour radius, and one for every radius."""

    architecture: Literal["theraflow", "paper"] = setting(
        "architecture to train for each radius; its section below holds its settings",
        default="theraflow",
    )
    general_surrogate: bool = setting(
        "train one more surrogate, of architecture general, for every radius between the smallest "
        "and the largest",
        default=True,
    )
    base_seed: WholeNumber = setting(
        "seed of splits, weights and batches", default=1, ge=0, lt=2**31
    )
    threads: WholeNumber = setting("CPU threads of one training", unit="threads", default=1, ge=1)
    device: Literal["auto", "cpu", "cuda"] = setting(
        "where to train; auto takes a GPU when there is one", default="auto"
    )
    checkpoint_interval_epochs: WholeNumber = setting(
        "epochs between two checkpoints, from which a killed training goes on",
        unit="epochs",
        default=10,
        ge=1,
    )
    split: SplitConfig = setting("division of the data", default=SplitConfig())
    theraflow: TheraflowArchitectureConfig = setting(
        "settings of architecture theraflow", default=TheraflowArchitectureConfig()
    )
    paper: PaperArchitectureConfig = setting(
        "settings of architecture paper", default=PaperArchitectureConfig()
    )
    general: GeneralArchitectureConfig = setting(
        "settings of architecture general", default=GeneralArchitectureConfig()
    )
    uncertainty: UncertaintyConfig = setting(
        "intervals around the predictions of the general surrogate", default=UncertaintyConfig()
    )
