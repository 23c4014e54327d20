"""Snapshots: the same input is built once, a new one is swapped in whole, and what fails leaves the old one."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from index import build as build_module
from index.build import build, snapshot_id
from index.collection import Collection
from index.dense import HashEncoder
from index.manifest import FORMAT, Manifest
from index.search import Search
from index.snapshot import Snapshot, current, swap
from knowledge.corpus import Knowledge, Wordings
from knowledge.errors import SnapshotError
from tests.answer.world import BIRTH, tiny_knowledge


@pytest.fixture(scope="module")
def tiny() -> Knowledge:
    return tiny_knowledge()


@pytest.fixture(scope="module")
def other(tiny: Knowledge) -> Knowledge:
    return replace(tiny, procedures=tiny.procedures[:2])


@pytest.fixture(scope="module")
def made(tiny: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one snapshot; tests that change it copy it first."""
    home = tmp_path_factory.mktemp("made")
    build(tiny, home=home, encoder=HashEncoder())
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home", symlinks=True))


def serves(home: Path) -> Search:
    folder = current(home)
    assert folder is not None
    return Search(Snapshot(folder), HashEncoder())


def best(home: Path) -> str:
    hit = serves(home).procedures("đăng ký khai sinh").best
    return hit.id if hit else ""


def test_nothing_serves_before_the_first(tmp_path: Path) -> None:
    assert current(tmp_path) is None


def test_what_was_built_serves(made: Path, tiny: Knowledge) -> None:
    search = serves(made)
    assert best(made) == BIRTH
    records = search.snapshot.records
    assert [records.procedure(p.code) for p in tiny.procedures] == list(tiny.procedures)
    assert records.all("plan") == list(tiny.plans)
    assert records.all("guide") == list(tiny.guides)
    assert records.all("area") == list(tiny.areas)
    assert records.get("procedure", "9.999999") is None
    assert records.plan(BIRTH) is None
    assert records.all("nothing") == []


def test_the_manifest_tells_what_it_is(made: Path, tiny: Knowledge) -> None:
    manifest = serves(made).snapshot.manifest
    assert manifest.id == snapshot_id(tiny, HashEncoder())
    assert manifest.model == "hash"
    assert manifest.counts["procedure"] == len(tiny.procedures)
    assert manifest.built.tzinfo is not None


def test_the_same_input_has_the_same_id(tiny: Knowledge) -> None:
    assert snapshot_id(tiny, HashEncoder()) == snapshot_id(tiny_knowledge(), HashEncoder())


def test_every_input_counts(tiny: Knowledge, other: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    same = snapshot_id(tiny, HashEncoder())
    asked = replace(tiny, wordings={BIRTH: Wordings(("giấy cho bé",), ())})
    ids = {
        same,
        snapshot_id(other, HashEncoder()),
        snapshot_id(tiny, None),
        snapshot_id(asked, HashEncoder()),
    }
    monkeypatch.setattr(build_module, "load_weights", lambda: {"procedures": {"dense": 9.0}})
    ids.add(snapshot_id(tiny, HashEncoder()))
    assert len(ids) == 5


def test_the_same_input_is_not_built_again(
    home: Path, tiny: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(build_module, "_write", never)
    before = Manifest.read(current(home) or home)
    assert build(tiny, home=home, encoder=HashEncoder()) == before


def test_new_knowledge_is_swapped_in_and_the_old_stays_for_going_back(
    home: Path, tiny: Knowledge, other: Knowledge
) -> None:
    old = current(home)
    manifest = build(other, home=home, encoder=HashEncoder())
    assert current(home) == home / "index" / manifest.id
    assert old is not None and old.is_dir()
    build(tiny, home=home, encoder=HashEncoder())
    assert current(home) == old


def test_a_snapshot_held_open_outlives_the_swap(home: Path, other: Knowledge) -> None:
    search = serves(home)
    build(other, home=home, encoder=HashEncoder())
    assert search.procedures("đăng ký khai sinh").best is not None
    assert search.snapshot.records.procedure(BIRTH) is not None


def test_readers_see_the_old_or_the_new_never_neither(home: Path) -> None:
    folder = current(home)
    assert folder is not None
    second = home / "index" / "second"
    shutil.copytree(folder, second)
    seen, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(current(home))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(200):
        swap(home, "second")
        swap(home, folder.name)
    stop.set()
    reader.join()
    assert seen <= {folder, second}


def test_a_leftover_of_a_killed_swap_does_not_matter(home: Path) -> None:
    folder = current(home)
    assert folder is not None
    (home / "index" / f"current.{os.getpid()}").symlink_to("nowhere")
    swap(home, folder.name)
    assert current(home) == folder


@pytest.mark.parametrize("stage", ["records", "procedures", "passages"])
def test_a_full_disk_leaves_the_old_snapshot_serving(home: Path, other: Knowledge, stage: str) -> None:
    before = current(home)

    def full(reached: str) -> None:
        if reached == stage:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        build(other, home=home, encoder=HashEncoder(), progress=full)
    assert current(home) == before
    assert best(home) == BIRTH
    assert not list((home / "index").glob("*.partial"))
    build(other, home=home, encoder=HashEncoder())
    assert current(home) != before


def test_a_disk_full_in_the_middle_of_a_file_leaves_the_old_one(
    home: Path, other: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Collection, folder: Path, **_: object) -> None:
        folder.mkdir(parents=True)
        (folder / "sizes.json").write_text('{"targ')
        raise OSError(errno.ENOSPC, "No space left on device")

    before = current(home)
    monkeypatch.setattr(Collection, "save", full)
    with pytest.raises(OSError, match="No space"):
        build(other, home=home, encoder=HashEncoder())
    assert current(home) == before
    assert best(home) == BIRTH


def test_a_disk_that_is_really_full(made: Path, other: Knowledge, tmp_path: Path) -> None:
    """On a file system of 1 MB with the old snapshot on it, where one can be mounted."""
    small = tmp_path / "small"
    small.mkdir()
    pages = sum(-(-file.stat().st_size // 4096) for file in made.rglob("*") if file.is_file())
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={pages * 4096 + 160_000}", "tmpfs", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        home = Path(shutil.copytree(made, small / "home", symlinks=True))
        before = current(home)
        with pytest.raises((OSError, RuntimeError)):
            build(other, home=home, encoder=HashEncoder())
        assert current(home) == before
        assert best(home) == BIRTH
        assert not list((home / "index").glob("*.partial"))
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def _build_and_wait(knowledge: Knowledge, home: Path, reached: multiprocessing.synchronize.Event) -> None:
    def wait(stage: str) -> None:
        if stage == "passages":
            reached.set()
            time.sleep(60)

    build(knowledge, home=home, encoder=HashEncoder(), progress=wait)


def test_a_kill_in_the_middle_leaves_the_old_one_and_the_next_build_cleans_up(
    home: Path, other: Knowledge
) -> None:
    before = current(home)
    context = multiprocessing.get_context("fork")
    reached = context.Event()
    child = context.Process(target=_build_and_wait, args=(other, home, reached))
    child.start()
    assert reached.wait(30)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join(10)
    assert list((home / "index").glob("*.partial"))
    assert current(home) == before
    assert best(home) == BIRTH
    build(other, home=home, encoder=HashEncoder())
    assert not list((home / "index").glob("*.partial"))
    assert current(home) != before


def files_of(made: Path) -> list[str]:
    folder = current(made)
    assert folder is not None
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())


@pytest.mark.parametrize("damage", ["missing", "empty", "half", "noise"])
def test_no_damaged_file_is_taken_for_a_snapshot(home: Path, made: Path, damage: str) -> None:
    folder = current(home)
    assert folder is not None
    for name in files_of(made):
        file = folder / name
        whole = file.read_bytes()
        if damage == "missing":
            file.unlink()
        else:
            file.write_bytes(
                {"empty": b"", "half": whole[: len(whole) // 2], "noise": b"\x00\xff" * 40}[damage]
            )
        with pytest.raises(SnapshotError):
            Snapshot(folder)
            pytest.fail(f"{name} {damage}: loaded")
        file.write_bytes(whole)
    Snapshot(folder)


@pytest.mark.parametrize("content", ["[]", "null", '{"procedure": 1}', '{"procedure": {"a": 1}}', "{"])
def test_places_of_another_shape_are_no_snapshot(home: Path, content: str) -> None:
    damaged(home, "places.json", content)


@pytest.mark.parametrize("content", ["[]", "null", '"a"', '{"a": 1}\n{', "{}\n1\n"])
@pytest.mark.parametrize("collection", ["procedures", "passages"])
def test_rows_of_another_shape_are_no_snapshot(home: Path, collection: str, content: str) -> None:
    damaged(home, f"{collection}/rows.jsonl", content)


def damaged(home: Path, name: str, content: str) -> None:
    """Of the same length to the manifest: only reading shows it."""
    folder = current(home)
    assert folder is not None
    (folder / name).write_text(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = len(content)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SnapshotError, match="damaged snapshot"):
        Snapshot(folder)


def test_another_format_is_refused_by_name(home: Path) -> None:
    folder = current(home)
    assert folder is not None
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": FORMAT + 1}))
    with pytest.raises(SnapshotError, match=f"format {FORMAT + 1}"):
        Snapshot(folder)


def test_a_folder_without_manifest_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="motcua publish"):
        Snapshot(tmp_path)


def test_without_plans_and_guides_there_is_still_a_snapshot(tiny: Knowledge, tmp_path: Path) -> None:
    build(replace(tiny, plans=[], guides=[]), home=tmp_path, encoder=HashEncoder())
    assert serves(tmp_path).passages("đối thoại").hits == ()


def test_without_a_model_words_alone_serve(tiny: Knowledge, tmp_path: Path) -> None:
    manifest = build(tiny, home=tmp_path, encoder=None)
    assert manifest.model == ""
    search = Search(Snapshot(current(tmp_path) or tmp_path), None)
    hit = search.procedures("đăng ký khai sinh").best
    assert hit is not None and hit.id == BIRTH
