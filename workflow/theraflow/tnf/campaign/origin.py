"""What a data set of trajectories is made by, for the metadata of its tables."""

from typing import Any

from theraflow.config.study import StudyConfig
from theraflow.core.provenance import provenance
from theraflow.tnf.engine.fingerprint import engine_provenance


def dataset_provenance(study: StudyConfig) -> dict[str, Any]:
    """Describe what a data set is made by: config, engine, versions and git commit."""
    content = {"config": study.model_dump(mode="json"), **engine_provenance(study.tnf.engine)}
    return provenance(content, ("numba", "numpy"))
