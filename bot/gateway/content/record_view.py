"""A record as the desk shows it: its fields in the portal's order, each with its doubts and its correction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from bot.gateway.content import shown
from bot.gateway.content.listing import doubt_hash, part_of
from bot.gateway.content.shapes import shape_of
from bot.gateway.staff_pages import words
from knowledge.corrections import Correction, apply
from knowledge.documents import Plan, Procedure
from knowledge.reviews import Review

Published: TypeAlias = Procedure | Plan
# Groups in the order of a portal page; "*" stands for each place of a list.
_PROCEDURE: dict[str, tuple[str, ...]] = {
    "info": ("code", "decision", "title", "levels", "field", "subjects", "area", "validity"),
    "related": ("related",),
    "steps": ("steps",),
    "channels": ("channels", "channels.*.time_limit", "channels.*.fees", "channels.*.note"),
    "dossier": ("dossier.*.case", "dossier.*.items", "dossier_notes"),
    "legal_basis": ("legal_basis",),
    "agency": ("agency", "receiving_places", "ministry"),
    "conditions": ("conditions",),
    "results": ("results",),
    "more": ("deadlines", "online_level", "payment.online", "payment.note", "portal_url", "aliases"),
}
_PLAN: dict[str, tuple[str, ...]] = {
    "info": (
        *("number", "type", "title", "issuer", "place", "issued", "issued_text", "signer", "area", "year"),
        "validity",
    ),
    "statements": ("statements.*",),
    "events": ("events.*",),
    "relations": ("relations", "references"),
    "recipients": ("recipients",),
    "tables": ("tables.*",),
    "sections": ("sections.*",),
}
FIRST_SHOWN = 12  # of a long list; the others open by a link


@dataclass(frozen=True)
class DoubtView:
    """A doubt and what was signed under it."""

    field: str
    part: str
    reason: str
    raw: str
    page: int | None
    sha: str
    review: Review | None = None

    @property
    def open(self) -> bool:
        return self.review is None or self.review.verdict == "wrong"


@dataclass
class FieldView:
    path: str
    label: str
    lines: list[str]
    editable: bool
    page: int | None = None
    doubts: list[DoubtView] = field(default_factory=list)
    correction: Correction | None = None


@dataclass
class GroupView:
    name: str
    title: str
    fields: list[FieldView]
    doubts: list[DoubtView] = field(default_factory=list)

    @property
    def open(self) -> int:
        return sum(doubt.open for doubt in [*self.doubts, *(d for f in self.fields for d in f.doubts)])


@dataclass(frozen=True)
class RecordView:
    record: Published  # with every correction laid over it
    groups: list[GroupView]
    other_doubts: list[DoubtView]

    @property
    def doubts(self) -> list[DoubtView]:
        """Each once, wherever it is shown."""
        placed = [
            d for group in self.groups for d in (*group.doubts, *(d for f in group.fields for d in f.doubts))
        ]
        return list({doubt.sha: doubt for doubt in [*placed, *self.other_doubts]}.values())

    @property
    def open(self) -> int:
        return sum(doubt.open for doubt in self.doubts)

    def field(self, path: str) -> FieldView | None:
        return next((f for group in self.groups for f in group.fields if f.path == path), None)

    def nearest(self, path: str) -> str:
        """The field that a doubt's field means: its own, the one it is shown at, or one of that name in its group."""
        if not path or self.field(path):
            return path
        for group in self.groups:
            shown_at = [f.path for f in group.fields if any(doubt.field == path for doubt in f.doubts)]
            of_group = any(doubt.field == path for doubt in group.doubts)
            named = [f.path for f in group.fields if of_group and part_of(f.path) == part_of(path)]
            found = [*shown_at, *named, *(f.path for f in group.fields if of_group)]
            if found:
                return found[0]
        return ""


def overlaid(record: Published, corrections: Sequence[Correction]) -> Published:
    """The record as the next staging will have it."""
    return apply([record], corrections).records[0]


def view(record: Published, corrections: Sequence[Correction], reviews: Sequence[Review]) -> RecordView:
    """Everything about one staged record. `reviews` are the newest first."""
    now = overlaid(record, corrections)
    data = now.model_dump(mode="json")
    held = {correction.field: correction for correction in corrections}
    doubts = [_doubt(doubt.model_dump(mode="json"), reviews) for doubt in now.doubts]
    table = _PROCEDURE if isinstance(now, Procedure) else _PLAN
    groups = [_group(name, paths, data, record.kind) for name, paths in table.items()]
    for group in groups:
        for one in group.fields:
            one.correction = held.get(one.path)
    left = [doubt for doubt in doubts if not _place(doubt, groups, data)]
    return RecordView(now, [group for group in groups if group.fields or group.doubts], left)


def _doubt(doubt: dict[str, Any], reviews: Iterable[Review]) -> DoubtView:
    sha = doubt_hash(doubt)
    review = next((r for r in reviews if r.field == doubt["field"] and r.content_sha256 == sha), None)
    return DoubtView(
        doubt["field"], part_of(doubt["field"]), doubt["reason"], doubt["raw"], doubt["page"], sha, review
    )


def _group(name: str, paths: Iterable[str], data: dict[str, Any], kind: str) -> GroupView:
    fields = [_field(path, value, data, kind) for path, value in _values(paths, data)]
    return GroupView(name, words()["groups"][name], fields)


def _values(paths: Iterable[str], data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each path with its value; those of one place of a list stay together."""
    listed = [path for path in paths if ".*" in path]
    yield from ((path, _at(data, path)) for path in paths if ".*" not in path and path != "dossier_notes")
    if listed:
        head = listed[0].partition(".*")[0]
        for place, row in enumerate(data[head]):
            for path in listed:
                rest = path.partition(".*")[2].lstrip(".")
                yield f"{head}.{place}{'.' + rest if rest else ''}", row[rest] if rest else row
    if "dossier_notes" in paths:
        yield "dossier_notes", data["dossier_notes"]


def _at(data: dict[str, Any], path: str) -> Any:  # noqa: ANN401  # any JSON value
    value: Any = data
    for name in path.split("."):
        value = value[name]
    return value


def _field(path: str, value: Any, data: dict[str, Any], kind: str) -> FieldView:  # noqa: ANN401
    page = value.get("page") if isinstance(value, dict) else None
    if path.startswith("sections."):
        said = [text for text in (value["title"], value["text"]) if text]
        return FieldView(f"{path}.text", value["path"], said, True, page)
    return FieldView(
        path, label_of(path, data), shown.lines(path, value), shape_of(kind, path) is not None, page
    )


def label_of(path: str, data: dict[str, Any] | None = None) -> str:
    """What a field is called: "Lệ phí – Trực tuyến"."""
    names = [name for name in path.split(".") if not name.isdigit()]
    fields = words()["fields"]
    label = fields.get(".".join(names)) or fields.get(names[-1]) or path
    places = [int(name) for name in path.split(".") if name.isdigit()]
    if not places:
        return str(label)
    if names[0] == "channels" and data and places[0] < len(data["channels"]):
        return f"{label} – {words()['options']['hows'][data['channels'][places[0]]['how']]}"
    return f"{label} {places[0] + 1}"


def _place(doubt: DoubtView, groups: Sequence[GroupView], data: dict[str, Any]) -> bool:
    """Put a doubt beside its field; else at the head of the group of its first name."""
    fields = [one for group in groups for one in group.fields if _is_about(doubt.field, one.path, data)]
    if fields:
        fields[0].doubts.append(doubt)
        for other in fields[1:]:
            other.doubts.append(replace(doubt))
        return True
    first = doubt.field.split(".")[0]
    for group in groups:
        if any(one.path.split(".")[0] == first for one in group.fields) or group.name == first:
            group.doubts.append(doubt)
            return True
    return False


def _is_about(doubt: str, path: str, data: dict[str, Any]) -> bool:
    names = path.split(".")
    if names[0] == "channels" and len(names) == 3:
        how = data["channels"][int(names[1])]["how"]
        return doubt in (
            path,
            f"channels.{how}.{names[2]}",
            f"channels.{names[2]}",
        )  # the last: of all of them
    return doubt == path or (path != "channels" and doubt.startswith(path + "."))
