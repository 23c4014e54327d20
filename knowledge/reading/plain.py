"""Plain text, in whatever encoding it was saved; form feeds part pages."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.reading.clean import clean
from knowledge.reading.legacy import UNKNOWN, decoded
from knowledge.reading.pages import Page
from knowledge.reading.task import Found, Step, Task
from knowledge.text.quality import vietnamese_share


def read(task: Task) -> Iterator[Found]:
    """A text file as one page, or as many as form feeds part it into."""
    yield Step(1, 1)
    text, encoding = decoded(task.path.read_bytes())
    yield {"encoding": encoding or UNKNOWN}
    pages = text.split("\f") if "\f" in text.strip("\f\n ") else [text]
    for number, part in enumerate(pages, start=1):
        page = clean(part)
        if page or len(pages) == 1:
            yield Page(number, page, "text", vietnamese_share(page))
