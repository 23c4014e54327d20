"""`python -m bot.gateway.watch`: a folder whose new and changed files are read by themselves.

A file is taken when it stopped growing. What is read is staged, and published when WATCH_PUBLISH allows it and
nothing waits there that people staged themselves. A file that cannot be read stays where it is; a note beside it
(`<name>.motcua.txt`) says why, and goes when the file was read. A file that leaves the folder stays known: to take
it out, `motcua ingest --forget PATH`. What was handled is remembered under MOTCUA_HOME, so that neither a restart
nor a rollback makes unchanged files count again.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import watchfiles
import yaml

from bot.gateway import logs, publishing
from bot.gateway.settings import Settings
from knowledge.errors import MotcuaError
from knowledge.ingest import IngestReport
from knowledge.sources import NOTE_ENDING, find_files, is_content
from knowledge.store import KnowledgeStore

if TYPE_CHECKING:
    from index.dense import Encoder

log = logging.getLogger(__name__)
SETTLED_S = 1.0  # without a change of size or date: whoever writes it has finished
RESCAN_S = 60.0  # a network folder tells of no changes
_LOOK_MS = 250
_RETRY_S = 10.0  # after the database or a publication failed
ACTOR = "watched folder"

Stamp = tuple[int, int]  # size, time of change in nanoseconds


@dataclass
class Memory:
    """What was handled: files as they were then, and a version that is ours and does not serve yet."""

    path: Path
    files: dict[str, Stamp] = field(default_factory=dict)
    unpublished: str = ""

    @classmethod
    def load(cls, path: Path) -> Memory:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            files = {name: (int(size), int(changed)) for name, (size, changed) in data["files"].items()}
            return cls(path, files, str(data["unpublished"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)  # without it every file is looked at again, which reads nothing twice

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text(json.dumps({"files": self.files, "unpublished": self.unpublished}), encoding="utf-8")
        os.replace(fresh, self.path)


class Watcher:
    """One watched folder. `notice` collects paths, `look` takes those that are ready."""

    def __init__(self, settings: Settings) -> None:
        self.folder = Path(settings.watch_folder).resolve()
        self._settings = settings
        self._memory = Memory.load(settings.knowledge_dir / "watched.json")
        self._growing: dict[Path, tuple[Stamp, float]] = {}
        self._encoder: Encoder | None = None
        self._again_at = 0.0

    def scan(self) -> None:
        """Notice every file of the folder."""
        self.notice(find_files([self.folder])[0])

    def notice(self, paths: Iterable[Path]) -> None:
        for path in paths:
            stamp = _stamp(path)
            if stamp is None or not is_content(path, self.folder):
                continue
            if self._memory.files.get(str(path)) != stamp and path not in self._growing:
                self._growing[path] = stamp, time.monotonic()

    def look(self) -> None:
        """Take what has settled; nothing when there is nothing to do. Failures are logged and tried again."""
        if time.monotonic() < self._again_at:
            return
        ready = self._settled()
        if not ready and not self._owing:
            return
        try:
            self._take(ready)
        except (MotcuaError, psycopg.Error, OSError) as error:
            log.error("%d file(s) left for later: %s", len(ready), error)
            self._again_at = time.monotonic() + _RETRY_S
        except Exception:  # the edge: a watcher that died would take everything else down with it
            log.exception("%d file(s) left for later", len(ready))
            self._again_at = time.monotonic() + _RETRY_S

    @property
    def _owing(self) -> bool:
        return bool(self._memory.unpublished) and self._settings.watch_publish

    def _settled(self) -> dict[Path, Stamp]:
        ready, now = {}, time.monotonic()
        for path, (before, since) in list(self._growing.items()):
            stamp = _stamp(path)
            if stamp is None:
                del self._growing[path]  # gone, or renamed: then its other name is noticed
            elif stamp != before:
                self._growing[path] = stamp, now
            elif now - since >= SETTLED_S:
                ready[path] = stamp
        return ready

    def _take(self, ready: dict[Path, Stamp]) -> None:
        with publishing.open_store(self._settings) as store:
            before = publishing.state_of(store)
            others = before.waiting and before.staged != self._memory.unpublished
            if ready:
                report = publishing.stage(self._settings, store, sorted(ready), actor=ACTOR)
                self._tell(ready, report)
                self._remember(ready, report.version, serving=before.serving)
            if not self._owing:
                return
            if others:
                log.warning("version %s waits for people: not published", self._memory.unpublished)
                self._memory.unpublished = ""
            elif self._memory.unpublished == publishing.state_of(store).staged:
                self._publish(store)
            else:
                self._memory.unpublished = ""  # people staged or went back to something else since
            self._memory.save()

    def _remember(self, ready: dict[Path, Stamp], version: str, *, serving: str) -> None:
        for path, stamp in ready.items():
            self._memory.files[str(path)] = stamp
            del self._growing[path]
        self._memory.unpublished = "" if version == serving else version
        self._memory.save()

    def warm_up(self) -> None:
        """Load what publishing needs before the first file comes: it takes seconds."""
        if self._settings.watch_publish and self._encoder is None:
            self._encoder = publishing.load_encoder(self._settings)

    def _publish(self, store: KnowledgeStore) -> None:
        self.warm_up()
        done = publishing.publish_from(
            self._settings, store, self._memory.unpublished, actor=ACTOR, encoder=self._encoder
        )
        log.info("version %s serves, snapshot %s", done.version, done.snapshot)
        self._memory.unpublished = ""

    def _tell(self, ready: Iterable[Path], report: IngestReport) -> None:
        """One line a file, and a note beside each that could not be read."""
        for path in sorted(ready):
            problems = [found for found in report.problems if Path(found.file).resolve() == path]
            count = report.files.get(str(path))
            left = f"; left out: {problems[0]}" if problems else ""
            left += f" and {len(problems) - 1} more" if problems[1:] else ""
            log.info(
                "%s: %s, version %s%s",
                path.relative_to(self.folder),
                "not taken" if count is None or (not count and problems) else f"{count} record(s)",
                report.version,
                left,
            )
            _note(path, [str(found.reason) for found in problems], taken=bool(count))


def _stamp(path: Path) -> Stamp | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return (state.st_size, state.st_mtime_ns) if path.is_file() else None


def _note(path: Path, reasons: list[str], *, taken: bool) -> None:
    """Beside the file, for whoever brought it; where the folder may not be written, the log has said it."""
    note = path.with_name(path.name + NOTE_ENDING)
    try:
        if not reasons:
            note.unlink(missing_ok=True)
            return
        words = _words()
        shown = [*reasons[:20], *([words["more"].format(count=len(reasons) - 20)] if reasons[20:] else [])]
        head = words["partly" if taken else "refused"].format(name=path.name)
        note.write_text(
            "\n".join([head, "", *(f"- {reason}" for reason in shown), "", words["then"], ""]), "utf-8"
        )
    except OSError as error:
        log.warning("no note could be left beside %s: %s", path.name, error)


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return {name: str(text) for name, text in data.items()}


def run(settings: Settings, stop: threading.Event) -> None:
    """Watch until told to stop."""
    watcher = Watcher(settings)
    watcher.folder.mkdir(parents=True, exist_ok=True)
    log.info(
        "watching %s, what is read is %s", watcher.folder, "published" if settings.watch_publish else "staged"
    )
    watcher.warm_up()
    watcher.scan()
    rescanned = time.monotonic()
    for changes in watchfiles.watch(
        watcher.folder, stop_event=stop, yield_on_timeout=True, rust_timeout=_LOOK_MS, step=50, debounce=200
    ):
        watcher.notice(Path(path) for change, path in changes if change is not watchfiles.Change.deleted)
        if time.monotonic() - rescanned > RESCAN_S:
            watcher.scan()
            rescanned = time.monotonic()
        watcher.look()


def main() -> None:
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run(settings, stop)


if __name__ == "__main__":
    main()
