"""What kind of content a file has, by its name: the media types of crates and data packages."""

from pathlib import PurePath
from typing import Final

_MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".omex": "application/zip",
    ".onnx": "application/octet-stream",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".safetensors": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".xml": "application/sbml+xml",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
}


def media_type(name: str) -> str:
    """Tell the media type of a file by the end of its name; plain text where it is none of ours."""
    return _MEDIA_TYPES.get(PurePath(name).suffix, "text/plain")
