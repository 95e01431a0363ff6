"""Runs a function that calls another one aside, and stops it wherever it does."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from theraflow.search.problem import Values


def called_aside(function: Callable[[Callable[[Values], Any]], object]) -> Generator[Values, Any]:
    """Yield what ``function`` calls the function with that it is given, and is sent the answers.

    So a library that wants an objective function can be asked for its arguments instead.
    """
    from greenlet import GreenletExit, getcurrent, greenlet

    def answer(points: Values) -> Any:
        parent = getcurrent().parent
        assert parent is not None
        return parent.switch(np.array(points))

    aside: greenlet = greenlet(lambda: function(answer))
    try:
        asked = aside.switch()
        while not aside.dead:
            # Whoever asks may be run by another greenlet than before.
            sent = yield asked
            aside.parent = getcurrent()
            asked = aside.switch(sent)
    finally:
        if not aside.dead:
            aside.throw(GreenletExit)
