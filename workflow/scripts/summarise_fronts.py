"""Join the fronts of all patients, and summarise them."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.columns import expanded
from theraflow.core.files import atomic_path
from theraflow.core.parquet import read_frames, write_frame
from theraflow.core.provenance import provenance
from theraflow.core.script import logged_to
from theraflow.crc.comparison.fronts.summary import summarise_fronts
from theraflow.crc.comparison.fronts.tables import FRONT_TABLES

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    fronts = read_frames(snakemake.input.fronts)
    frames = {"fronts": fronts, "front_summary": summarise_fronts(fronts)}
    made_by = provenance({"config": config.model_dump(mode="json")}, ("moocore",))
    folder = Path(snakemake.output[0]).parent
    for name, schema in FRONT_TABLES.items():
        frame = frames[name]
        write_frame(frame, folder / f"{name}.parquet", made_by, expanded(schema, frame.columns))
        with atomic_path(folder / f"{name}.csv") as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")
