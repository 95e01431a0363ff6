"""What the tests of the page share."""

from collections.abc import Iterator
from typing import Any

import pytest
from support.browser import opened_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened_browser() as browser:
        yield browser
