"""Files of unknown origin are parsed in a child process with bounded memory and time; a warm one reads many.

The child is a fresh interpreter (never a fork: the app has threads) with an environment of its own, a temporary
folder that is removed, and no network. It answers in JSON lines, so that a parser that was taken over by a
hostile file can hand back text and nothing else. A child that dies, hangs or swells is ended with everything it
started, and what it was reading becomes one `BadFile`; the next file gets a new child.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from knowledge.errors import BadFile, OutsideError
from knowledge.reading.limits import MB, Limits

WORKER = (sys.executable, "-m", "knowledge.reading.child")
_CODE = Path(__file__).resolve().parents[2]  # where `knowledge` is imported from
_PASSED = ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH")
_PIECE = 256 * 1024
_GRACE = 30.0  # seconds for a new child to start before the first step counts
_ADVICE = "save it anew as PDF or DOCX; if it is right as it is, raise the limit"

Message = dict[str, Any]


class _Gone(Exception):
    """The child's end of the pipe is closed."""


class Sandbox:
    """One child process that reads files, started when first needed and again after it was lost.

    Not for use by two threads at once. Use it as a context manager, or call `close`.

    Args:
        limits: Of every file read here; memory holds for the child's whole life.
        worker: The command of the child, for tests of what a bad one does.
    """

    def __init__(self, limits: Limits | None = None, *, worker: Sequence[str] = WORKER) -> None:
        self.limits = limits or Limits()
        self._worker = list(worker)
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._fresh = False
        self._rest = b""
        self._taken = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, None when none runs."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def close(self) -> None:
        """End the child and everything it started, and remove its folder. Safe to call again."""
        child, folder, self._child, self._folder = self._child, self._folder, None, None
        if child:
            _end(child)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)

    def read(self, path: Path, task: Message) -> Generator[Message, None, None]:
        """What the child says of one file, as it says it, until it is done.

        Raises:
            BadFile: the child refused the file, or died, hung, swelled or said too much over it.
            OutsideError: no child could be started.
        """
        finished = False
        try:
            for message in self._answers(path, {**task, "path": str(path.resolve())}):
                if "bad" in message:
                    finished = True
                    raise _refused(path, message["bad"])
                if "done" in message:
                    finished = True
                    return
                yield message
        finally:
            if not finished:
                self.close()  # whatever state it is in, the next file gets a clean one

    def _ask(self, task: Message) -> None:
        line = json.dumps(task).encode() + b"\n"
        self._rest, self._taken = b"", 0
        for _ in range(2):  # an idle child may have left in the very moment it is wanted
            try:
                pipe = self._started().stdin
                if pipe:
                    pipe.write(line)
                    pipe.flush()
                    return
            except OSError:
                self.close()
        raise OutsideError("the process that reads files cannot be started")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child and self._child.poll() is None:
            self._fresh = False
            return self._child
        self.close()
        self._folder = Path(tempfile.mkdtemp(prefix="motcua-read-"))
        self._fresh = True
        self._child = subprocess.Popen(
            [*self._worker, str(self.limits.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=_environment(self._folder, self.limits),
            start_new_session=True,  # so that it can be ended with all it started
        )
        return self._child

    def _answers(self, path: Path, task: Message) -> Iterator[Message]:
        self._ask(task)
        end, page, heard = time.monotonic() + self.limits.seconds, 0, False
        patience = self.limits.step_seconds + (_GRACE if self._fresh else 0.0)
        while True:
            try:
                line = self._line(path, until=min(time.monotonic() + patience, end), page=page)
            except _Gone:
                if heard or self._fresh:
                    raise self._lost(path, page) from None
                self.close()  # a warm child that was ended meanwhile: not this file's fault
                self._ask(task)
                continue
            except TimeoutError:
                spent = self.limits.seconds if time.monotonic() >= end else self.limits.step_seconds
                raise self._slow(path, spent, page) from None
            message = _message(line)
            if message is None:
                raise BadFile(str(path), "the process that reads it answered nonsense", advice=_ADVICE)
            page, heard = _page_of(message, page), True
            patience = self.limits.step_seconds
            yield message

    def _line(self, path: Path, *, until: float, page: int) -> bytes:
        """The next line the child says, waiting for it no longer than `until` on the monotonic clock."""
        pieces = [self._rest]
        while b"\n" not in pieces[-1]:
            pieces.append(self._piece(until - time.monotonic()))
            self._taken += len(pieces[-1])
            if self._taken > self.limits.text:
                words = f"it holds more than {self.limits.text / MB:.0f} MB of text"
                raise BadFile(str(path), words, advice="split it", page=page or None)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line

    def _slow(self, path: Path, seconds: float, page: int) -> BadFile:
        words = f"reading it took more than {seconds:.0f} s and was ended"
        return BadFile(str(path), words, advice=_ADVICE, page=page or None)

    def _piece(self, seconds: float) -> bytes:
        """Some bytes of the child's answer.

        Raises:
            TimeoutError: none came in time.
        """
        pipe = self._child.stdout if self._child else None
        if pipe is None:
            raise _Gone
        if seconds <= 0 or not select.select([pipe], [], [], seconds)[0]:
            raise TimeoutError
        piece = os.read(pipe.fileno(), _PIECE)
        if not piece:
            raise _Gone
        return piece

    def _lost(self, path: Path, page: int) -> BadFile:
        """Why the child is no more, in words."""
        code = _wait(self._child) if self._child else None
        memory = f"{self.limits.memory // MB} MB of memory"
        if code == -signal.SIGXCPU:
            words = f"reading it took more than {self.limits.step_seconds:.0f} s of computing and was ended"
        elif code is not None and code in (-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV):
            words = f"its reader broke down or needed more than {memory} ({signal.Signals(-code).name})"
        else:
            words = f"its reader ended without a result (code {code}), perhaps for want of {memory}"
        return BadFile(str(path), words, advice=_ADVICE, page=page or None)


def _refused(path: Path, bad: Message) -> BadFile:
    page = bad.get("page")
    return BadFile(
        str(path),
        str(bad.get("reason", "")),
        advice=str(bad.get("advice", "")),
        page=page if isinstance(page, int) and page > 0 else None,
    )


def _page_of(message: Message, page: int) -> int:
    """The page of which the child says it is at it; hostile words change nothing."""
    step = message.get("step")
    return step[0] if isinstance(step, list) and step and isinstance(step[0], int) else page


def _message(line: bytes) -> Message | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _environment(folder: Path, limits: Limits) -> dict[str, str]:
    """Nothing of ours but what it takes to run: no settings, no secrets, one thread, few memory arenas."""
    kept = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_CODE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(limits.pixels),
    }


def _wait(child: subprocess.Popen[bytes]) -> int | None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return child.wait(timeout=5)
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()
