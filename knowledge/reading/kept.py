"""Pages read from their image, kept by the file's hash, so that an interrupted reading goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from knowledge.reading.pages import Page

MADE_BY = "1"  # of the cleaning and reading; raise it when pages would come out differently


@dataclass
class KeptPages:
    """The pages of one file under a folder of its hash; without a folder nothing is kept."""

    folder: Path | None = None
    pages: dict[int, Page] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, work: Path | None) -> KeptPages:
        if work is None:
            return cls()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        folder = work / f"{digest}-{MADE_BY}"
        found = [_load(file) for file in sorted(folder.glob("*.json"))]
        return cls(folder, {page.number: page for page in found if page})

    def keep(self, page: Page) -> None:
        """Write a page that came from its image; whole or not at all."""
        if self.folder is None or page.method != "ocr":
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{page.number:05d}.json"
        part = target.with_suffix(".part")
        part.write_text(json.dumps(asdict(page), ensure_ascii=False), encoding="utf-8")
        part.replace(target)


def _load(file: Path) -> Page | None:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return Page(int(data["number"]), str(data["text"]), "ocr", float(data["quality"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # damaged: the page is read again
