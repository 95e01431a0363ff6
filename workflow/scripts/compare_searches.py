"""Compare all searches: every table of the comparison, as Parquet and CSV."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.files import atomic_path
from theraflow.core.parquet import read_frames, write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.comparison.report_tables import comparison_tables
from theraflow.crc.search.files import read_spent

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    problems = {number: Path(file) for number, file in enumerate(snakemake.input.problems, start=1)}
    tables = comparison_tables(
        read_frames(snakemake.input.improvements),
        read_spent(snakemake.input.results),
        problems,
        config,
    )
    made_by = provenance({"config": config.model_dump(mode="json")}, ("python-copasi", "scipy"))
    folder = Path(snakemake.output[0]).parent
    for name, table in tables.items():
        write_frame(table, folder / f"{name}.parquet", made_by)
        with atomic_path(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
