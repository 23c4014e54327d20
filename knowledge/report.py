"""What an ingest says of a version: what was read, what it states, what was left open and why, what disagrees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from knowledge.documents import Plan, Procedure
from knowledge.merge import Conflict
from knowledge.problems import Problem

EXAMPLES = 3  # shown for each kind of doubt
_SHOWN = 25  # lines shown of a list that may be as long as the corpus
_COVERED: dict[str, Callable[[Procedure], object]] = {
    "time limit": lambda record: any(channel.time_limit for channel in record.channels),
    "fee": lambda record: any(fee.amount is not None for channel in record.channels for fee in channel.fees),
    "fee or its note": lambda record: any(channel.fees for channel in record.channels),
    "channels": lambda record: record.channels,
    "dossier": lambda record: record.dossier,
    "agency": lambda record: record.agency,
    "legal basis": lambda record: record.legal_basis,
    "results": lambda record: record.results,
    "steps": lambda record: record.steps,
    "conditions": lambda record: record.conditions,
    "decision": lambda record: record.decision,
    "link": lambda record: record.portal_url,
    "citizen's deadline": lambda record: record.deadlines,
}
_COVERED_PLAN: dict[str, Callable[[Plan], object]] = {
    "number": lambda plan: plan.number,
    "issuer": lambda plan: plan.issuer,
    "issued": lambda plan: plan.issued or plan.issued_text,
    "signer": lambda plan: plan.signer,
    "sections": lambda plan: plan.sections,
    "statements": lambda plan: plan.statements,
    "references": lambda plan: plan.references,
    "recipients": lambda plan: plan.recipients,
}


@dataclass(frozen=True)
class DoubtGroup:
    """One kind of doubt: how many values were left open for this reason, and a few of them."""

    field: str
    reason: str
    count: int
    records: int
    examples: tuple[str, ...]  # keys


@dataclass(frozen=True)
class Dispute:
    """Something that people have to settle: two records that claim the same, or a source that now disagrees."""

    kind: str
    key: str
    field: str
    text: str


@dataclass
class IngestReport:
    """What a version was read from, and what was doubtful. `changed` is False when the one before says the same."""

    version: str = ""
    changed: bool = False
    read: int = 0
    listed: int = 0  # of these, known by title only
    read_plans: int = 0
    published: int = 0
    packs: int = 0
    laid_over: str = "on"  # whether our packs were: on, plans-off, off
    plans: int = 0
    files: dict[str, int] = field(default_factory=dict)  # path → records
    fresh: list[str] = field(default_factory=list)  # files that were read now
    coverage: dict[str, int] = field(default_factory=dict)  # of the procedures read in full
    plan_coverage: dict[str, int] = field(default_factory=dict)
    doubts: list[DoubtGroup] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)  # "key: file:line replaces file:line"
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> IngestReport:
        parts = {"doubts": DoubtGroup, "conflicts": Conflict, "problems": Problem, "disputes": Dispute}
        made = {name: [kind(**row) for row in data.get(name, [])] for name, kind in parts.items()}
        made["doubts"] = [replace(group, examples=tuple(group.examples)) for group in made["doubts"]]
        return cls(**{**data, **made})

    def lines(self) -> list[str]:
        """The report in plain lines, for a terminal or a log."""
        full = self.read - self.listed
        made = (
            f"read {self.read} procedures ({self.listed} by title only) and {self.read_plans} issued texts"
            f" from {len(self.files)} file(s), {len(self.fresh)} of them now;"
            f" {self.packs} written by us laid over them"
        )
        doubts = [
            f"  {group.count:>6}  {group.field}: {group.reason} ({', '.join(group.examples)})"
            for group in self.doubts
        ]
        differ = [
            f"  {found.code} {found.field}: ours {found.pack}, published {found.crawl}"
            for found in self.conflicts
        ]
        disputes = [f"  {found.key} {found.field}: {found.text}" for found in self.disputes]
        return [
            self.head,
            made,
            "stated in what was read:",
            *_shares(self.coverage, full),
            *(_titled("stated in issued texts:", _shares(self.plan_coverage, self.read_plans))),
            *_titled("left open, by reason:", doubts),
            *_titled("our record differs from what is published (ours is kept):", _cut(differ)),
            *_titled("for people to settle:", _cut(disputes)),
            *_titled("read twice, the later one kept:", _cut([f"  {note}" for note in self.replaced])),
            *_titled("left out:", [f"  {problem}" for problem in self.problems]),
        ]

    @property
    def head(self) -> str:
        """The line that says the most."""
        state = "staged" if self.changed else "unchanged"
        left = f", {len(self.problems)} problem(s)" if self.problems else ""
        return f"{state}: version {self.version}, {self.published} procedures, {self.plans} plans{left}"


def _shares(counts: dict[str, int], total: int) -> list[str]:
    return [f"  {name:<20} {count:>6}  {count / max(1, total):>6.1%}" for name, count in counts.items()]


def _titled(title: str, rows: list[str]) -> list[str]:
    return [title, *rows] if rows else []


def _cut(rows: list[str]) -> list[str]:
    return rows if len(rows) <= _SHOWN else [*rows[:_SHOWN], f"  … and {len(rows) - _SHOWN} more"]


def coverage(records: Iterable[Procedure]) -> dict[str, int]:
    """How many records state each field; those known by title only state none and are not counted."""
    counts = dict.fromkeys(_COVERED, 0)
    for record in records:
        for name, states in _COVERED.items():
            counts[name] += bool(not record.listed_only and states(record))
    return counts


def plan_coverage(plans: Iterable[Plan]) -> dict[str, int]:
    """How many issued texts state each field; {} when there are none."""
    counts: Counter[str] = Counter()
    for plan in plans:
        counts.update({name: bool(states(plan)) for name, states in _COVERED_PLAN.items()})
    return dict(counts)


def doubt_groups(records: Iterable[Procedure | Plan]) -> list[DoubtGroup]:
    """Doubts counted by field and reason, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    keys: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for record in records:
        for doubt in record.doubts:
            group = (doubt.field.rpartition(".")[2], doubt.reason)
            counts[group] += 1
            if not keys[group] or keys[group][-1] != record.key:
                keys[group].append(record.key)
    return [
        DoubtGroup(name, reason, count, len(keys[name, reason]), tuple(keys[name, reason][:EXAMPLES]))
        for (name, reason), count in counts.most_common()
    ]
