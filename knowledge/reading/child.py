"""The process that parses: takes tasks as JSON lines, answers with steps, pages, tables, then `done` or `bad`.

Started by knowledge.reading.sandbox and by nobody else. Bounds are set here, before anything of a file is read:
address space for its whole life, computing time for each step. It leaves by itself when idle for two minutes.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from knowledge.errors import BadFile
from knowledge.reading.limits import Limits, OcrMode
from knowledge.reading.pages import Page, Table
from knowledge.reading.task import Found, Reader, Step, Task

Find = Callable[[str], Reader]
_NO_MEMORY = ("memory", "Memory", "bad_alloc", "failed to map")
IDLE = 120.0  # seconds
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # linux/sched.h: CLONE_NEWNET, CLONE_NEWUSER


_MODULES = {
    "docx": "docx",
    "html": "html",
    "image": "images",
    "json": "plain",
    "jsonl": "plain",
    "pdf": "pdf",
    "text": "plain",
    "xlsx": "sheets",
}


def reader_of(kind: str) -> Reader:
    """The reader of a kind, imported when first wanted: a reader of text never waits for those of images."""
    reader: Reader = importlib.import_module(f"knowledge.reading.{_MODULES[kind]}").read
    return reader


def as_message(found: Found) -> dict[str, Any]:
    """One finding as it goes over the pipe."""
    if isinstance(found, Step):
        return {"step": [found.page, found.pages]}
    if isinstance(found, Page):
        return {"page": [found.number, found.text, found.method, found.quality]}
    if isinstance(found, Table):
        return {"table": [found.page, found.rows]}
    return {"properties": found}


def bound_memory(size: int) -> None:
    """No more than `size` bytes of address space for this process and for each one it starts."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def bound_step(seconds: float) -> None:
    """So much computing from now on until the next step; beyond it the system ends this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def leave_network() -> None:
    """Go where there is no network, when the system lets us; Python's sockets are refused in any case."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "unshare") and libc.unshare(_NEW_NETWORK):
        libc.unshare(_NEW_NETWORK | _NEW_USER)
    sys.addaudithook(_no_sockets)


def _no_sockets(event: str, _args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
        raise PermissionError("a reader of files has no use for the network")


def _task(line: bytes) -> Task:
    data = json.loads(line)
    return Task(
        Path(data["path"]),
        data["kind"],
        Limits(**data["limits"]),
        OcrMode(data.get("ocr", "auto")),
        frozenset(data.get("known", ())),
    )


def _read(task: Task, find: Find, say: Callable[[dict[str, Any]], None]) -> None:
    page = 0
    bound_step(task.limits.step_seconds)
    try:
        for found in find(task.kind)(task):
            if isinstance(found, Step):
                page = found.page
                bound_step(task.limits.step_seconds)
            say(as_message(found))
    except BadFile as error:
        say({"bad": {"reason": error.reason, "advice": error.advice, "page": error.page or page}})
    except Exception as error:  # noqa: BLE001 - the edge: whatever a parser throws at a damaged file is one line
        say({"bad": _broken(error, task.limits) | {"page": page}})
    else:
        say({"done": True})


def _broken(error: Exception, limits: Limits) -> dict[str, Any]:
    """Why a parser gave up, in words. Libraries in C tell of lacking memory by other errors than Python's."""
    words = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
    if isinstance(error, MemoryError) or any(sign in words for sign in _NO_MEMORY):
        return {
            "reason": f"reading it needs more than {limits.memory // 1024**2} MB of memory",
            "advice": "split it",
        }
    return {"reason": f"damaged: {words}", "advice": "save or download it again"}


def serve(find: Find, source: BinaryIO, target: BinaryIO) -> None:
    """Read what is asked for until the asker leaves or is silent for long."""

    def say(message: dict[str, Any]) -> None:
        target.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        target.flush()

    while select.select([source], [], [], IDLE)[0] and (line := source.readline()):
        _read(_task(line), find, say)


def main(find: Find = reader_of) -> None:
    """Set the bounds, the memory's (bytes) being the last argument, then serve on standard input and output.

    `find`: other readers, for tests.
    """
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    leave_network()
    bound_memory(int(sys.argv[-1]))
    serve(find, source, target)


if __name__ == "__main__":
    main()
