"""The detector of personal data against lines that were labelled before it was written, both ways and per kind."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from knowledge.text.personal import find, masked

LINES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "personal.jsonl").read_text(encoding="utf-8").splitlines()
]
KINDS = ("cccd", "cmnd", "phone", "card", "account", "plate", "email", "passport", "bhxh", "tax")


def _counts() -> tuple[Counter[str], Counter[str], Counter[str]]:
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for line in LINES:
        wanted = {(kind, value) for kind, value in line["found"]}
        got = {(one.kind, line["text"][one.start : one.end]) for one in find(line["text"])}
        right.update(kind for kind, _ in wanted & got)
        missed.update(kind for kind, _ in wanted - got)
        wrong.update(kind for kind, _ in got - wanted)
    return right, missed, wrong


def test_the_lines_are_half_with_and_half_without() -> None:
    assert Counter(bool(line["found"]) for line in LINES) == {True: 250, False: 250}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_personal_is_found_and_nothing_else(kind: str) -> None:
    right, missed, wrong = _counts()
    assert right[kind] / (right[kind] + missed[kind]) >= 0.95
    assert right[kind] / (right[kind] + wrong[kind]) >= 0.95


def test_lines_without_personal_data_are_left_as_they_are() -> None:
    changed = [line["text"] for line in LINES if not line["found"] and masked(line["text"]) != line["text"]]
    assert not changed


def test_masking_keeps_the_last_signs_and_the_length() -> None:
    assert masked("sđt 0905 123 456 nhé") == "sđt •••• ••• 456 nhé"
    assert masked("cccd 066199012345") == "cccd •••••••••345"
    assert masked("gửi lan.nguyen@gmail.com") == "gửi ••••••••••@gmail.com"
    for line in LINES:
        assert len(masked(line["text"])) == len(line["text"])
        assert all(value not in masked(line["text"]) for _, value in line["found"])
        assert masked(masked(line["text"])) == masked(line["text"])


def test_found_does_not_overlap_and_lies_in_the_text() -> None:
    for line in LINES:
        found = find(line["text"])
        assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
        assert all(0 <= one.start < one.end <= len(line["text"]) for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 4000,
        "0" * 9000,
        "a@" * 4000,
        "1 (1) " * 2000,
        "+84" * 3000,
        "1.2,3 " * 2000,
        "thửa " * 2000 + "12345678",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    find(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("text", ["", "🙂", "\x00", "\n\n", "0", "@", "٠٩٠٥١٢٣٤٥٦"])
def test_odd_text_is_no_trouble(text: str) -> None:
    masked(text)
