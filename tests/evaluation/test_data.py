"""The project's own evaluation set: well formed, unseen by training, and true to the published records."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.run import REQUIRED, read_lines
from knowledge.text.diacritics import fold

DATA = Path(__file__).parent / "data"
Line = dict[str, Any]
AT_LEAST = {"procedures": 200, "dialogues": 20, "plans": 40, "traps": 60}
STYLES = {"colloquial", "polite", "nodiac", "teencode", "story", "legal"}
ASPECTS = {
    "general", "documents", "time_limit", "fee", "steps", "where", "online", "payment", "result", "legal", "form",
    "conditions", "deadline",
}  # fmt: skip
EXPECT = {"abstain", "emergency", "complaint_denunciation", "feedback"}
# The later blind sets: their READMEs tell who wrote them and how.
BLIND = {
    "blind3": {"procedures": 120, "portal_faq": 60, "traps": 40, "dialogues": 40, "plans": 30},
    "blind4": {"procedures": 145, "portal_faq": 60, "traps": 40, "dialogues": 22, "plans": 20},
}
# The seed files that tell of an area (the plans of one province may lie in several).
SEEDS = {"dak-lak": ("000", "001", "002"), "lam-dong/bac-binh": ("003",), "quang-tri": ("004",)}


def lines(kind: str, folder: Path = DATA) -> list[Line]:
    return read_lines([folder / f"{kind}.jsonl"], REQUIRED[kind])


def asked(kind: str, folder: Path = DATA) -> Iterator[Line]:
    """Every question of a kind; a dialogue's turns one by one."""
    for line in lines(kind, folder):
        for turn in line.get("turns", [line]):
            yield {**turn, "id": line["id"]}


def key(text: str) -> str:
    """What two questions have in common when only case, marks and punctuation differ."""
    return " ".join(re.findall(r"\w+", fold(text).casefold()))


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def holds(pattern: str, text: str) -> bool:
    """The pattern is in the text, or in it without marks (one plan is a scan whose marks went astray)."""
    return bool(re.search(pattern, text, re.I) or re.search(fold(pattern), fold(text), re.I))


def plain(text: str) -> str:
    """NFC on one line."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("kind", AT_LEAST)
def test_there_are_enough_lines_and_ids_are_unique(kind: str) -> None:
    ids = Counter(line["id"] for line in lines(kind))
    assert len(ids) >= AT_LEAST[kind]
    assert not [name for name, count in ids.items() if count > 1]


@pytest.mark.parametrize("kind", AT_LEAST)
def test_questions_are_nfc_and_patterns_compile(kind: str) -> None:
    for line in asked(kind):
        assert line["q"] == unicodedata.normalize("NFC", line["q"]).strip() != "", line["id"]
        for pattern in [*line.get("facts", []), *line.get("forbid", [])]:
            assert pattern == unicodedata.normalize("NFC", pattern), line["id"]
            assert not re.search(pattern, ""), f"{line['id']}: {pattern} holds for any reply"


def test_procedure_lines_keep_the_schema() -> None:
    for line in lines("procedures"):
        assert set(line) == {"id", "q", "codes", "aspect", "facts", "forbid", "style"}, line["id"]
        assert line["style"] in STYLES, line["id"]
        assert line["aspect"] in ASPECTS, line["id"]
        assert line["codes"] and all(re.fullmatch(r"\d\.\d{6}", code) for code in line["codes"]), line["id"]


def test_the_styles_are_what_they_say() -> None:
    written = lines("procedures")
    stories = [line for line in written if line["style"] == "story"]
    assert len(stories) >= 30
    assert all(3 <= len(re.findall(r"[.?!](?:\s|$)", line["q"])) <= 6 for line in stories)
    assert all(line["q"].isascii() for line in written if line["style"] == "nodiac")
    assert {line["style"] for line in written} == STYLES
    assert {line["aspect"] for line in written} == ASPECTS


def test_dialogues_plans_and_traps_keep_the_schema() -> None:
    for turn in asked("dialogues"):
        assert bool(turn.get("clarify")) != bool(turn["codes"]), turn["id"]
    for line in lines("plans"):
        assert bool(line.get("facts")) != bool(line.get("expect")), line["id"]
        assert line.get("expect", "abstain") in EXPECT, line["id"]
        assert line["area"] in {"", *SEEDS}, line["id"]
    assert {line["expect"] for line in lines("traps")} == EXPECT


def test_nothing_is_asked_twice() -> None:
    for kind in ("procedures", "plans", "traps"):
        counts = Counter(key(line["q"]) for line in lines(kind))
        assert not [text for text, count in counts.items() if count > 1]


def trained_on(root: Path) -> set[str]:
    packs = root / "knowledge" / "packs"
    seen: set[str] = set()
    for path in [*(packs / "questions").rglob("*.jsonl"), *(packs / "calibration").glob("*.jsonl")]:
        for raw in filter(str.strip, path.read_text(encoding="utf-8").splitlines()):
            seen.update(key(text) for text in strings(json.loads(raw)))
    assert seen, "the bank is where this test looks for it"
    return seen


def test_no_line_was_seen_in_training(root: Path) -> None:
    """Only ids are told when this fails, so that who writes questions stays blind to the bank."""
    seen = trained_on(root)
    # A dialogue's later turns ("mấy ngày") are nobody's own: only whole questions count.
    whole = [line for kind in ("procedures", "plans", "traps") for line in lines(kind)]
    for name, kinds in BLIND.items():
        whole += [line for kind in kinds if kind != "dialogues" for line in lines(kind, DATA / name)]
    leaked = [line["id"] for line in whole if key(line["q"]) in seen]
    assert not leaked, f"reword these lines, also found in the bank or the calibration set: {leaked}"


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in BLIND.items() for kind in kinds])
def test_a_blind_set_is_well_formed(name: str, kind: str) -> None:
    written = lines(kind, DATA / name)
    assert len({line["id"] for line in written}) == len(written) == BLIND[name][kind]
    for line in asked(kind, DATA / name):
        assert line["q"] == unicodedata.normalize("NFC", line["q"]).strip() != "", line["id"]
        assert line.get("expect", "abstain") in {*EXPECT, "answer"}, line["id"]
        assert all(re.fullmatch(r"\d\.\d{6}", code) for code in line.get("codes", [])), line["id"]
        for pattern in [*line.get("facts", []), *line.get("forbid", [])]:
            assert not re.search(pattern, ""), f"{line['id']}: {pattern} holds for any reply"


def asked_of_records() -> Iterator[Line]:
    for kind in ("procedures", "dialogues"):
        yield from asked(kind)
    for name in BLIND:
        for kind in ("procedures", "portal_faq", "traps", "dialogues"):
            yield from asked(kind, DATA / name)


@pytest.fixture(scope="module")
def records(shared: Path) -> dict[str, str]:
    wanted = {code for line in asked_of_records() for code in line.get("codes", [])}
    found: dict[str, str] = {}
    with (shared / "corpus" / "procedures.jsonl").open(encoding="utf-8") as file:
        for raw in file:
            record = json.loads(raw)
            if record["ma_thu_tuc"] in wanted:
                found[record["ma_thu_tuc"]] = plain(" ".join(strings(record)))
    return found


@pytest.mark.shared
def test_codes_exist_and_facts_are_in_every_record_named(records: dict[str, str]) -> None:
    for line in asked_of_records():
        for code in line.get("codes", []):
            assert code in records, f"{line['id']}: {code} is not published"
            facts = line.get("facts", [])
            missing = [pattern for pattern in facts if not re.search(pattern, records[code], re.I)]
            assert not missing, f"{line['id']}: {missing} not in the record of {code}"


@pytest.mark.shared
def test_plan_facts_are_in_the_seeds(shared: Path) -> None:
    for line in [*lines("plans"), *(line for name in BLIND for line in lines("plans", DATA / name))]:
        if not line.get("facts"):
            continue
        files = [path for start in SEEDS[line["area"]] for path in (shared / "seeds").glob(f"{start}_*.txt")]
        text = plain(" ".join(path.read_text(encoding="utf-8") for path in files))
        missing = [pattern for pattern in line["facts"] if not holds(pattern, text)]
        assert not missing, f"{line['id']}: {missing} not in the plans of {line['area']}"
