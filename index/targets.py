"""What a searchable target is made of."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BODY = 12_000  # characters of body that are indexed


@dataclass(frozen=True)
class TargetText:
    """The text of one target: `title`, other short `wordings`, and `body`."""

    title: str
    wordings: tuple[str, ...] = ()
    body: str = ""

    @property
    def entries(self) -> tuple[str, ...]:
        return (self.title, *self.wordings)
