"""What the documents say is compared with what the code does; links lead somewhere."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.metadata import Distribution, distributions
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import typer.main
import yaml
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from bot.answer.pipeline import steps
from bot.cli import app
from bot.gateway.settings import Settings
from index.build import build
from index.dense import HashEncoder
from index.snapshot import current
from knowledge.corpus import Knowledge
from knowledge.guides import load_guides
from knowledge.packs_loader import load_procedures

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "web" / "README.md"])
PACKAGES = ("bot", "knowledge", "index", "actions", "desk")
REQUIREMENTS = ROOT / "deploy" / "requirements"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def cells(text: str) -> Iterator[list[str]]:
    """The rows of every table in a text, without heads' underlines."""
    for line in text.splitlines():
        if line.startswith("|") and not set(line) <= set("|-: "):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its rank."""
    _, found, rest = text.partition(f"\n## {heading}\n")
    assert found, f"no heading {heading!r}"
    return rest.split("\n## ")[0]


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


# ------------------------------------------------------------------ every page


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} is not there"
        if anchor:
            assert anchor in {slug(heading) for heading in re.findall(r"^#+ (.+)$", read(found), re.M)}, (
                target
            )


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    text = read(page)
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group has them
    for said in re.findall(r"\bmotcua ([a-z]+)", text):
        assert said in commands, f"motcua {said}"
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.M))
    for said in re.findall(r"[`(]make ([a-z]+)|^ {4}make ([a-z]+)", text, re.M):
        assert set(said) - {""} <= targets, f"make {said}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_named_are_there(page: Path) -> None:
    tops = "bot|knowledge|index|actions|desk|web|deploy|tests|docs"
    for said in re.findall(rf"`((?:{tops})/[\w./-]*)`", read(page)):
        if said in {"index/model/", "web/dist", "web/dist/"}:  # made, not written
            continue
        assert (ROOT / said).exists() or (page.parent / said).exists(), said


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_modules_named_exist(page: Path) -> None:
    for said in re.findall(r"`((?:bot|knowledge|index|actions|desk)(?:\.\w+)+)`", read(page)):
        path = ROOT.joinpath(*said.split("."))
        holder = path.parent.with_suffix(".py")
        known = path.is_dir() or path.with_suffix(".py").is_file() or path.parent.is_dir() or holder.is_file()
        assert known, said


# ------------------------------------------------------------------ README, change log, licence


def test_the_readme_is_short_and_names_every_package() -> None:
    text = read(ROOT / "README.md")
    assert len(text.splitlines()) <= 120
    for folder in PACKAGES:
        assert f"`{folder}/" in text


def test_the_answer_in_the_readme_is_of_the_record() -> None:
    quoted = "\n".join(line[2:] for line in read(ROOT / "README.md").splitlines() if line.startswith("> "))
    title = re.search(r"^Nguồn: (.+?) \(Quyết định công bố (.+?)\)", quoted, re.M)
    assert title
    (record,) = [found for found in load_procedures() if found.title == title[1]]
    assert record.decision == title[2]
    stated = json.dumps(record.to_json(), ensure_ascii=False)
    for amount in re.findall(r"([\d.]+) đồng", quoted):
        assert amount.replace(".", "") in stated
    for document in re.findall(r"\d+/\d{4}/TT-\w+", quoted):
        assert document in stated


def test_the_change_log_has_this_version() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", read(ROOT / "CHANGELOG.md"), re.M)
    assert headings[0] == "Unreleased"
    assert headings[1] == version


def test_the_licence_is_the_one_declared() -> None:
    assert read(ROOT / "LICENSE").startswith("MIT License")
    assert tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["license"] == "MIT"
    assert json.loads(read(ROOT / "web" / "package.json"))["license"] == "MIT"


# ------------------------------------------------------------------ architecture


def test_every_status_is_listed_as_it_is() -> None:
    expected = [[f"`{code}`", about["label"], about["meaning"]] for code, about in STATUSES.items()]
    listed = list(cells(section(read(DOCS / "architecture.md"), "Statuses")))[1:]
    assert listed == expected
    api = read(DOCS / "api.md")
    assert not [code for code in STATUSES if f"`{code}`" not in api]


STATUSES = yaml.safe_load(read(ROOT / "bot" / "answer" / "statuses.yml"))


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_given_somewhere(status: str) -> None:
    given = re.compile(rf"[\"']{status}[\"']|\bstatus: {status}\b")
    files = [path for part in ("bot/answer", "bot/gateway", "actions") for path in (ROOT / part).rglob("*.*")]
    sources = [path for path in files if path.suffix in {".py", ".yml"} and path.name != "statuses.yml"]
    assert any(given.search(read(path)) for path in sources)


def test_the_pipeline_is_listed_in_order() -> None:
    names = [name for name, _ in steps(MagicMock(), MagicMock(), None)] + ["render"]
    listed = re.findall(
        r"^\d+\. `(\w+)`:", section(read(DOCS / "architecture.md"), "The answer pipeline"), re.M
    )
    assert listed == names


def test_a_snapshot_holds_what_is_drawn(tmp_path: Path) -> None:
    knowledge = Knowledge(procedures=tuple(load_procedures()[:2]), guides=tuple(load_guides()[:2]))
    build(knowledge, home=tmp_path, encoder=HashEncoder())
    folder = current(tmp_path)
    assert folder is not None
    drawn = section(read(DOCS / "architecture.md"), "Knowledge and index")
    tree = drawn.split("<id>/")[1].split("current")[0]
    assert {path.name for path in folder.iterdir()} == set(re.findall(r"│   [├└]── ([\w.]+)", tree))


def test_every_package_has_a_row() -> None:
    rows = {
        name for row in cells(section(read(DOCS / "architecture.md"), "Folders")) for name in ticked(row[0])
    }
    assert {
        f"{folder}/" for folder in ("knowledge", "index", "actions", "desk", "web", "deploy", "tests")
    } <= rows
    parts = {path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {f"bot/{part}/" for part in parts} <= rows


def ticked(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_settings_are_listed_with_their_defaults() -> None:
    listed = {
        ticked(row[0])[0]: row[1].strip("`")
        for row in cells(read(DOCS / "runbooks" / "settings.md"))
        if ticked(row[0])
    }
    for name, field in Settings.model_fields.items():
        default = "random" if field.default is PydanticUndefined else shown(field.default)
        assert listed[name.upper()] == default, name


def shown(default: object) -> str:
    if default in ("", (), SecretStr("")):
        return "empty"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


# ------------------------------------------------------------------ glossary and decisions


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    code = "\n".join(read(path) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    folders = {path.name for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_dir()}
    for row in cells(read(DOCS / "glossary.md")):
        for word in ticked(row[1]) if len(row) == 3 else []:
            assert re.search(rf"\b{word}\b", code) or word in folders, word


def test_decisions_are_numbered_dated_and_listed() -> None:
    records = sorted(DOCS.glob("adr/[0-9]*.md"))
    index = read(DOCS / "adr" / "README.md")
    for number, path in enumerate(records, 1):
        text = read(path)
        assert path.name.startswith(f"{number:04}-")
        title = re.match(rf"# {number}\. (.+)\n\n(\d{{4}}-\d\d-\d\d) · (accepted|superseded by \d+)\n", text)
        assert title, path.name
        assert date.fromisoformat(title[2])
        assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]
        assert f"| {number} | [{title[1]}]({path.name}) |" in index
    assert index.count("](0") == len(records)


# ------------------------------------------------------------------ dependencies

LISTS = {
    "The app: `deploy/requirements/app.in` (Python 3.11)": "app.in",
    "Checks and tests: `deploy/requirements/dev.in`": "dev.in",
    "The dialogue: `deploy/requirements/rasa.in` (Python 3.10)": "rasa.in",
}


def asked_for(listing: str) -> set[str]:
    lines = [line.split("#")[0].strip() for line in read(REQUIREMENTS / listing).splitlines()]
    return {re.split(r"[\[=<>~! ;]", line)[0] for line in lines if line and not line.startswith("-")}


def explained(heading: str) -> dict[str, str]:
    """Package and licence of each row below a heading."""
    rows = list(cells(section(read(DOCS / "dependencies.md"), heading)))[1:]
    assert all(len(row) == 4 and all(row) for row in rows)
    return {row[0]: row[1] for row in rows}


PEERS = {"The peers, measured only: `deploy/requirements/peers.in`": "peers.in"}  # not installed to be tested


@pytest.mark.parametrize(("heading", "listing"), (LISTS | PEERS).items())
def test_every_dependency_is_explained(heading: str, listing: str) -> None:
    assert set(explained(heading)) == asked_for(listing)


def test_every_web_dependency_is_explained() -> None:
    package = json.loads(read(ROOT / "web" / "package.json"))
    assert "dependencies" not in package, "nothing of others reaches the browser"
    assert set(explained("The web page: `web/package.json`")) == set(package["devDependencies"])


def environment(listing: str) -> dict[str, Distribution]:
    """What is installed beside us for a list; the dialogue's is another interpreter's."""
    if listing != "rasa.in":
        return {found.name.lower(): found for found in distributions()}
    folders = [str(path) for path in ROOT.glob(".venv-rasa/lib/python*/site-packages")]
    return {found.name.lower(): found for found in distributions(path=folders)} if folders else {}


@pytest.mark.parametrize(("heading", "listing"), LISTS.items(), ids=LISTS.values())
def test_licences_are_those_of_the_packages(heading: str, listing: str) -> None:
    installed = environment(listing)
    for name, licence in explained(heading).items():
        found = installed.get(name.lower())
        if found is not None and "License-Expression" in found.metadata:
            assert found.metadata["License-Expression"] == licence, name


def test_nothing_of_the_gpl() -> None:
    for heading in [*LISTS, "The web page: `web/package.json`"]:
        for name, licence in explained(heading).items():
            assert not re.search(r"(?<!L)GPL", licence), name


def test_every_job_is_listed_with_its_time() -> None:
    timed = re.compile(r'Timed\(\s*"(motcua\.\w+)", "([^"]+)"')
    found = {pair for path in (ROOT / "bot").rglob("*.py") for pair in timed.findall(read(path))}
    table = read(DOCS / "architecture.md").partition("<!-- jobs:")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(motcua\.\w+)` \| `([^`]+)` \|", table, re.MULTILINE))
    assert len(found) > 8
    assert listed == found
