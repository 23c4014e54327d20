"""The bench's own questions, as conversations, and the small changes that keep any cache from helping."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PATH = Path(__file__).with_name("questions.txt")
# What people put around a question without changing it.
OPENERS = ("", "cho hỏi", "cho em hỏi", "cho mình hỏi", "anh chị cho hỏi", "làm ơn cho biết", "mình muốn hỏi")
CLOSERS = ("", "ạ", "vậy", "nhỉ", "với ạ", "vậy ạ", "giúp em", "giúp mình với", "nha", "?")


@dataclass(frozen=True)
class Conversation:
    """Questions put one after the other, in an area."""

    questions: tuple[str, ...]
    area: str = ""


def read(path: Path = PATH) -> list[Conversation]:
    """Conversations parted by blank lines; `@slug` sets the area of one, `#` begins a remark."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if not line.startswith("#")]
    groups = (list(group) for some, group in itertools.groupby(kept, key=bool) if some)
    return [_conversation(group) for group in groups]


def _conversation(lines: Sequence[str]) -> Conversation:
    area = next((line[1:] for line in lines if line.startswith("@")), "")
    return Conversation(tuple(line for line in lines if not line.startswith("@")), area)


def endless(conversations: Sequence[Conversation], *, seed: int = 7) -> Iterator[Conversation]:
    """The conversations over and over, in changing order; only the first round is worded as written.

    Query vectors are cached by text, so the same words again would measure the cache.
    """
    chance = random.Random(seed)  # noqa: S311  # nothing secret: the same run twice
    asked: set[str] = set()
    while True:
        for found in chance.sample(conversations, len(conversations)):
            yield Conversation(tuple(_fresh(text, asked, chance) for text in found.questions), found.area)


def _fresh(text: str, asked: set[str], chance: random.Random) -> str:
    """The text in words not asked before; after all of them were, in any."""
    wordings = [f"{before} {text} {after}".strip() for before in OPENERS for after in CLOSERS]
    unasked = [wording for wording in wordings if wording not in asked]
    chosen = text if text not in asked else chance.choice(unasked or wordings)
    asked.add(chosen)
    return chosen
