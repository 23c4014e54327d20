"""`motcua serve`: which parts there are, in which order they start, and when all of it is ready."""

from __future__ import annotations

import asyncio
import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bot.gateway import publishing, rasa
from bot.gateway.doctor import port_taken
from bot.gateway.guardian import postmaster_pid
from bot.gateway.processes import ProcessTree
from bot.gateway.settings import ROOT, Settings
from bot.gateway.supervisor import StageFailed, Stages, Supervisor
from desk.database import EmbeddedPostgres, migrate

CLI = (sys.executable, "-m", "bot.cli")
READY_S = 180.0


def main(settings: Settings, *, with_rasa: bool = True) -> int:
    """Run everything until it is told to stop; the exit status."""
    stages = Stages()
    try:
        with _alone(settings):
            _look_for_obstacles(settings, with_rasa=with_rasa)
            return asyncio.run(_run(settings, stages, with_rasa=with_rasa))
    except StageFailed as error:
        stages.failed(str(error))
        return 2


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One supervisor a home folder; the lock ends with this process, however it ends."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StageFailed(f"motcua serve is running already on {settings.home}") from None
        yield


def _look_for_obstacles(settings: Settings, *, with_rasa: bool) -> None:
    """What would make a part fail later is said at once, in words."""
    for path in settings.corpus:
        if not path.exists():
            raise StageFailed(f"--corpus {path}: no such file or folder")
    if settings.port and port_taken(settings.host, settings.port):
        raise StageFailed(f"port {settings.port} is taken by another program: choose one with --port or PORT")
    if with_rasa and not settings.rasa_url and port_taken("127.0.0.1", settings.rasa_port):
        raise StageFailed(f"port {settings.rasa_port} is taken, and Rasa needs one: choose it with RASA_PORT")


async def _run(settings: Settings, stages: Stages, *, with_rasa: bool) -> int:
    keys = (settings.actions_token, settings.llm_api_key)
    secret_values = [*(key.get_secret_value() for key in keys), settings.database_url]
    tree = ProcessTree(log_dir=settings.log_dir, secret_values=secret_values)
    supervisor = Supervisor(tree=tree, stages=stages)
    return await supervisor.run(Everything(settings, with_rasa=with_rasa).start)


class Everything:
    """The plan of a whole installation on one machine."""

    def __init__(self, settings: Settings, *, with_rasa: bool) -> None:
        self.settings = settings
        self.with_rasa = with_rasa
        self._version = ""  # the one to serve; "" is the one staged last

    async def start(self, supervisor: Supervisor) -> None:
        """Database; then knowledge, dialogue and worker side by side; then the web app, until it answers."""
        stages = supervisor.stages
        dsn = self._database(supervisor)
        self.settings = self.settings.model_copy(update={"database_url": dsn})
        try:
            async with asyncio.TaskGroup() as together:
                together.create_task(self._knowledge_and_web(supervisor))
                together.create_task(self._dialogue(supervisor))
                together.create_task(self._worker(supervisor))
        except* StageFailed as failed:
            raise StageFailed(str(failed.exceptions[0])) from None
        since = time.monotonic()
        await self._answering(supervisor)
        stages.done("ready", "a real question was answered", since=since)
        seconds = time.monotonic() - stages.began
        stages.say(
            f"\nMột Cửa: {self.address}   (API: {self.address}/docs, {seconds:.0f} s, Ctrl-C stops it)"
        )

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.settings.host in ("0.0.0.0", "::") else self.settings.host  # noqa: S104
        return f"http://{host}:{self.settings.port}"

    @property
    def _env(self) -> dict[str, str]:
        return {**self.settings.to_env(), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}

    def _database(self, supervisor: Supervisor) -> str:
        """Not in a thread: PostgreSQL ends with the thread that started it."""
        since = time.monotonic()
        dsn = self.settings.database_url
        if not dsn:
            server = EmbeddedPostgres(self.settings.postgres_dir)
            dsn = server.start()
            supervisor.tree.tell_guardian(f"postgres {server.data_dir}")
            supervisor.watch(
                "PostgreSQL", lambda: postmaster_pid(server.data_dir) is not None and server.alive
            )

            async def stop() -> None:
                await asyncio.to_thread(server.stop)

            supervisor.on_close(stop)
        applied = migrate(dsn)
        text = f"{len(applied)} migrations applied" if applied else "up to date"
        supervisor.stages.done("database", text, since=since)
        return dsn

    async def _knowledge_and_web(self, supervisor: Supervisor) -> None:
        await self._knowledge(supervisor)
        await self._index(supervisor)
        await self._web(supervisor)
        await self._watch(supervisor)

    async def _knowledge(self, supervisor: Supervisor) -> None:
        """Read what was given. A version that waits for people is not published by a restart."""
        since = time.monotonic()
        before = await asyncio.to_thread(publishing.state, self.settings)
        self._version = before.serving if before.waiting else ""
        paths = [str(path.resolve()) for path in self.settings.corpus]
        if paths:
            supervisor.stages.doing("knowledge", f"reading {', '.join(paths)}")
        said = await supervisor.job("ingest", [*CLI, "ingest", *paths], env=self._env)
        supervisor.stages.done("knowledge", said, since=since)
        if self._version:
            supervisor.stages.say(
                "- knowledge  something is staged and waits for `motcua publish` (`motcua diff` shows it)"
            )

    async def _index(self, supervisor: Supervisor) -> None:
        since = time.monotonic()
        if await asyncio.to_thread(publishing.is_current, self.settings, self._version):
            supervisor.stages.done("index", "up to date", since=since)
            return
        supervisor.stages.doing("index", "building")
        said = await supervisor.job("publish", [*CLI, "publish", self._version], env=self._env)
        supervisor.stages.done("index", said, since=since)

    async def _dialogue(self, supervisor: Supervisor) -> None:
        settings = self.settings
        if settings.rasa_url or not self.with_rasa:
            return
        if not rasa.python().exists():
            supervisor.stages.say(
                "- dialogue   no .venv-rasa (make setup makes it): the app's own dialogue answers"
            )
            return
        since = time.monotonic()
        if not await asyncio.to_thread(rasa.is_trained, settings):
            supervisor.stages.doing("dialogue", "training")
            settings.rasa_models_dir.mkdir(parents=True, exist_ok=True)
            argv, env = rasa.train_command(settings)
            await supervisor.job("rasa-train", argv, env=env, cwd=ROOT)
            rasa.mark_trained(settings)
        argv, env = rasa.rasa_command(settings)

        async def ready() -> bool:
            return await rasa.is_ready(http, settings)

        async with httpx.AsyncClient() as http:
            await supervisor.part("rasa", argv, env=env, cwd=ROOT, ready=ready)
        supervisor.stages.done("dialogue", "Rasa listens on loopback", since=since)

    async def _worker(self, supervisor: Supervisor) -> None:
        await supervisor.part("worker", [sys.executable, "-m", "bot.gateway.worker"], env=self._env)

    async def _watch(self, supervisor: Supervisor) -> None:
        if not self.settings.watch_folder:
            return
        since = time.monotonic()
        await supervisor.part("watch", [sys.executable, "-m", "bot.gateway.watch"], env=self._env)
        then = "published" if self.settings.watch_publish else "staged for people to publish"
        supervisor.stages.done(
            "watch", f"new files in {self.settings.watch_folder} are read and {then}", since=since
        )

    async def _web(self, supervisor: Supervisor) -> None:
        since = time.monotonic()
        settings = self.settings
        argv = [sys.executable, "-m", "uvicorn", "--factory", "bot.gateway.app:from_environment"]
        argv += ["--host", settings.host, "--port", str(settings.port), "--no-access-log"]
        argv += ["--forwarded-allow-ips", settings.trusted_proxies, "--timeout-graceful-shutdown", "3"]
        argv += ["--log-level", settings.log_level.lower()]

        async def ready() -> bool:
            return await _get(http, f"{self.address}/health/live", timeout_s=2) == ""

        async with httpx.AsyncClient() as http:
            await supervisor.part("web", argv, env=self._env, ready=ready)
        supervisor.stages.done("web", f"listens on {self.address}", since=since)

    async def _answering(self, supervisor: Supervisor) -> None:
        said = ""

        async def ready() -> bool:
            nonlocal said
            said = await _get(http, f"{self.address}/health/ready", timeout_s=30)
            return said == ""

        async with httpx.AsyncClient() as http:
            try:
                await supervisor.until(ready, what="no real question was answered", timeout_s=READY_S)
            except StageFailed as error:
                raise StageFailed(f"{error}: {said} (logs: {self.settings.log_dir})") from None


async def _get(http: httpx.AsyncClient, url: str, *, timeout_s: float) -> str:
    """Nothing when the address answers well, else what is wrong."""
    try:
        response = await http.get(url, timeout=timeout_s)
    except httpx.HTTPError as error:
        return type(error).__name__
    return "" if response.is_success else response.text
