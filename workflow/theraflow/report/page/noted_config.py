"""The merged config of a campaign, noted beside its results for pages made before its end.

It is read while Snakemake starts: nothing here imports what is slow.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from theraflow.core.files import write_text_atomic

CONFIG_NAME: Final = "config.yaml"


def note_config(config: Mapping[str, Any], folder: Path) -> None:
    """Note the merged config of a campaign in its folder of results, where it has changed."""
    file = folder / CONFIG_NAME
    text = yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        write_text_atomic(file, text)
