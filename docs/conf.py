"""The site of the documentation: `make docs`. It is built without a network."""

import os
import shutil
from pathlib import Path

from theraflow import __version__

project = "theraflow"
author = copyright = "The theraflow developers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.apidoc"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["site", "conf.py"]
html_theme = "furo"
html_title = f"theraflow {version}"

# Headings may be linked to, as on GitHub.
myst_heading_anchors = 4

apidoc_modules = [
    {
        "path": "../workflow/theraflow",
        "destination": "api",
        "module_first": True,
        "automodule_options": {"members"},
    }
]
autodoc_member_order = "bysource"

# Pages of the site that lie elsewhere in the repository, where others look for them.
_DOCS = Path(__file__).parent
_ELSEWHERE = {"config/README.md": "config.md", "README.md": "index.md"}
shutil.copyfile(_DOCS.parent / "config/README.md", _DOCS / "config.md")


def _lead_to_the_site(app, docname, source):
    """Let links to files outside of docs/ lead to the pages of the site that stand for them."""
    folder = (_DOCS / docname).parent
    for file, page in _ELSEWHERE.items():
        outside = os.path.relpath(_DOCS.parent / file, folder)
        source[0] = source[0].replace(f"]({outside}", f"]({os.path.relpath(_DOCS / page, folder)}")


def setup(app):
    """Connect what is above to Sphinx."""
    app.connect("source-read", _lead_to_the_site)
