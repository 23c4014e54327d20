"""What a snapshot's id depends on."""

from __future__ import annotations

import pytest

from index import build as building
from index.targets import TargetText
from knowledge.corpus import Knowledge
from knowledge.packs_loader import load_procedures


def test_other_texts_from_the_same_records_are_another_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that words a passage otherwise makes another index, though no record changed."""
    knowledge = Knowledge(procedures=load_procedures()[:2])
    before = building.snapshot_id(knowledge, None)
    assert building.snapshot_id(knowledge, None) == before
    monkeypatch.setattr(building, "procedure_text", lambda record, wordings: TargetText(record.title, ("x",)))
    assert building.snapshot_id(knowledge, None) != before
