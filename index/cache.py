"""Methods whose results are kept, without keeping their object alive.

`lru_cache` over a bound method refers to the object that holds it: a circle, which only the garbage collector ends. A
snapshot that nobody serves any more is let go at once.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

Result = TypeVar("Result")


def cached(method: Callable[..., Result], size: int) -> _lru_cache_wrapper[Result]:
    """The bound method with its last `size` results, for a method of the same object to call: it is alive then."""
    function: Callable[..., Result] = method.__func__  # type: ignore[attr-defined]
    owner = weakref.ref(method.__self__)  # type: ignore[attr-defined]

    def call(*given: Any, **named: Any) -> Result:  # noqa: ANN401  # whatever the method takes
        return function(owner(), *given, **named)

    return lru_cache(maxsize=size)(call)
