"""As many procedure records as are wanted, made from those there are: titles, papers and channels recombined.

They have the length and the words of real ones, and mean nothing. Codes begin with 8, which no real one does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge.documents import Procedure

# Each record of the corpus has about seven wordings: a title and what people call it.
CALLED = (
    "thủ tục {}", "hồ sơ {} gồm những gì", "{} mất bao lâu", "{} nộp ở đâu", "muốn {} thì làm sao", "lệ phí {}",
)  # fmt: skip


def variants(records: Sequence[Procedure], count: int, *, seed: int = 7) -> Iterator[Procedure]:
    """`count` records; the first are those given."""
    yield from records[:count]
    chance = random.Random(seed)  # noqa: S311  # nothing secret: the same records twice
    for number in range(len(records), count):
        title, papers, ways = chance.choice(records), chance.choice(records), chance.choice(records)
        subject = f"{_plain(title.title)} theo {_plain(papers.field or papers.title)} số {number}"
        yield title.model_copy(
            update={
                "code": f"8.{number:06d}",
                "title": subject[:1].upper() + subject[1:],
                "aliases": tuple(called.format(subject) for called in CALLED),
                "dossier": papers.dossier,
                "channels": ways.channels,
                "steps": ways.steps,
                "portal_url": "",
            }
        )


def write(records: Iterator[Procedure], path: Path) -> None:
    """One record a line, in our own format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record.to_json(), ensure_ascii=False) + "\n")


def _plain(text: str) -> str:
    head = text.partition("(")[0].strip() or text
    return head[:1].lower() + head[1:]
