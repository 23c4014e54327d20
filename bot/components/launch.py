"""Starts Rasa's command line with a log that never holds what people wrote.

Rasa logs the message's text when a turn fails, and every local variable with it. Here an entry keeps its name
and level; an exception keeps its type and where it was raised, not its words.

    python -m bot.components.launch run --model …
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

# What a structured entry may carry besides its name: nothing that could quote a message.
_KEPT = ("event", "level", "timestamp", "action_name", "policy_name", "endpoint", "status")


def where_raised(error: BaseException) -> str:
    """`ValueError at processor.py:12 in parse, …`: type and places of an exception and of what caused it."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = ", ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} in {frame.name}" for frame in frames
    )
    cause = error.__cause__ or error.__context__
    return f"{type(error).__name__} at {places}" + (f" <- {where_raised(cause)}" if cause else "")


def keep_names_only(_: object, __: str, entry: MutableMapping[str, Any]) -> dict[str, Any]:
    """The structlog processor: the entry's name and safe fields, the exception's type and place."""
    kept = {key: entry[key] for key in _KEPT if key in entry}
    error = sys.exc_info()[1] if entry.get("exc_info") else None
    return {**kept, "raised": where_raised(error)} if error else kept


def configure_structlog(log_level: int | None = None) -> None:
    """Stands in for Rasa's own set-up of structlog."""
    level = logging.WARNING if log_level is None else log_level
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            keep_names_only,
            structlog.processors.KeyValueRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


class QuietFormatter(logging.Formatter):
    """Plain log lines whose exceptions keep type and place only."""

    def formatException(self, ei: tuple[Any, Any, Any]) -> str:
        return where_raised(ei[1]) if ei and ei[1] else ""


def _quiet_handlers() -> None:
    for handler in logging.getLogger().handlers:
        handler.setFormatter(QuietFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))


def main() -> None:
    import rasa.__main__ as program

    def configure(log_level: int | None = None) -> None:
        configure_structlog(log_level)
        _quiet_handlers()

    program.configure_structlog = configure
    if "run" in sys.argv[1:2]:
        from bot.components import thrift

        thrift.install()
    program.main()


if __name__ == "__main__":
    main()
