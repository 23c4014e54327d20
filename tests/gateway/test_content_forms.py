"""What officials type, the values that come of it, and how values read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.gateway.content import forms, shown, typed
from bot.gateway.content.record_view import _PLAN, _PROCEDURE, view
from bot.gateway.content.shapes import shape_of
from bot.gateway.content.typed import Mistyped
from bot.gateway.staff_pages import number, query, words
from knowledge.corrections import value_at
from knowledge.documents import Doubt, Fee, How, Procedure, SubmissionChannel
from tests.gateway.content_helpers import plan, procedure

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("100.000", 100000), ("100 000 đ", 100000), ("1.500.000 đồng", 1500000), ("8000", 8000), ("0", 0),
        ("20,000", 20000), ("100.000Đ.", 100000), ("", None), ("  ", None),
    ],
)  # fmt: skip
def test_money(said: str, amount: int | None) -> None:
    assert typed.money(said) == amount


@pytest.mark.parametrize("said", ["1.5", "10,5", "mười", "100.00", "1.0000", "-5", "5 10", "1e6", "٣"])
def test_money_that_can_be_read_two_ways_is_asked_back(said: str) -> None:
    with pytest.raises(Mistyped):
        typed.money(said)


def test_numbers_and_days() -> None:
    assert [typed.decimal(said) for said in ("5", "2,5", "0.5", "")] == [5, 2.5, 0.5, None]
    assert [typed.count(said) for said in ("1", "007", "")] == [1, 7, None]
    assert [typed.day(said) for said in ("2026-11-20", "20/11/2026", "1-2-2026", "")] == [
        "2026-11-20", "2026-11-20", "2026-02-01", None,
    ]  # fmt: skip
    for read, said in (
        (typed.decimal, "0"),
        (typed.decimal, "5 ngày"),
        (typed.count, "-1"),
        (typed.count, "1.5"),
    ):
        with pytest.raises(Mistyped):
            read(said)
    for said in ("31/02/2026", "20/11", "11/20/2026", "hôm nay"):
        with pytest.raises(Mistyped):
            typed.day(said)


def everything() -> list[tuple[Any, str]]:
    """Every field of two full records that has a form."""
    found = []
    for record in (procedure(), plan()):
        found += [
            (record, one.path)
            for group in view(record, (), ()).groups
            for one in group.fields
            if one.editable
        ]
    return found


@pytest.mark.parametrize(
    ("record", "path"), everything(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_form_sent_back_untouched_changes_nothing(record: Any, path: str) -> None:
    shape = shape_of(record.kind, path)
    assert shape is not None
    before = value_at(record, path)
    filled = forms.start(path, shape, before)
    said = {input.name: input.value for group in filled.groups for input in group} | {
        name: value for name, value in filled.typed.items() if shape.style in ("rows", "ticks")
    }
    after, errors = forms.read(shape, said, before)
    assert errors == {} or (path == "title" and not before)
    assert (after or None) == (before or None)


def test_what_was_typed_stays_when_it_is_wrong() -> None:
    shape = shape_of("procedure", "channels.0.fees")
    assert shape is not None
    said = {"rows": "2", "r0.amount": "năm chục", "r0.condition": "mỗi lần", "r1.amount": "7"}
    value, errors = forms.read(shape, said, [])
    assert errors == {"r0.amount": "not_money", "r1.amount": "fee_too_small"}
    filled = forms.again("channels.0.fees", shape, said, errors)
    assert [(one.name, one.value, one.error) for one in filled.groups[0]][0] == (
        "r0.amount",
        "năm chục",
        "not_money",
    )
    assert filled.groups[0][3].value == "mỗi lần"


def test_no_more_rows_than_a_form_may_have() -> None:
    assert forms.row_count({"rows": "99999"}) == forms.SPARE_ROWS
    assert forms.row_count({"rows": "999"}) == forms.MAX_ROWS
    assert forms.row_count({}) == forms.SPARE_ROWS
    assert forms.row_count({"rows": "-1"}) == forms.SPARE_ROWS


def test_values_read_as_officials_write_them() -> None:
    assert shown.lines("channels.0.time_limit", {"value": 2.5, "unit": "working_day", "raw": "x"}) == [
        "2,5 ngày làm việc"
    ]
    assert shown.lines("channels.0.time_limit", {"value": None, "unit": None, "raw": "1"}) == [
        "nguyên văn: “1”"
    ]
    assert shown.lines("channels.0.time_limit", None) == []
    fees = [
        Fee(amount=1500000, kind="fee", condition="lần đầu"),
        Fee(amount=0),
        Fee(raw="theo quy định"),
        Fee(amount=20, currency="USD"),
    ]
    assert shown.lines("channels.0.fees", [fee.model_dump(mode="json") for fee in fees]) == [
        "1.500.000 đồng · Phí · lần đầu", "Miễn phí", "nguyên văn: “theo quy định”", "20 USD",
    ]  # fmt: skip
    assert shown.lines(
        "validity", {"state": "superseded", "start": None, "end": "2026-06-30", "by": "QĐ 5"}
    ) == ["Đã được thay thế, đến hết 30/06/2026, thay bằng QĐ 5"]
    assert (number(1234567), number(2.5), number(0)) == ("1.234.567", "2,5", "0")
    assert query({"a": "x y", "b": ""}, trang=2, a=None) == "?trang=2"


def test_doubts_stand_where_they_belong() -> None:
    ways = (
        SubmissionChannel(how=How.ONLINE),
        SubmissionChannel(how=How.DIRECT),
        SubmissionChannel(how=How.DIRECT),
    )
    names = (
        "channels.direct.fees",
        "channels.fees",
        "dossier",
        "nothing.known",
        "steps",
        "channels.1.time_limit",
    )
    record = procedure(channels=ways, doubts=tuple(Doubt(field=name, reason="not stated") for name in names))
    shown_ = view(record, (), ())
    at = {
        one.path: [d.field for d in one.doubts]
        for group in shown_.groups
        for one in group.fields
        if one.doubts
    }
    assert at == {
        "channels.0.fees": ["channels.fees"],
        "channels.1.fees": ["channels.direct.fees", "channels.fees"],
        "channels.2.fees": ["channels.direct.fees", "channels.fees"],
        "channels.1.time_limit": ["channels.1.time_limit"],
        "steps": ["steps"],
    }
    heads = {group.name: [doubt.field for doubt in group.doubts] for group in shown_.groups if group.doubts}
    assert heads == {"dossier": ["dossier"]}
    assert [doubt.field for doubt in shown_.other_doubts] == ["nothing.known"]
    assert shown_.open == len(names)
    assert shown_.nearest("channels.direct.fees") == "channels.1.fees"
    assert shown_.nearest("channels.fees") == "channels.0.fees"
    assert shown_.nearest("nothing.known") == ""


# ------------------------------------------------------------------ words


def test_every_field_and_column_has_its_word() -> None:
    known = words()
    for table in (_PROCEDURE, _PLAN):
        for name, paths in table.items():
            assert name in known["groups"]
            for path in paths:
                plain = ".".join(part for part in path.split(".") if part != "*")
                assert plain in known["fields"] or plain.split(".")[-1] in known["fields"], path
    for record, path in everything():
        shape = shape_of(record.kind, path)
        assert shape is not None
        for column in shape.columns:
            assert column.name in known["columns"] and column.kind in typed.READERS
            assert not column.options or column.options in known["options"]
        assert not shape.note or shape.note in known["notes"]


def test_every_choice_of_a_record_has_its_word() -> None:
    schema = Procedure.model_json_schema()["$defs"]
    for definition, options in (
        ("TimeUnit", "units"),
        ("How", "hows"),
        ("Level", "levels"),
        ("ValidityState", "validities"),
    ):
        assert set(schema[definition]["enum"]) == set(words()["options"][options])


def test_words_are_said_once() -> None:
    """A key twice in one mapping: the second would silently win."""

    class Strict(yaml.SafeLoader):
        pass

    def once(loader: Strict, node: yaml.MappingNode) -> dict[Any, Any]:
        keys = [loader.construct_object(key) for key, _ in node.value]  # type: ignore[no-untyped-call]
        assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]
        return dict(yaml.SafeLoader.construct_mapping(loader, node, deep=True))

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, once)
    yaml.load((ROOT / "web/staff/vi.yml").read_text("utf-8"), Strict)  # noqa: S506  # our own file, a safe loader


def test_sentences_of_errors_are_there() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "bot/gateway/content").glob("*.py"))
    code += (ROOT / "bot/gateway/routes/content_record.py").read_text("utf-8")
    said = set(re.findall(r'Mistyped\("(\w+)"\)|NotSaved\("(\w+)"\)', code))
    for names in said:
        assert set(names) - {""} <= words()["field_errors"].keys()
