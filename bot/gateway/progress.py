"""A progress bar on standard error, so that standard output stays one document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Bar:
    """Follows stages with a known or an unknown length."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def records(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total or None)
        self._progress.update(self._tasks[stage], completed=done, total=total or None)

    def stage(self, stage: str) -> None:
        for task in self._tasks.values():
            self._progress.update(task, total=1, completed=1)
        self._tasks[stage] = self._progress.add_task(stage, total=None)


@contextmanager
def bar(*, quiet: bool = False) -> Iterator[Bar]:
    columns = (SpinnerColumn(), TextColumn("{task.description:<12}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        yield Bar(progress)
