"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published records and sample questions, which live outside the repository."""
    if not SHARED.is_dir():
        pytest.skip("../shared is absent: published records and sample questions are not on this machine")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's synchronous API keeps an event loop running in the main thread."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """A file's tests share its parts, so they stay in one process; so do all that need the trained dialogue."""
    return _Files(config, log)


class _Files(LoadFileScheduling):  # type: ignore[misc]  # the library has no types
    def _split_scope(self, nodeid: str) -> str:
        return "tests/dialogue" if nodeid.startswith("tests/dialogue/") else str(super()._split_scope(nodeid))
