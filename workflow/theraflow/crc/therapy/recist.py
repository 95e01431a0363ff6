"""Response classes of one tumour (RECIST), by the paper's reading and by that of RECIST 1.1."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from theraflow.config.crc.comparison import ComparisonConfig


class Response(StrEnum):
    """Complete response, partial response, stable disease, progressive disease."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    PD = "PD"


class Reading(StrEnum):
    """What a diameter is compared with; the values are those of ``response_reading``."""

    FINAL_DIAMETER = "final_diameter"
    RECIST_1_1 = "recist_1_1"


def response_at_horizon(
    diameter_mm: NDArray[np.float64], reading: Reading, config: ComparisonConfig
) -> Response:
    """Return the response at the end of a course, from its diameters of shape (times,).

    The first diameter is the baseline, that at therapy start. A complete response is a tumour below
    10 mm, as in the paper. By ``FINAL_DIAMETER`` (Esposito and Picchiami 2021, section 6) partial
    response and progression are judged against the baseline. By ``RECIST_1_1`` (Eisenhauer et al.
    2009) progression is judged against the nadir, the smallest diameter so far, and must be 5 mm at
    least; it takes precedence over a partial response. This is the response at one time, neither
    the best overall response nor a confirmed one.
    """
    baseline_mm, end_mm = float(diameter_mm[0]), float(diameter_mm[-1])
    if end_mm < config.complete_response_diameter_mm:
        return Response.CR
    if reading is Reading.FINAL_DIAMETER:
        progressed = _growth_percent(baseline_mm, end_mm) > config.progression_percent
    else:
        nadir_mm = float(diameter_mm.min())
        progressed = (
            _growth_percent(nadir_mm, end_mm) >= config.progression_percent
            and end_mm - nadir_mm >= config.progression_growth_mm
        )
    if progressed:
        return Response.PD
    if _growth_percent(baseline_mm, end_mm) <= -config.partial_response_percent:
        return Response.PR
    return Response.SD


def _growth_percent(before_mm: float, after_mm: float) -> float:
    return 100 * (after_mm - before_mm) / before_mm
