"""The registry: what it refuses, and that planning pays for none of the libraries."""

import subprocess
import sys

import pytest

from theraflow.core.errors import UserError
from theraflow.search.methods.registry import all_methods, choose


def test_unknown_methods_and_settings_are_refused_with_the_nearest():
    with pytest.raises(UserError, match=r"search method is called sobel; did you mean sobol\?"):
        choose("sobel")
    with pytest.raises(UserError, match=r"called x; there are .*random, "):
        choose("x")
    with pytest.raises(UserError, match="random has no setting size; it has none"):
        choose("random", {"size": 1})


def test_knowing_the_methods_imports_none_of_their_libraries():
    program = (
        "import sys\n"
        "from theraflow.search import run\n"
        "from theraflow.search.methods.registry import all_methods\n"
        "[method.settings for method in all_methods().values()]\n"
        "print({'scipy', 'pymoo', 'cma', 'optuna', 'torch', 'pandas', 'moocore', 'greenlet'}"
        " & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert run.stdout.strip() == "set()"


def test_every_method_tells_what_it_is():
    for name, method in all_methods().items():
        assert method.name == name
        assert method.meaning
        assert choose(name).library.startswith(f"{method.library} ")
        for setting in method.settings.model_fields.values():
            assert setting.description


def test_the_code_of_a_method_is_that_of_its_file_and_of_what_leads_it():
    codes = {name: choose(name).code for name in all_methods()}
    assert codes["random"] == codes["sobol"]
    assert codes["tpe"] == codes["gp"]
    assert len({codes[name] for name in ("random", "tpe", "ga", "cma-es", "nelder-mead")}) == 5
