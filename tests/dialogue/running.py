"""A real Rasa server on a free port, and the actions it calls, served from memory."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from actions.http import handle
from actions.registry import build_executor
from bot.gateway.rasa import rasa_command, train
from bot.gateway.settings import ROOT, Settings
from tests.actions.memory import MemoryServices

START_S = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def trained_settings() -> Settings:
    """Settings whose model folder holds a model of today's sources; trained at most once per change."""
    settings = Settings(rasa_port=free_port(), motcua_home=ROOT / "var")
    settings.rasa_models_dir.mkdir(parents=True, exist_ok=True)
    with (settings.rasa_models_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        train(settings)
    return settings


@contextmanager
def served_actions(services: MemoryServices, token: str) -> Iterator[str]:
    """The action endpoint's address."""
    app = FastAPI()
    executor = build_executor(services)

    @app.post("/rasa/actions")
    async def run(request: Request) -> JSONResponse:
        if request.query_params.get("token") != token:
            return JSONResponse({"error": "forbidden"}, 403)
        try:
            status, body = await handle(executor, await request.json())
        except Exception as error:  # noqa: BLE001  # the edge, as in the app: a failed action is a 500
            return JSONResponse({"error": type(error).__name__}, 500)
        return JSONResponse(body, status)

    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}/rasa/actions"
    finally:
        server.should_exit = True
        thread.join(10)


class RasaServer:
    """One Rasa process that can be killed and started again on the same port."""

    def __init__(self, settings: Settings, *, actions_url: str, log: Path) -> None:
        self.settings, self.log = settings, log
        self._argv, env = rasa_command(settings, actions_url=actions_url)
        self._env = {**os.environ, **env}
        self._process: subprocess.Popen[bytes] | None = None
        self.ready_s = 0.0

    @property
    def url(self) -> str:
        return self.settings.rasa_address

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        began = time.monotonic()
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self._argv,
                cwd=ROOT,
                env=self._env,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while time.monotonic() - began < START_S:
            if self._process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-3000:])
            if self._answers():
                self.ready_s = time.monotonic() - began
                return
            time.sleep(0.1)
        raise RuntimeError("Rasa was not ready: " + self.log.read_text()[-3000:])

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/", timeout=1).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024
