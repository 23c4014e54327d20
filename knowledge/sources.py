"""Files and folders of published records, each read by what it holds; whatever is damaged is named and left out.

`FORMATS` is the whole dispatch: a new format is one more line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from knowledge import json_records
from knowledge.abolished import abolished_bodies
from knowledge.documents import Plan, Procedure
from knowledge.errors import BadFile, BadRecord
from knowledge.json_records import Found, Tell
from knowledge.parsers import decision_pdf, docx_export, issued, saved_page
from knowledge.problems import Problem
from knowledge.reading.kinds import ENDINGS, Kind, sniff
from knowledge.reading.pages import DocumentText, Page

__all__ = ["NOTE_ENDING", "Found", "Options", "Problem", "find_files", "is_content", "read_file", "sha256_of"]

NOTE_ENDING = ".motcua.txt"  # notes that a watched folder leaves beside files (bot/gateway/watch.py)
_UNFINISHED = (".part", ".crdownload", ".tmp")


@dataclass(frozen=True)
class Options:
    """How files are read.

    Args:
        area: Goes into records that name none.
        fetched: The day the files were taken from where they are published, when known.
        ocr: Whether pages without a good text layer are read from their image.
    """

    area: str = ""
    fetched: date | None = None
    ocr: bool = True


@dataclass(frozen=True)
class Job:
    """One file to read: where its bytes lie, what people call it, and who is told of its pages.

    `work` is a folder for pages read from their image, so that an interrupted reading goes on.
    """

    path: Path
    name: str
    kind: Kind
    options: Options
    tell: Tell
    pages: Callable[[tuple[Page, ...]], None]
    work: Path | None = None


@dataclass(frozen=True)
class Format:
    """A way to read files of some kinds, when the file looks like it."""

    name: str
    kinds: tuple[Kind, ...]
    read: Callable[[Job], Iterator[Found]]
    looks_like: Callable[[Job], bool] = field(default=lambda job: True)


def find_files(paths: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
    """The files to read, folders opened in name order, each file once. Hidden files and notes are no files."""
    files: dict[Path, Path] = {}
    problems = []
    for path in paths:
        if path.is_dir():
            inside = sorted(found for found in path.rglob("*") if found.is_file() and is_content(found, path))
            files.update((found.resolve(), found) for found in inside)
            if not inside:
                problems.append(Problem(str(path), 0, "no file in this folder"))
        elif not path.exists():
            problems.append(Problem(str(path), 0, "there is no such file or folder"))
        else:
            files[path.resolve()] = path
    return list(files.values()), problems


def is_content(path: Path, folder: Path) -> bool:
    """Whether a file inside a folder is meant to be read: not hidden, no note of ours, no half of a download."""
    hidden = any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
    return not hidden and not path.name.endswith((NOTE_ENDING, *_UNFINISHED))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kind_of(path: Path) -> Kind:
    """What a file holds. A name that promises records makes damaged lines damaged records, not text.

    Raises:
        BadFile: it is of no kind that is read, damaged, protected or too large.
    """
    kind = sniff(path).kind
    for records in (Kind.JSONL, Kind.JSON):
        if kind is Kind.TEXT and path.suffix.lower() in ENDINGS[records]:
            return records
    return kind


def _no_pages(_pages: tuple[Page, ...]) -> None:
    """Pages that nobody keeps."""


def read_file(
    path: Path,
    tell: Tell = lambda _: None,
    *,
    name: str = "",
    options: Options | None = None,
    pages: Callable[[tuple[Page, ...]], None] = _no_pages,
    work: Path | None = None,
) -> Iterator[Found]:
    """The records of one file with their places, or what is wrong there.

    Args:
        path: Where the bytes lie.
        tell: Gets the bytes read so far.
        name: What people call the file, when it is read from a copy.
        options: How it is read.
        pages: Gets the pages of a document.
        work: Where pages read from their image are kept while the document is read.

    Raises:
        OutsideError: reading failed for a reason outside the file; trying again later can help.
    """
    shown = name or str(path)
    options = options or Options()
    try:
        job = Job(path, shown, kind_of(path), options, tell, pages, work)
        for place, found in _format_of(job).read(job):
            yield place, _checked(_in_area(found, options.area))
    except BadFile as error:
        advice = f" ({error.advice})" if error.advice else ""
        yield error.page or 0, Problem(shown, error.page or 0, f"{error.reason}{advice}")
    except BadRecord as error:
        yield 0, Problem(shown, 0, str(error))
    except OSError as error:
        yield 0, Problem(shown, 0, f"cannot be read: {error.strerror or error}")


def _in_area(found: Procedure | Plan | Problem, area: str) -> Procedure | Plan | Problem:
    if isinstance(found, Problem) or not area or found.area:
        return found
    return found.model_copy(update={"area": area})


def _checked(found: Procedure | Plan | Problem) -> Procedure | Plan | Problem:
    """A procedure with a doubt for each field that sends people to a body that is gone."""
    if not isinstance(found, Procedure) or not (gone := abolished_bodies().doubts(found)):
        return found
    return found.model_copy(update={"doubts": (*found.doubts, *gone)})


def _format_of(job: Job) -> Format:
    return next(form for form in FORMATS if job.kind in form.kinds and form.looks_like(job))


def _lines(job: Job) -> Iterator[Found]:
    return json_records.read_lines(job.path, name=job.name, tell=job.tell, fetched=job.options.fetched)


def _whole(job: Job) -> Iterator[Found]:
    return json_records.read_whole(job.path, name=job.name, tell=job.tell, fetched=job.options.fetched)


def _excel(job: Job) -> Iterator[Found]:
    from knowledge.parsers import excel_list

    options = job.options
    yield from excel_list.parse(
        job.path, name=Path(job.name).name, area=options.area, fetched=options.fetched
    )


def _is_export(job: Job) -> bool:
    return docx_export.looks_like(job.path)


def _export(job: Job) -> Iterator[Found]:
    yield 0, docx_export.parse(job.path, area=job.options.area, fetched=job.options.fetched)


def _is_saved_page(job: Job) -> bool:
    return saved_page.looks_like(_html(job))


def _saved_page(job: Job) -> Iterator[Found]:
    yield 0, saved_page.parse(_html(job), area=job.options.area, fetched=job.options.fetched)


def _html(job: Job) -> str:
    return job.path.read_bytes().decode("utf-8-sig", errors="replace")


def _document(job: Job) -> Iterator[Found]:
    from knowledge.reading.reader import OcrMode, read_document

    size = job.path.stat().st_size
    document = read_document(
        job.path,
        ocr=OcrMode.AUTO if job.options.ocr else OcrMode.OFF,
        work=job.work,
        tell=lambda page, pages: job.tell(size * page // max(1, pages)),
    )
    job.pages(document.pages)
    if decision_pdf.looks_like(document):
        yield from _decision(document, job)
    elif issued.looks_like(document.text):
        name, area = Path(job.name).name, job.options.area
        yield 1, issued.parse(document, name=name, area=area, sha256=sha256_of(job.path))
    else:
        raise BadRecord(
            "neither a decision with procedures nor an issued text (no motto, kind or number was found)"
        )


def _decision(document: DocumentText, job: Job) -> Iterator[Found]:
    """The procedures of a decision; those without a national code are named, for nothing can be asked of them."""
    name, options = Path(job.name).name, job.options
    found = decision_pdf.parse_all(document, name=name, area=options.area, fetched=options.fetched)
    yield from ((record.provenance.page or 0, record) for record in found.procedures)
    for uncoded in found.uncoded:
        page = uncoded.page or 0
        yield page, Problem(job.name, page, f"no national code (N.NNNNNN): {uncoded.title!r}")


FORMATS = (
    Format("records, one a line", (Kind.JSONL,), _lines),
    Format("records", (Kind.JSON,), _whole),
    Format("list of titles", (Kind.XLSX,), _excel),
    Format("portal export", (Kind.DOCX,), _export, looks_like=_is_export),
    Format("saved portal page", (Kind.HTML,), _saved_page, looks_like=_is_saved_page),
    Format("document", (Kind.PDF, Kind.DOCX, Kind.HTML, Kind.IMAGE, Kind.TEXT), _document),
)
