"""The labels of portal records read by hand; their rules are in `tests/evaluation/data/portal_labels/README.md`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from knowledge.documents import How, TimeUnit

LABELS = Path("tests/evaluation/data/portal_labels")

Limit = tuple[float, TimeUnit]


class _Label(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelChannel(_Label):
    """One row of the cell as a careful reader takes it."""

    how: How
    limit: Limit | None = None
    limit_said: tuple[Limit, ...] = ()
    fees: tuple[tuple[int, str], ...] = ()
    free: bool | None = None
    fee_open: bool = False
    fee_blank: bool = False
    unsure: bool = False


class LabelCase(_Label):
    items: int
    counts: tuple[tuple[int | None, int | None], ...]
    forms: int
    unsure: bool = False


class Label(_Label):
    code: str
    channels: tuple[LabelChannel, ...]
    dossier: tuple[LabelCase, ...]


def read_labels(paths: Iterable[Path]) -> list[Label]:
    """The labels of files, and of folders of them."""
    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    return [
        Label.model_validate_json(line) for file in files for line in file.read_text("utf-8").splitlines()
    ]
