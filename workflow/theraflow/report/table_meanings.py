"""What a row of each result file is, in a sentence: the schemas tell the columns alone."""

from collections.abc import Mapping
from typing import Final

TABLE_MEANINGS: Final[Mapping[str, str]] = {
    "tnf/dataset.parquet": "a simulated hour of a simulation, of all radii",
    "tnf/dataset.ledger.parquet": "an attempt at a simulation of the data set",
    "tnf/dataset/{tumours}.parquet": "a simulated hour of a simulation, of one radius",
    "tnf/dataset/{tumours}.ledger.parquet": "an attempt at a simulation of one radius",
    "tnf/dataset/{tumours}/{block}.parquet": "a simulated hour of a simulation, of one block",
    "tnf/dataset/{tumours}/{block}.ledger.parquet": "an attempt at a simulation of one block",
    "tnf/batches/{tumours}/{batch}.parquet": "a simulated hour of a simulation, of one job",
    "tnf/batches/{tumours}/{batch}.ledger.parquet": "an attempt at a simulation, of one job",
    "tnf/plans/{tumours}.parquet": "a simulation that is planned, and its batch",
    "tnf/noise_floor.parquet": "a simulated hour of a replicate, for the noise floor",
    "tnf/noise_floor.ledger.parquet": "an attempt at a simulation of the noise floor",
    "tnf/surrogates/radius_{radius}um/split.parquet": "a treatment, and what it is used for",
    "tnf/surrogates/radius_{radius}um/history.parquet": "an epoch of a training",
    "tnf/surrogates/general/split.parquet": "a treatment and radius, and what it is used for",
    "tnf/surrogates/general/history.parquet": "an epoch of the training for every radius",
    "tnf/evaluation/radius_{radius}um/errors.parquet": "relative errors at an hour",
    "tnf/evaluation/radius_{radius}um/cell_errors.parquet": "errors of a type of cell at an hour",
    "tnf/evaluation/radius_{radius}um/predictions.parquet": (
        "an hour of a test simulation, simulated and predicted"
    ),
    "tnf/evaluation/radius_{radius}um/timing.parquet": "times of simulation and of prediction",
    "tnf/evaluation/general/errors.parquet": (
        "relative errors of the surrogate of every radius at an hour"
    ),
    "tnf/evaluation/general/cell_errors.parquet": (
        "errors of the surrogate of every radius in a type of cell at an hour"
    ),
    "tnf/evaluation/general/predictions.parquet": (
        "an hour of a test simulation, simulated and predicted by the surrogate of every radius"
    ),
    "tnf/evaluation/general/coverage.parquet": (
        "the share of counts within the predicted intervals, at an hour"
    ),
    "tnf/evaluation/radius_{radius}um/replicate_errors.parquet": (
        "relative errors at an hour, at the points of the noise floor"
    ),
    "tnf/evaluation/radius_{radius}um/replicate_cell_errors.parquet": (
        "errors of a type of cell at an hour, at the points of the noise floor"
    ),
    "tnf/evaluation/radius_{radius}um/replicate_predictions.parquet": (
        "an hour of a replicate of the noise floor, beside the prediction"
    ),
    "tnf/evaluation/general/replicate_errors.parquet": (
        "relative errors of the general surrogate at an hour, at the points of the noise floor"
    ),
    "tnf/evaluation/general/replicate_cell_errors.parquet": (
        "errors of the general surrogate in a type of cell, at the points of the noise floor"
    ),
    "tnf/evaluation/general/replicate_predictions.parquet": (
        "an hour of a replicate of the noise floor, beside the prediction of the general surrogate"
    ),
    "tnf/evaluation/noise_floor/errors.parquet": "differences between replicates at an hour",
    "tnf/evaluation/noise_floor/cell_errors.parquet": (
        "differences between replicates in a type of cell at an hour"
    ),
    "tnf/evaluation/summary.csv": "a radius: errors, noise floor, times",
    "tnf/validation/plans/{fingerprint}.parquet": "a simulation that compared engines run",
    "tnf/validation/batches/{fingerprint}/radius_{radius}um/{batch}.parquet": (
        "a simulated hour of a simulation by one of the compared engines"
    ),
    "tnf/validation/batches/{fingerprint}/radius_{radius}um/{batch}.ledger.parquet": (
        "an attempt at a simulation by one of the compared engines"
    ),
    "tnf/validation/differences.parquet": (
        "a type of cell at a treatment and an hour, of two engines"
    ),
    "tnf/validation/biases.parquet": (
        "the mean difference of two engines in a type of cell at an hour"
    ),
    "tnf/validation/errors.parquet": (
        "errors within and between two engines at a treatment and an hour"
    ),
    "tnf/validation/excesses.parquet": "a radius: how far engines differ beyond their own noise",
    "tnf/active/round_{round}/points.parquet": "a point that a round of active learning simulates",
    "tnf/active/batches/round_{round}_{tumours}.parquet": (
        "a simulated hour of a simulation of a round"
    ),
    "tnf/active/batches/round_{round}_{tumours}.ledger.parquet": (
        "an attempt at a simulation of a round"
    ),
    "tnf/snapshots/radius_{radius}um.cells.parquet": "a cell at the time of a snapshot",
    "tnf/snapshots/radius_{radius}um.field.parquet": "a voxel at the time of a snapshot",
    "tnf/treatment/{target}/{search}-{seed}.parquet": "a treatment that a search proposes",
    "tnf/treatment/{target}/{evaluator}.verified.parquet": "a treatment, simulated anew",
    "tnf/treatment/treatments.parquet": "a treatment that a search found, and its rank",
    "tnf/treatment/treatments.csv": "a treatment that a search found, and its rank",
    "tnf/treatment/optimism.parquet": "a search: what it promised and what simulations kept",
    "tnf/treatment/optimism.csv": "a search: what it promised and what simulations kept",
    "crc/patients/batches/{batch}.candidates.parquet": "a sampled candidate, of one job",
    "crc/patients/batches/{batch}.parquet": "a candidate after its growth, of one job",
    "crc/patients/batches/{batch}.ledger.parquet": "an attempt at a growth, of one job",
    "crc/patients/patients.parquet": "a virtual patient: a candidate that grew a tumour",
    "crc/patients/selected.parquet": "a virtual patient for whom therapies are searched",
    "crc/patients/outcomes.csv": "a way in which candidates end, and their number",
    "crc/patients/responder_classes.csv": "a definition of responders, and what it selects",
    "crc/patients/rejected.csv": "a candidate that was rejected, and why",
    "crc/patients/confirmations.parquet": "a selected patient, grown once more by COPASI",
    "crc/patients/confirmations.ledger.parquet": "an attempt at such a growth",
    "crc/searches/{subject}/{algorithm}-{seed}.parquet": (
        "an improvement of the best therapy during a search"
    ),
    "crc/searches/{subject}/{algorithm}-{seed}.front.parquet": (
        "a therapy on the front of a search: no other is better in inefficacy and drugs"
    ),
    "crc/searches/{subject}/{algorithm}-{seed}.ledger.parquet": "an attempt at a search",
    "crc/comparison/searches.parquet": "a search, and how it ended",
    "crc/comparison/best_therapies.parquet": "the best therapy of a search",
    "crc/comparison/compared_therapies.parquet": (
        "the therapy of an algorithm and seed for a patient, at the largest common budget"
    ),
    "crc/comparison/regret.parquet": "a search, against the best therapy known of its patient",
    "crc/comparison/weekly_doses.parquet": "a week of a therapy",
    "crc/comparison/courses.parquet": "a day of a tumour under a therapy",
    "crc/comparison/patient_responses.parquet": "a patient's response to a therapy",
    "crc/comparison/responses.parquet": "a therapy: patients in every class of response",
    "crc/comparison/summary.parquet": "an algorithm: quality and drugs of its therapies",
    "crc/comparison/best_so_far.parquet": "a point of the progress of an algorithm's searches",
    "crc/comparison/run_time_distribution.parquet": (
        "the share of targets that an algorithm reached within a budget"
    ),
    "crc/comparison/expected_run_times.parquet": "what an algorithm needs to reach a target",
    "crc/comparison/pairs.parquet": "two algorithms, compared patient by patient",
    "crc/comparison/winners.parquet": "how often an algorithm found the best therapy",
    "crc/fronts/patient_{patient}.parquet": "a therapy on the merged front of a patient",
    "crc/fronts/courses/patient_{patient}.parquet": (
        "a day of a tumour under a verified therapy of its front"
    ),
    "crc/fronts/doses/patient_{patient}.parquet": "a week of a verified therapy of a front",
    "crc/fronts/fronts.parquet": "a therapy on the merged front of any patient",
    "crc/fronts/front_summary.parquet": "a patient, or all of them: what the front offers",
    "crc/fronts/attainment.parquet": (
        "a corner of what a share of the patients can have, of few drugs and a low inefficacy"
    ),
    "crc/regimens/regimens.parquet": "a patient under a regimen made for many",
    "crc/regimens/regimen_summary.parquet": "a regimen made for many, over all patients",
    "crc/regimens/regimen_doses.parquet": "a week of a regimen made for many",
}
