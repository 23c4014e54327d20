"""General answers that belong to no single procedure: how to submit, how to pay, where to complain.

Each guide is one YAML file of `knowledge/packs/guides`: what people ask, and the answer in a few plain lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import Field, StringConstraints, ValidationError

from knowledge.documents import Record, Text, Validity
from knowledge.errors import BadRecord

PACK = Path(__file__).resolve().parent / "packs" / "guides"

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
Aspect: TypeAlias = Literal[
    "overview", "documents", "time_limit", "fee", "steps", "where", "online", "payment", "result", "legal",
    "form", "conditions", "contact", "schedule", "responsibility", "deadline",
]  # fmt: skip


class GuideSource(Record):
    """The law, page or office a guide rests on."""

    title: Text
    number: str = ""
    url: str = ""


class Guide(Record):
    """A general answer: at most eight lines, each of which a person can act on."""

    kind: Literal["guide"] = "guide"
    id: Slug
    title: Text
    aspect: Aspect
    questions: Annotated[tuple[Text, ...], Field(min_length=1)]
    lines: Annotated[tuple[Text, ...], Field(min_length=1, max_length=8)]
    sources: Annotated[tuple[GuideSource, ...], Field(min_length=1)]
    validity: Validity = Validity()


def load_guides(folder: Path = PACK) -> list[Guide]:
    """Every guide, by file name.

    Raises:
        BadRecord: a file is damaged, or its name is not its id; the message names it.
    """
    return [_guide(path) for path in sorted(folder.glob("*.yml"))]


def _guide(path: Path) -> Guide:
    try:
        guide = Guide.model_validate(_read(path))
    except ValidationError as error:
        raise BadRecord(f"{path.name}: {error}") from error
    if guide.id != path.stem:
        raise BadRecord(f"{path.name}: its id is {guide.id}")
    return guide


def _read(path: Path) -> Any:  # noqa: ANN401 - YAML is checked by the caller
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRecord(f"{path.name}: {error}") from error
