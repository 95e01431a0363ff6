"""Compare all searches: every table of the comparison, as Parquet and CSV."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.columns import expanded
from theraflow.core.files import atomic_path
from theraflow.core.parquet import write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.comparison.comparison import compare_searches
from theraflow.crc.comparison.searches import read_searches
from theraflow.crc.search.files import read_spent
from theraflow.crc.tables import COMPARISON_TABLES

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    problems = {number: Path(file) for number, file in enumerate(snakemake.input.problems, start=1)}
    frames = compare_searches(
        read_searches(snakemake.input.improvements, config.therapy),
        read_spent(snakemake.input.results),
        problems,
        config.comparison,
        config.therapy,
        config.search.search_solver,
    )
    made_by = provenance({"config": config.model_dump(mode="json")}, ("python-copasi", "scipy"))
    folder = Path(snakemake.output[0]).parent
    for name, frame in frames.items():
        schema = expanded(COMPARISON_TABLES[name], frame.columns)
        write_frame(frame, folder / f"{name}.parquet", made_by, schema)
        with atomic_path(folder / f"{name}.csv") as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")
