"""No process of ours survives: Ctrl-C, SIGTERM, a dead part, a killed supervisor, a failed stage."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.gateway.processes import PartLog, ProcessTree, marked
from bot.gateway.supervisor import StageFailed, Stages, Supervisor
from tests.gateway.sleepers import SLEEP, start, survivors


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    owner, pids = start(tmp_path)
    yield owner, pids
    for pid in [owner.pid, *pids["all"]]:  # type: ignore[misc]  # whatever a failing test left
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    owner.stdout.close()  # type: ignore[union-attr]
    owner.wait(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_whole_tree(tree: tuple[Any, dict[str, Any]], number: int) -> None:
    owner, pids = tree
    assert len(pids["all"]) == 5  # two parts, two grandchildren, the guardian
    owner.send_signal(number)
    assert owner.wait(10) == 0
    assert survivors(pids["all"], within=2) == []


@pytest.mark.parametrize("part", ["plain", "stubborn"])
def test_the_death_of_a_part_ends_the_rest(tree: tuple[Any, dict[str, Any]], part: str) -> None:
    owner, pids = tree
    os.kill(pids[part], signal.SIGKILL)
    assert owner.wait(10) == 1
    assert survivors(pids["all"], within=2) == []


def test_a_killed_supervisor_leaves_nothing(tree: tuple[Any, dict[str, Any]]) -> None:
    owner, pids = tree
    owner.kill()
    owner.wait(10)
    assert survivors(pids["all"], within=15) == []


async def _run(tmp_path: Path, plan: Any) -> tuple[int, str, ProcessTree]:
    out = io.StringIO()
    process_tree = ProcessTree(log_dir=tmp_path, secret_values=["s3cret-token"], grace=1)
    supervisor = Supervisor(tree=process_tree, stages=Stages(Console(file=out, width=200)))
    status = await asyncio.wait_for(supervisor.run(plan), 30)
    return status, out.getvalue(), process_tree


async def test_a_failed_job_says_why_and_ends_what_was_started(tmp_path: Path) -> None:
    async def plan(supervisor: Supervisor) -> None:
        await supervisor.part("sleeper", [sys.executable, "-c", SLEEP])
        await supervisor.job("training", [sys.executable, "-c", "print('no data'); raise SystemExit(3)"])

    status, out, process_tree = await _run(tmp_path, plan)
    assert status == 1
    assert "training failed with status 3" in out
    assert "no data" in out
    assert marked(process_tree.mark) == []


async def test_a_part_that_dies_while_starting_is_not_waited_for(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.part("broken", [sys.executable, "-c", "raise SystemExit('boom')"], ready=never)

    status, out, _ = await _run(tmp_path, plan)
    assert status == 1
    assert "broken has died with status 1" in out
    assert "boom" in out


async def test_a_part_that_is_never_ready_fails_the_start(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.part("slow", [sys.executable, "-c", SLEEP], ready=never, timeout_s=0.5)

    status, out, process_tree = await _run(tmp_path, plan)
    assert (status, marked(process_tree.mark)) == (1, [])
    assert "slow was not ready" in out


async def test_something_watched_that_dies_ends_everything_and_closers_run_last(tmp_path: Path) -> None:
    order: list[str] = []

    async def plan(supervisor: Supervisor) -> None:
        part = await supervisor.part("sleeper", [sys.executable, "-c", SLEEP])

        async def closer() -> None:
            order.append(f"closed, part left: {part.process.returncode is None}")

        supervisor.on_close(closer)
        supervisor.watch("database", lambda: False)

    status, out, _ = await _run(tmp_path, plan)
    assert status == 1
    assert "database has died" in out
    assert order == ["closed, part left: False"]


async def test_a_job_returns_its_last_line_and_its_log_masks_secrets(tmp_path: Path) -> None:
    seen: list[str] = []

    async def plan(supervisor: Supervisor) -> None:
        seen.append(
            await supervisor.job("job", [sys.executable, "-c", "print('token s3cret-token'); print('end')"])
        )
        raise StageFailed("enough")

    await _run(tmp_path, plan)
    assert seen == ["end"]
    assert (tmp_path / "job.log").read_text().splitlines() == ["token ***", "end"]


def test_logs_rotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.processes.LOG_BYTES", 100)
    log = PartLog(tmp_path / "x.log", secret_values=[])
    for number in range(20):
        log.write(f"line {number} of some length")
    log.close()
    assert (tmp_path / "x.log.1").exists()
    assert len(log.last) == 20
