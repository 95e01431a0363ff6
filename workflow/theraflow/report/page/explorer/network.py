"""The general surrogate and its ensemble as data, for a script to predict with."""

from typing import TYPE_CHECKING, Any, Final

from theraflow.config.tnf.ranges import TUMOR_RADIUS_RANGE_UM
from theraflow.report.page.explorer.widget import packed

if TYPE_CHECKING:
    from theraflow.tnf.surrogate.networks.general import GeneralNetwork
    from theraflow.tnf.surrogate.uncertainty.calibration import Calibration
    from theraflow.tnf.surrogate.uncertainty.ensemble import CalibratedSurrogate

_PREFERRED_LEVEL: Final = 0.95
# Of weights, so that the page stays small: five members of the default width have 0.6 MB.
_LARGEST_ENSEMBLE_BYTES: Final = 1_500_000


def network_data(network: "GeneralNetwork") -> dict[str, Any]:
    """Return the weights (base64 of 32-bit floats, by name) and constants of a network."""
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return {
        "hours": network.hours,
        "lowest_radius_um": TUMOR_RADIUS_RANGE_UM[0],
        "hidden_size": network.lstm.hidden_size,
        "feature_min": network.feature_min.flatten().tolist(),
        "feature_span": network.feature_span.flatten().tolist(),
        "lowest_concentration": float(network.lowest_concentration),
        "count_span": network.count_span.tolist(),
        "weights": {name: packed(values, "<f4") for name, values in weights.items()},
    }


def ensemble_data(surrogate: "CalibratedSurrogate") -> dict[str, Any] | None:
    """Return the members and what makes intervals of one simulation of their predictions.

    None where the members are too large for a page.
    """
    networks = surrogate.ensemble.networks
    size = sum(values.nbytes for each in networks for values in each.state_dict().values())
    if size > _LARGEST_ENSEMBLE_BYTES:
        return None
    return {
        "members": [network_data(network) for network in networks],
        **_quantiles(surrogate.calibration),
    }


def _quantiles(calibration: "Calibration") -> dict[str, Any]:
    levels = calibration.levels
    level = _PREFERRED_LEVEL if _PREFERRED_LEVEL in levels else levels[-1]
    quantiles = calibration.residuals[levels.index(level)]
    return {
        "level": level,
        "radii_um": calibration.tumor_radii_um,
        "lower": quantiles.lower,
        "upper": quantiles.upper,
    }
