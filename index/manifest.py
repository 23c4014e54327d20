"""What a snapshot is: written beside it, checked before it serves, returned with every reply by its id."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from knowledge.errors import SnapshotError

FORMAT = 5


class Manifest(BaseModel):
    """`id` hashes the records, the wordings, the version, the model and the format: same input, same id."""

    model_config = ConfigDict(extra="forbid")

    id: str
    format: int = FORMAT
    built: datetime
    model: str = ""
    dimension: int = 0
    vectors: str = "faiss"  # the backend that keeps them
    counts: dict[str, int]
    knowledge: str = ""  # the knowledge version it was built from
    weights: dict[str, dict[str, float]]
    confidence: dict[str, Any] = {}
    code: dict[str, str] = {}  # what made each part: the next build takes over what the same code made
    seconds: float = 0.0
    files: dict[str, int] = {}  # every other file of the folder and its size

    def write(self, folder: Path) -> None:
        (folder / "manifest.json").write_text(self.model_dump_json(indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of `folder`.

        Raises:
            SnapshotError: when it is missing, unreadable, or of another format.
        """
        try:
            manifest = cls.model_validate(json.loads((folder / "manifest.json").read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise SnapshotError(f"{folder}: no readable manifest ({error}); run `motcua publish`") from error
        if manifest.format != FORMAT:
            raise SnapshotError(f"{folder}: format {manifest.format}, this version reads {FORMAT}")
        manifest.check(folder)
        return manifest

    def check(self, folder: Path) -> None:
        """Every file is there and as long as it was written: a cut file is seen before it answers wrongly.

        Raises:
            SnapshotError: naming the first that is not.
        """
        for name, size in self.files.items():
            file = folder / name
            if not file.is_file() or file.stat().st_size != size:
                raise SnapshotError(f"{folder}: {name} is missing or cut; run `motcua publish`")
