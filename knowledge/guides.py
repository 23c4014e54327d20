"""General answers that belong to no single procedure (how to submit online, how to pay), in our own words."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import ValidationError

from knowledge.documents import Record, Text, Validity
from knowledge.errors import BadRecord

_FOLDER = Path(__file__).resolve().parent / "packs" / "guides"


class GuideSource(Record):
    """A law by number, or a public page."""

    title: Text
    number: str = ""
    url: str = ""


class Guide(Record):
    """A general answer: short lines, the questions people ask for it, and where its facts come from."""

    kind: Literal["guide"] = "guide"
    id: Text
    title: Text
    aspect: str = ""
    questions: tuple[str, ...] = ()
    lines: tuple[str, ...]
    sources: tuple[GuideSource, ...] = ()
    validity: Validity = Validity()


def load_guides(folder: Path = _FOLDER) -> list[Guide]:
    """Guides of `guides/*.yml`; a file holds one guide or a list. Ids are unique.

    Raises:
        BadRecord: naming the file, when one is damaged or an id stands twice.
    """
    guides: dict[str, Guide] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
            found = [Guide.model_validate(one) for one in (loaded if isinstance(loaded, list) else [loaded])]
        except (yaml.YAMLError, ValidationError) as error:
            raise BadRecord(f"{path.name}: {error}") from error
        for guide in found:
            if guide.id in guides:
                raise BadRecord(f"{path.name}: guide {guide.id} stands twice")
            guides[guide.id] = guide
    return list(guides.values())
