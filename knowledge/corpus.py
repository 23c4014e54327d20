"""Everything the assistant knows at one moment, in memory, before it is indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.documents import Area, Plan, Procedure, Unit
from knowledge.guides import Guide


@dataclass(frozen=True)
class Wordings:
    """What people call a procedure, and how they ask for it."""

    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Knowledge:
    """The records to publish together. `wordings` are by procedure code."""

    procedures: Sequence[Procedure] = ()
    plans: Sequence[Plan] = ()
    guides: Sequence[Guide] = ()
    units: Sequence[Unit] = ()
    areas: Sequence[Area] = ()
    wordings: dict[str, Wordings] = field(default_factory=dict)
