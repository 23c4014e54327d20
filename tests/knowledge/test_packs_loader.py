from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import BadRecord
from knowledge.packs_loader import load_areas, load_plans, load_procedures, load_questions, load_units


def put(packs: Path, name: str, content: object) -> Path:
    path = packs / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return packs


def test_procedures_come_in_file_order_with_normalised_codes(tmp_path: Path) -> None:
    put(tmp_path, "procedures/b.json", [{"code": "1.000003", "title": "Ba"}])
    put(
        tmp_path,
        "procedures/a.json",
        [{"code": "1.000002.000.00.00.H15", "title": "Hai"}, {"code": "1.000001", "title": "Một"}],
    )
    assert [procedure.code for procedure in load_procedures(tmp_path)] == ["1.000002", "1.000001", "1.000003"]


def test_plans_units_and_areas(tmp_path: Path) -> None:
    put(tmp_path, "plans/ke-hoach.json", {"id": "ke-hoach", "title": "Kế hoạch"})
    put(tmp_path, "units/dak-lak.json", [{"id": "a", "name": "Đơn vị A"}, {"id": "b", "name": "Đơn vị B"}])
    put(tmp_path, "areas.json", [{"slug": "dak-lak", "name": "Đắk Lắk"}])
    assert [plan.id for plan in load_plans(tmp_path)] == ["ke-hoach"]
    assert [unit.name for unit in load_units(tmp_path)] == ["Đơn vị A", "Đơn vị B"]
    assert [area.slug for area in load_areas(tmp_path)] == ["dak-lak"]


def test_questions_of_one_code_are_joined_without_repeats(tmp_path: Path) -> None:
    lines = [
        {"code": "1.000001", "aliases": ["a", "b"], "questions": ["hỏi một?"]},
        {"code": "1.000002", "questions": [" hỏi hai? ", ""]},
    ]
    put(tmp_path, "questions/x.jsonl", "\n\n".join(json.dumps(line) for line in lines) + "\n")
    put(tmp_path, "questions/y.jsonl", '{"code": "1.000001", "aliases": ["b", "c"], "questions": ["nữa?"]}')
    assert load_questions(tmp_path) == {
        "1.000001": (("a", "b", "c"), ("hỏi một?", "nữa?")),
        "1.000002": ((), ("hỏi hai?",)),
    }


def test_a_line_of_several_codes_speaks_for_each(tmp_path: Path) -> None:
    lines = [
        {"codes": ["1.000001", "1.000002"], "aliases": ["a"], "questions": ["chung?"]},
        {"code": "1.000002", "aliases": ["b"], "questions": ["riêng?"]},
    ]
    put(tmp_path, "questions/x.jsonl", "\n".join(json.dumps(line) for line in lines))
    assert load_questions(tmp_path) == {
        "1.000001": (("a",), ("chung?",)),
        "1.000002": (("a", "b"), ("chung?", "riêng?")),
    }


@pytest.mark.parametrize("load", [load_procedures, load_plans, load_units, load_areas])
def test_absent_packs_are_empty(tmp_path: Path, load: Callable[[Path], list[Any]]) -> None:
    assert load(tmp_path) == []
    assert load_questions(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "procedures/x.json",
            [{"code": "1.000001", "title": "A"}, {"code": "no", "title": "B"}],
            r"x\.json\[1\]",
        ),
        ("procedures/x.json", [{"code": "1.000001", "title": "Một", "colour": "red"}], r"x\.json\[0\]"),
        ("procedures/x.json", ["not a record"], r"x\.json\[0\]"),
        ("procedures/x.json", {"code": "1.000001", "title": "Một"}, "array"),
        ("procedures/x.json", "[{", r"x\.json\[0\]: not JSON"),
        (
            "procedures/x.json",
            [{"code": "1.000001", "title": "A"}] * 2,
            r"already in procedures/x\.json\[0\]",
        ),
    ],
)
def test_a_damaged_procedure_names_its_file_and_place(
    tmp_path: Path, name: str, content: object, says: str
) -> None:
    with pytest.raises(BadRecord, match=says):
        load_procedures(put(tmp_path, name, content))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[]", "code"),
        ('{"code": 1}', "code"),
        ('{"codes": []}', "code"),
        ('{"codes": "1.000001"}', "code"),
        ('{"codes": ["1.000001", 2]}', "code"),
        ('{"code": "1.000001", "aliases": "một"}', "lists of texts"),
        ('{"code": "1.000001", "questions": [1]}', "lists of texts"),
        ("{", "not JSON"),
    ],
)
def test_a_damaged_question_line_names_its_place(tmp_path: Path, line: str, says: str) -> None:
    put(tmp_path, "questions/x.jsonl", '{"code": "1.000001"}\n' + line)
    with pytest.raises(BadRecord, match=says) as caught:
        load_questions(tmp_path)
    assert "questions/x.jsonl[1]" in str(caught.value)


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "procedures/x.json", [])
    (tmp_path / "procedures/x.json").write_bytes('["Đ"]'.encode("utf-16"))
    with pytest.raises(BadRecord, match="UTF-8"):
        load_procedures(tmp_path)


def test_the_same_unit_id_in_two_areas_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "units/a.json", [{"id": "u", "name": "Một"}])
    put(tmp_path, "units/b.json", [{"id": "u", "name": "Hai"}])
    with pytest.raises(BadRecord, match=r"units/b\.json\[0\]: u is already in units/a\.json\[0\]"):
        load_units(tmp_path)


def test_the_real_packs_load() -> None:
    load_procedures()
    load_plans()
    load_units()
    load_areas()
    load_questions()
