"""An answer names the other code of its title when what that holds differs, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answer.context import Question
from bot.answer.reply import Reply
from bot.answer.service import Answerer
from index.build import build
from index.dense import HashEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.areas import Areas
from knowledge.corpus import Knowledge
from knowledge.documents import How, Level, Procedure, SubmissionChannel, Validity, ValidityState
from knowledge.packs_loader import load_areas
from tests.answer.world import NOW, acts

TITLE = "Đăng ký cấp thẻ thư viện lưu động"


def one(code: str, agency: str, field: str = "Thư viện", **more: object) -> Procedure:
    channels = (SubmissionChannel(how=How.DIRECT),)
    return Procedure(code=code, title=TITLE, agency=agency, field=field, levels=(Level.COMMUNE,), channels=channels,
                     **more)  # type: ignore[arg-type]  # fmt: skip


def answer(home: Path, *records: Procedure) -> Reply:
    build(Knowledge(procedures=records, areas=load_areas()), home=home, encoder=HashEncoder())
    here = Answerer(Search(Snapshot(current(home) or home), HashEncoder()), Areas.from_pack(), acts())
    return here.answer(Question("đăng ký cấp thẻ thư viện lưu động nộp ở đâu", act="ask", now=NOW))


def test_the_same_facts_need_no_word(tmp_path: Path) -> None:
    reply = answer(tmp_path, one("9.400001", "Ủy ban A"), one("9.400002", "Ủy ban A"))
    assert reply.status in {"answered", "partial"} and "cùng tên" not in reply.text
    assert len(reply.candidates) == 1


@pytest.mark.parametrize(("field", "which"), [("Hải đảo", "Hải đảo"), ("Thư viện", "mã 9.4")])
def test_other_facts_are_named_and_offered(tmp_path: Path, field: str, which: str) -> None:
    reply = answer(tmp_path, one("9.400001", "Ủy ban A"), one("9.400002", "Ủy ban B", field))
    assert reply.procedure is not None
    other = "9.400002" if reply.procedure.code == "9.400001" else "9.400001"
    assert "cùng tên" in reply.text and f"mã {other}" in reply.text
    assert reply.choices[0].payload == f"#MC:PROC:{other}"
    assert which in reply.choices[0].title or reply.procedure.code == "9.400002"


def test_what_no_longer_holds_or_is_only_listed_is_not_offered(tmp_path: Path) -> None:
    ended = Validity(state=ValidityState.REPEALED)
    records = one("9.400001", "Ủy ban A"), one("9.400002", "Ủy ban B", validity=ended)
    listed = Procedure(code="9.400003", title=TITLE, listed_only=True)
    reply = answer(tmp_path, *records, listed)
    assert reply.procedure is not None and reply.procedure.code == "9.400001"
    assert "cùng tên" not in reply.text
