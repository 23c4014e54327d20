"""The real tree, every part of it: asked, stopped, killed, started again. Slow; the parts have their own tests."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bot.gateway.settings import ROOT
from tests.gateway.sleepers import survivors
from tests.stack.ports import free_ports

pytestmark = [pytest.mark.stack, pytest.mark.rasa]
COLD_S, WARM_S, STOP_S = 300, 120, 40  # generous: the machine may be busy; the real figures are printed


class Tree:
    """One `motcua serve` and everything below it."""

    def __init__(self, home: Path, *, corpus: Path | None = None) -> None:
        self.web, rasa = free_ports(2)
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CORPUS")},
            "MOTCUA_HOME": str(home),
            "PORT": str(self.web),
            "RASA_PORT": str(rasa),
            "REPLY_WAIT_S": "2",
            "COLUMNS": "200",
        }
        self.home = home
        self.argv = [sys.executable, "-m", "bot.cli", "serve", *(["--corpus", str(corpus)] if corpus else [])]
        self.lines: list[str] = []

    def start(self, *, within: float) -> float:
        began = time.monotonic()
        self.owner = subprocess.Popen(
            self.argv, env=self.env, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        assert self.owner.stdout is not None
        self.lines = []
        for line in self.owner.stdout:
            self.lines.append(line)
            if "Ctrl-C" in line or time.monotonic() - began > within:
                break
        seconds = time.monotonic() - began
        assert self.lines and "Ctrl-C" in self.lines[-1], "".join(self.lines)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.web}", timeout=40)
        return seconds

    def pids(self) -> dict[int, str]:
        """Every process of the tree, PostgreSQL's own included."""
        found = psutil.Process(self.owner.pid).children(recursive=True)
        return {process.pid: " ".join(process.cmdline()) for process in found}

    def pid_of(self, words: str) -> int:
        return next(pid for pid, line in self.pids().items() if words in line)

    def ended(self, pids: dict[int, str]) -> int:
        """The exit status, once nothing of the tree is left."""
        status = self.owner.wait(STOP_S)
        self._close()
        left = survivors([*pids, self.owner.pid], within=STOP_S)
        assert left == [], {pid: pids.get(pid) for pid in left}
        return status

    def _close(self) -> None:
        assert self.owner.stdout is not None
        self.lines += self.owner.stdout.readlines()
        self.owner.stdout.close()
        self.client.close()

    def kill(self) -> None:
        """What a failed test left."""
        if self.owner.poll() is None:
            for pid in [*self.pids(), self.owner.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.owner.wait(STOP_S)
            self._close()

    def begin(self, area: str = "") -> tuple[str, dict[str, str]]:
        made = self.client.post("/api/v1/conversations", json={"area": area}).json()
        return f"/api/v1/conversations/{made['conversation_id']}/messages", {
            "Authorization": f"Bearer {made['token']}"
        }

    def ask(self, address: str, key: dict[str, str], text: str, payload: str = "") -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post(
            address, json={"text": text, "payload": payload}, headers=key
        ).json()
        return answer


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    home = tmp_path_factory.mktemp("home")
    corpus = home / "corpus.jsonl"
    corpus.write_text("{broken\n", encoding="utf-8")  # one damaged line must not stop anything
    made = Tree(home / "var", corpus=corpus)
    sys.stderr.write(f"\nfirst start: {made.start(within=COLD_S):.0f} s\n")
    yield made
    made.kill()


def test_everything_in_order(tree: Tree) -> None:
    """One story, because each start costs: asked, a report filed, then ended in five ways."""
    address, key = tree.begin("lam-dong")
    answer = tree.ask(address, key, "đăng ký khai sinh cần giấy tờ gì")
    assert answer["status"] in ("answered", "partial"), answer
    assert "khai sinh" in answer["procedure"]["title"].lower()
    assert answer["sources"]
    assert tree.client.get("/health/ready").json()["parts"] == dict.fromkeys(
        ("database", "worker", "dialogue", "index", "answers"), "up"
    )
    assert '<html lang="vi"' in tree.client.get("/").text
    _stop_and_start_again(tree, address, key)


def _stop_and_start_again(tree: Tree, address: str, key: dict[str, str]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        pids = tree.pids()
        assert len(pids) >= 5, pids  # guardian, PostgreSQL, Rasa, worker, web
        tree.owner.send_signal(number)
        assert tree.ended(pids) == 0
        sys.stderr.write(f"second start: {tree.start(within=WARM_S):.0f} s\n")
        assert len(tree.client.get(address, headers=key).json()["messages"]) == 2

    pids = tree.pids()
    os.kill(tree.owner.pid, signal.SIGKILL)
    assert tree.ended(pids) == -signal.SIGKILL
    tree.start(within=WARM_S)

    # A message accepted while the worker is dying is answered by the next one, once.
    worker = tree.pid_of("bot.gateway.worker")
    os.kill(worker, signal.SIGSTOP)
    late = tree.client.post(address, json={"text": "lệ phí bao nhiêu?"}, headers=key)
    assert (late.status_code, late.json()["status"]) == (202, "accepted")
    pids = tree.pids()
    os.kill(worker, signal.SIGKILL)
    assert tree.ended(pids) == 1
    assert "worker has died" in "".join(tree.lines)
    tree.start(within=WARM_S)
    _answered_once(tree, address, key, to=late.json()["message_id"])

    for part in ("bot.components.launch", "postgres -D"):
        pids = tree.pids()
        os.kill(tree.pid_of(part), signal.SIGKILL)
        assert tree.ended(pids) == 1
        tree.start(within=WARM_S)
    assert len(tree.client.get(address, headers=key).json()["messages"]) == 4  # nothing was lost
    pids = tree.pids()
    tree.owner.terminate()
    assert tree.ended(pids) == 0


def _answered_once(tree: Tree, address: str, key: dict[str, str], *, to: str) -> None:
    until = time.monotonic() + 30
    answers: list[dict[str, Any]] = []
    while not answers and time.monotonic() < until:
        said = tree.client.get(address, headers=key).json()["messages"]
        answers = [message for message in said if message["in_reply_to"] == to]
        time.sleep(0.5)
    assert len(answers) == 1
    assert answers[0]["reply"]["status"] != "error"


def test_a_second_supervisor_and_a_taken_port_are_refused_in_words(tmp_path: Path) -> None:
    made = Tree(tmp_path)
    with socket.create_server(("127.0.0.1", made.web)):
        done = subprocess.run(
            made.argv, env=made.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 2
    assert f"port {made.web} is taken" in done.stdout
    with (tmp_path / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            made.argv, env=made.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    assert "running already" in done.stdout
