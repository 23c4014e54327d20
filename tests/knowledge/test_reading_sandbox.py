"""The bounds of the reading process, proved with readers that break each of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import BadFile, OutsideError
from knowledge.reading.limits import MB, Limits
from knowledge.reading.sandbox import Sandbox

# Each reader does what a parser does that a hostile file has taken over.
HOSTILE = """
import os, socket, sys, time
from knowledge.reading import child
from knowledge.reading.pages import Page
from knowledge.reading.task import Step

def swell(task):
    yield Step(2, 3)
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))

def sleep(task):
    yield Step(3, 3)
    time.sleep(600)

def spin(task):
    yield Step(1, 1)
    while True:
        pass

def die(task):
    yield Step(1, 1)
    os.abort()

def leave(task):
    yield Step(1, 1)
    os._exit(3)

def chatter(task):
    while True:
        yield Page(1, "x" * 100_000)

def nonsense(task):
    sys.stdout.flush()
    yield Step(1, 1)
    for number in range(3, 64):
        try:
            os.write(number, b"this is no JSON\\n")
        except OSError:
            pass
    time.sleep(600)

def dial(task):
    yield Step(1, 1)
    with socket.socket() as made:
        made.connect(("127.0.0.1", 9))

def offspring(task):
    import subprocess
    yield {"pid": str(subprocess.Popen(["sleep", "600"]).pid)}
    yield Step(1, 1)
    time.sleep(600)

def inner(task):
    raise RuntimeError("the table of contents\\nis missing")
    yield

def tell(task):
    yield {"secrets": " ".join(sorted(os.environ)), "folder": os.getcwd()}
    yield Page(1, "một trang")

child.main(lambda kind: globals()[kind])
"""
LIMITS = Limits(memory=400 * MB, step_seconds=1.0, text=4 * MB)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    script = tmp_path_factory.mktemp("worker") / "hostile.py"
    script.write_text(HOSTILE, encoding="utf-8")
    return [sys.executable, str(script)]


@pytest.fixture
def sandbox(worker: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr("knowledge.reading.sandbox._GRACE", 5.0)
    with Sandbox(LIMITS, worker=worker) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "quyet-dinh.pdf"
    path.write_bytes(b"x")
    return path


def read(sandbox: Sandbox, file: Path, kind: str) -> list[dict[str, Any]]:
    return list(sandbox.read(file, {"kind": kind, "limits": asdict(sandbox.limits)}))


def refused(sandbox: Sandbox, file: Path, kind: str) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read(sandbox, file, kind)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_reader_that_swells_is_stopped_and_named(sandbox: Sandbox, file: Path) -> None:
    found = refused(sandbox, file, "swell")
    assert (found.reason, found.page) == ("reading it needs more than 400 MB of memory", 2)


def test_a_reader_that_sleeps_is_ended(sandbox: Sandbox, file: Path) -> None:
    start = time.monotonic()
    found = refused(sandbox, file, "sleep")
    assert (found.reason, found.page) == ("reading it took more than 1 s and was ended", 3)
    assert time.monotonic() - start < 10
    assert sandbox.pid is None


def test_a_reader_that_computes_without_end_is_ended(worker: list[str], file: Path) -> None:
    """By the system's own clock of computing time, even when nobody waits for an answer."""
    with Sandbox(Limits(memory=400 * MB, step_seconds=1.0), worker=worker) as sandbox:
        messages = sandbox.read(file, {"kind": "spin", "limits": asdict(sandbox.limits)})
        next(messages)
        pid = sandbox.pid
        assert pid
        until = time.monotonic() + 15
        while sandbox.pid and time.monotonic() < until:
            time.sleep(0.1)
        with pytest.raises(BadFile, match=r"more than 1 s of computing"):
            list(messages)


def test_a_whole_file_has_a_limit_too(worker: list[str], file: Path) -> None:
    with Sandbox(Limits(memory=400 * MB, seconds=2.0), worker=worker) as sandbox:
        assert refused(sandbox, file, "sleep").reason == "reading it took more than 2 s and was ended"


@pytest.mark.parametrize(("kind", "reason"), [("die", "SIGABRT"), ("leave", "without a result (code 3)")])
def test_a_reader_that_dies_costs_one_file(sandbox: Sandbox, file: Path, kind: str, reason: str) -> None:
    assert reason in refused(sandbox, file, kind).reason
    assert read(sandbox, file, "tell")[-1] == {"page": [1, "một trang", "text", 1.0]}


def test_a_reader_that_says_too_much_is_cut_short(sandbox: Sandbox, file: Path) -> None:
    assert refused(sandbox, file, "chatter").reason == "it holds more than 4 MB of text"


def test_nonsense_is_no_answer(sandbox: Sandbox, file: Path) -> None:
    assert refused(sandbox, file, "nonsense").reason == "the process that reads it answered nonsense"


def test_the_network_is_out_of_reach(sandbox: Sandbox, file: Path) -> None:
    assert "PermissionError" in refused(sandbox, file, "dial").reason


def test_what_the_reader_started_ends_with_it(sandbox: Sandbox, file: Path) -> None:
    messages = sandbox.read(file, {"kind": "offspring", "limits": asdict(LIMITS)})
    pid = int(next(messages)["properties"]["pid"])
    with pytest.raises(BadFile):
        list(messages)
    until = time.monotonic() + 10
    while _runs(pid) and time.monotonic() < until:
        time.sleep(0.05)  # it has been killed; on a busy machine dying takes a moment
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_an_error_of_a_parser_is_one_line(sandbox: Sandbox, file: Path) -> None:
    found = refused(sandbox, file, "inner")
    assert found.reason == "damaged: RuntimeError: the table of contents is missing"
    assert found.advice
    assert sandbox.pid  # no reason to end the child


def test_the_reader_sees_no_secrets_and_its_folder_goes(
    sandbox: Sandbox, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    told = read(sandbox, file, "tell")[0]["properties"]
    assert "DATABASE_URL" not in told["secrets"]
    assert Path(told["folder"]).is_dir()
    sandbox.close()
    assert not Path(told["folder"]).exists()


def test_one_child_reads_many_files(sandbox: Sandbox, file: Path) -> None:
    read(sandbox, file, "tell")
    pid = sandbox.pid
    for _ in range(20):
        read(sandbox, file, "tell")
    assert sandbox.pid == pid


def test_a_child_lost_between_files_is_replaced(sandbox: Sandbox, file: Path) -> None:
    read(sandbox, file, "tell")
    assert sandbox.pid
    os.kill(sandbox.pid, 9)
    assert len(read(sandbox, file, "tell")) == 2


def test_an_asker_who_turns_away_gets_a_clean_child_next(sandbox: Sandbox, file: Path) -> None:
    messages = sandbox.read(file, {"kind": "tell", "limits": asdict(LIMITS)})
    next(messages)
    messages.close()
    assert len(read(sandbox, file, "tell")) == 2


def test_a_machine_without_the_worker_is_an_outside_error(file: Path) -> None:
    with Sandbox(LIMITS, worker=["/nonexistent/python"]) as sandbox, pytest.raises(OutsideError):
        read(sandbox, file, "tell")
