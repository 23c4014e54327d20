"""How far the parser of portal records reads the glued tables right, against records labelled by hand.

    python -m bot.evaluation.parsing --labels tests/evaluation/data/portal_labels/a.jsonl

The labels' schema and rules are in `tests/evaluation/data/portal_labels/README.md`. A value left unknown is
never wrong; a value stated where the label states none is. What is counted:

- a row's time limit, once; where the description states one for each case, all of them with their cases;
- each amount of money, right when the label has it and, where the label has several, a condition tells it apart;
- "free", stated when a row's only amount is 0;
- cases and papers, aligned in order; originals and copies of each paper; papers that have a form file.

Rows of label and record are paired in the order-keeping way that agrees best.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from bot.evaluation.metrics import wilson
from bot.evaluation.portal_labels import LABELS, Label, LabelCase, LabelChannel, read_labels
from knowledge.documents import DossierCase, DossierItem, How, Procedure, SubmissionChannel
from knowledge.errors import BadRecord
from knowledge.parsers.portal_crawl import parse

CORPUS = Path("../shared/corpus/procedures.jsonl")
FIELDS = (
    "channel", "time limit", "amount", "free", "dossier case", "paper", "originals", "copies", "form",
)  # fmt: skip
BLANK = "fee of a blank cell"  # the fee cell says "no information": counted apart

Verdict = Literal["right", "wrong", "missing"]
Left = TypeVar("Left")
Right = TypeVar("Right")


class Outcome(NamedTuple):
    """One value: of which record and field, what was stated and what the label says."""

    code: str
    field: str
    verdict: Verdict
    stated: str = ""
    label: str = ""


class Score(NamedTuple):
    """`missing`: values a careful reader could state that were not stated."""

    right: int = 0
    wrong: int = 0
    missing: int = 0
    expected: int = 0  # values the labels state

    @property
    def stated(self) -> int:
        return self.right + self.wrong


def align(
    left: Sequence[Left], right: Sequence[Right], alike: Callable[[Left, Right], float]
) -> list[tuple[int | None, int | None]]:
    """Pairs of places in order, the most alike in sum; None stands for a partner that is not there."""
    if len(left) == len(right):
        return [(place, place) for place in range(len(left))]

    @cache
    def best(i: int, j: int) -> tuple[float, tuple[tuple[int | None, int | None], ...]]:
        if i == len(left):
            return 0.0, tuple((None, place) for place in range(j, len(right)))
        if j == len(right):
            return 0.0, tuple((place, None) for place in range(i, len(left)))
        paired, rest = best(i + 1, j + 1)
        skipped_left, left_rest = best(i + 1, j)
        skipped_right, right_rest = best(i, j + 1)
        return max(
            (paired + alike(left[i], right[j]), ((i, j), *rest)),
            (skipped_left, ((i, None), *left_rest)),
            (skipped_right, ((None, j), *right_rest)),
            key=lambda option: option[0],
        )

    return list(best(0, 0)[1])


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _limit_outcome(code: str, label: LabelChannel, rows: Sequence[SubmissionChannel]) -> Iterator[Outcome]:
    stated = {
        (row.time_limit.value, row.time_limit.unit, row.note)
        for row in rows
        if row.time_limit and row.time_limit.value is not None and row.time_limit.unit
    }
    figures = {(value, unit) for value, unit, _ in stated}
    expected = {label.limit} if label.limit else set(label.limit_said)
    if not stated and not expected:
        return
    if not stated:
        yield Outcome(code, "time limit", "missing", "", _text(sorted(expected)))
        return
    # Several of one row are right only as cases, each with its own words.
    told_apart = len({note for *_, note in stated}) == len(stated)
    right = figures == expected and told_apart
    yield Outcome(
        code, "time limit", "right" if right else "wrong", _text(sorted(figures)), _text(sorted(expected))
    )
    if not right and expected:
        yield Outcome(code, "time limit", "missing", _text(sorted(figures)), _text(sorted(expected)))


def _amounts(rows: Sequence[SubmissionChannel]) -> dict[tuple[int, str], bool]:
    """The amounts stated, and whether each of them comes with a condition."""
    found: dict[tuple[int, str], bool] = {}
    for fee in (fee for row in rows for fee in row.fees if fee.amount is not None):
        key = (fee.amount or 0, fee.currency)
        found[key] = found.get(key, True) and bool(fee.condition)
    return found


def _fee_outcomes(code: str, label: LabelChannel, rows: Sequence[SubmissionChannel]) -> Iterator[Outcome]:
    stated = _amounts(rows)
    positive = {key for key in stated if key[0]}
    free = bool(stated) and not positive
    if label.fee_blank:
        if stated:
            yield Outcome(code, BLANK, "wrong", _text(sorted(stated)))
        return
    expected = set(label.fees)
    right = {key for key in positive & expected if stated[key] or len(expected) == 1}
    for key in sorted(positive):
        yield Outcome(code, "amount", "right" if key in right else "wrong", _text(key), _text(label.fees))
    for key in sorted(expected - right):
        yield Outcome(code, "amount", "missing", _text(sorted(positive)), _text(key))
    if free:
        yield Outcome(
            code, "free", "right" if label.free else "wrong", "free", _text([label.free, label.fees])
        )
    elif label.free:
        yield Outcome(code, "free", "missing", _text(sorted(stated)), "free")


def _row_outcomes(code: str, label: LabelChannel, rows: Sequence[SubmissionChannel]) -> list[Outcome]:
    if label.unsure:
        return []
    if not rows:
        yielded = [Outcome(code, "channel", "missing", "", label.how)]
    else:
        yielded = [Outcome(code, "channel", "right", label.how, label.how)]
    return [*yielded, *_limit_outcome(code, label, rows), *_fee_outcomes(code, label, rows)]


def _shared_out(
    code: str, labels: Sequence[LabelChannel], rows: Sequence[SubmissionChannel]
) -> list[Outcome]:
    """Rows of one way of submission shared out over the labels in order, as they agree best.

    A row of the cell may be several of the record (one a case).
    """

    @cache
    def best(i: int, j: int) -> tuple[int, tuple[Outcome, ...]]:
        if i == len(labels):
            extra = tuple(Outcome(code, "channel", "wrong", row.how) for row in rows[j:])
            return 3 * len(extra), extra
        options = []
        for end in range(j, len(rows) + 1):
            own = _row_outcomes(code, labels[i], rows[j:end])
            cost, rest = best(i + 1, end)
            options.append((cost + sum(one.verdict != "right" for one in own), (*own, *rest)))
        return min(options, key=lambda option: option[0])

    return list(best(0, 0)[1])


def _distinct(labels: Iterable[LabelChannel]) -> list[LabelChannel]:
    """A row printed twice is one row of the record."""
    kept: list[LabelChannel] = []
    for label in labels:
        if label not in kept:
            kept.append(label)
    return kept


def channel_outcomes(label: Label, record: Procedure) -> list[Outcome]:
    found: list[Outcome] = []
    for how in How:
        labels = [one for one in label.channels if one.how is how]
        rows = [one for one in record.channels if one.how is how]
        if len(rows) < len(labels):
            labels = _distinct(labels)
        found += _shared_out(label.code, labels, rows)
    return found


def _alike_counts(label: tuple[int | None, int | None], item: DossierItem) -> float:
    if item.originals is None:
        return 0.5
    return 1.0 if (item.originals, item.copies or 0) == (label[0], label[1] or 0) else 0.1


def _alike_cases(label: LabelCase, case: DossierCase) -> float:
    pairs = zip(label.counts, case.items, strict=False)
    return sum(_alike_counts(*pair) for pair in pairs) / max(label.items, len(case.items), 1)


def _count_outcome(code: str, field: str, label: int | None, stated: int | None) -> Iterator[Outcome]:
    if stated is not None:
        verdict: Verdict = "right" if stated == label else "wrong"
        yield Outcome(code, field, verdict, _text(stated), _text(label))
    if label is not None and stated != label:
        yield Outcome(code, field, "missing", _text(stated), _text(label))


def _case_outcomes(code: str, label: LabelCase, case: DossierCase) -> Iterator[Outcome]:
    yield Outcome(code, "dossier case", "right")
    for i, j in align(label.counts, case.items, _alike_counts):
        counts = label.counts[i] if i is not None else (None, None)
        item = case.items[j] if j is not None else None
        verdict: Verdict = "missing" if item is None else "right" if i is not None else "wrong"
        yield Outcome(code, "paper", verdict, item.name[:80] if item else "", _text(counts))
        yield from _count_outcome(code, "originals", counts[0], item.originals if item else None)
        yield from _count_outcome(code, "copies", counts[1], item.copies if item else None)
    forms = sum(bool(item.form and item.form.file) for item in case.items)
    compared = _text(forms), _text(label.forms)
    yield from (Outcome(code, "form", "right", *compared) for _ in range(min(forms, label.forms)))
    yield from (Outcome(code, "form", "wrong", *compared) for _ in range(forms - label.forms))
    yield from (Outcome(code, "form", "missing", *compared) for _ in range(label.forms - forms))


def _missed_case(code: str, label: LabelCase) -> Iterator[Outcome]:
    yield Outcome(code, "dossier case", "missing", "", _text(label.items))
    for originals, copies in label.counts:
        yield Outcome(code, "paper", "missing", "", _text([originals, copies]))
        yield from _count_outcome(code, "originals", originals, None)
        yield from _count_outcome(code, "copies", copies, None)
    yield from (Outcome(code, "form", "missing") for _ in range(label.forms))


def dossier_outcomes(label: Label, record: Procedure) -> list[Outcome]:
    found: list[Outcome] = []
    for i, j in align(label.dossier, record.dossier, _alike_cases):
        expected = label.dossier[i] if i is not None else None
        case = record.dossier[j] if j is not None else None
        if expected is None:
            found.append(Outcome(label.code, "dossier case", "wrong", _text(len(case.items) if case else 0)))
        elif expected.unsure:
            continue
        elif case is None:
            found += _missed_case(label.code, expected)
        else:
            found += _case_outcomes(label.code, expected, case)
    return found


def outcomes(label: Label, record: Procedure) -> list[Outcome]:
    """Every value that the label or the record states, with its verdict.

    A wrong value that hides one the label states gives two outcomes: wrong, and missing.
    """
    return [*channel_outcomes(label, record), *dossier_outcomes(label, record)]


def score(found: Iterable[Outcome]) -> dict[str, Score]:
    """The figures of each field, in the order of `FIELDS`, with their sum under "all"."""
    counts = {name: dict.fromkeys(("right", "wrong", "missing"), 0) for name in (*FIELDS, BLANK)}
    for one in found:
        counts[one.field][one.verdict] += 1
    scores = {
        name: Score(row["right"], row["wrong"], row["missing"], row["right"] + row["missing"])
        for name, row in counts.items()
    }
    parts = [scores[name] for name in FIELDS]
    scores["all"] = Score(*(sum(part[place] for part in parts) for place in range(4)))
    return scores


def _share(hits: int, of: int) -> str:
    if not of:
        return f"{'–':>6} {'':15}"
    low, high = wilson(hits, of)
    return f"{hits / of:>6.1%} [{low:.1%}–{high:.1%}]".ljust(22)


def lines(found: Sequence[Outcome], records: int) -> list[str]:
    """The table of figures and the wrong values, for a terminal."""
    scores = score(found)
    rows = [f"{records} records; a share is followed by its 95 % interval (Wilson)"]
    rows.append(f"{'':13} {'stated':>7} {'right of stated':22} {'stateable':>9} {'stated of stateable':22}")
    for name in (*FIELDS, "all"):
        one = scores[name]
        rows.append(
            f"{name:13} {one.stated:>7} {_share(one.right, one.stated)} "
            f"{one.expected:>9} {_share(one.right, one.expected)}"
        )
    rows.append(f"stated although the fee cell says that it has no information: {scores[BLANK].wrong}")
    return [*rows, *_told(found, "wrong")]


def _told(found: Sequence[Outcome], verdict: Verdict) -> list[str]:
    chosen = [one for one in found if one.verdict == verdict]
    told = dict.fromkeys(f"  {one.code} {one.field}: {one.stated} for {one.label or '–'}" for one in chosen)
    return [f"{verdict} ({len(chosen)}):", *told] if told else []


def read_records(corpus: Path, codes: set[str]) -> dict[str, Procedure]:
    """The records of a crawl that have one of these codes; a damaged line is left out."""
    records = {}
    with corpus.open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            if data.get("ma_thu_tuc") in codes:
                try:
                    records[data["ma_thu_tuc"]] = parse(data)
                except BadRecord as error:
                    sys.stderr.write(f"{data['ma_thu_tuc']}: {error}\n")
    return records


def measure(labels: Sequence[Label], records: dict[str, Procedure]) -> list[Outcome]:
    return [one for label in labels if label.code in records for one in outcomes(label, records[label.code])]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation.parsing", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--labels", type=Path, nargs="+", default=[LABELS], help="files or folders")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="the crawl the labels were read from")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    parser.add_argument("--missing", action="store_true", help="list what was not stated too")
    chosen = parser.parse_args(arguments)
    labels = read_labels(chosen.labels)
    records = read_records(chosen.corpus, {label.code for label in labels})
    found = measure(labels, records)
    if chosen.json:
        scores = {name: one._asdict() for name, one in score(found).items()}
        told = [one._asdict() for one in found if one.verdict == "wrong"]
        text = json.dumps({"records": len(records), "scores": scores, "wrong": told}, ensure_ascii=False)
    else:
        text = "\n".join([*lines(found, len(records)), *(_told(found, "missing") if chosen.missing else [])])
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
