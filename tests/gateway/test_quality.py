"""The page and the JSON of the measured figures: this installation's own first, the shipped ones else, said so."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from bot.evaluation import figures as kept
from bot.evaluation.causes import SEVERITY
from bot.evaluation.figures import Miss, QualityFigures, SetFigures
from bot.evaluation.metrics import Figure
from bot.evaluation.report import Report
from bot.evaluation.tables import tables
from bot.gateway import quality
from bot.gateway.routes import quality as routes
from bot.gateway.security import RateGuard, SecurityHeaders
from bot.gateway.settings import Settings


def measured(name: str, *, value: float = 0.5, misses: list[Miss] | None = None) -> QualityFigures:
    figure = Figure(value=value, low=value - 0.1, high=value + 0.1, n=20)
    few = Figure(value=0.0, low=0.0, high=0.9, n=2)
    report = Report(
        kind="procedures",
        n=20,
        figures={"R@1": figure, "facts right": few},
        styles={"long": {"R@1": figure}},
        fields={"Hộ tịch <1>": {"R@1": figure}},
        causes={"refused": 3},
    )
    return QualityFigures(
        sets=[
            SetFigures(
                name=name,
                title=f"Bộ {name}",
                measured=date(2026, 11, 21),
                kinds={"procedures": report},
                misses=misses or [],
            )
        ]
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(quality, "shipped", lambda: tmp_path / "shipped.json")
    return Settings(motcua_home=tmp_path / "home")


@pytest.fixture
def client(settings: Settings) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(routes.router)
    app.add_middleware(SecurityHeaders)
    app.state.parts = SimpleNamespace(settings=settings, rates=RateGuard(600))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://motcua.test")


def own(settings: Settings) -> Path:
    return settings.home / "quality" / "figures.json"


async def test_shipped_figures_are_called_so_until_the_office_measures(
    client: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    kept.save(tmp_path / "shipped.json", measured("blind2"))
    before = (await client.get("/api/v1/quality")).json()
    assert before["origin"] == "shipped"
    assert quality.words()["shipped"][:40] in (await client.get("/chat-luong")).text
    kept.save(own(settings), measured("van-phong", value=0.7))
    after = (await client.get("/api/v1/quality")).json()
    assert (after["origin"], after["figures"]["sets"][0]["name"]) == ("installation", "van-phong")
    page = (await client.get("/chat-luong")).text
    assert quality.words()["installation"] in page and "<strong>70</strong>" in page


async def test_without_figures_the_page_says_so(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/quality")).json()["origin"] == "none"
    answer = await client.get("/chat-luong")
    assert answer.status_code == 200 and quality.words()["none"] in answer.text


async def test_damaged_figures_of_the_office_do_not_hide_the_shipped_ones(
    client: httpx.AsyncClient, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept.save(tmp_path / "shipped.json", measured("blind2"))
    own(settings).parent.mkdir(parents=True)
    own(settings).write_text("{not json", encoding="utf-8")
    assert (await client.get("/api/v1/quality")).json()["origin"] == "shipped"
    assert "cannot be read" in caplog.text


async def test_the_page_is_clean_for_the_policy(
    client: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    kept.save(tmp_path / "shipped.json", measured("blind2"))
    answer = await client.get("/chat-luong")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", answer.text)
    assert "Hộ tịch &lt;1&gt;" in answer.text
    for address in re.findall(r'(?:href|src)="(/chat-luong/[^"]+)"', answer.text):
        assert (await client.get(address)).status_code == 200
    assert "--brand" in (await client.get("/chat-luong/giao-dien.css")).text


async def test_a_share_of_a_handful_is_not_shown(
    client: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    kept.save(tmp_path / "shipped.json", measured("blind2"))
    page = (await client.get("/chat-luong")).text
    assert "Nhận ra đúng thủ tục" in page and "Nói đúng điều được hỏi" not in page
    assert "<strong>50</strong>" in page and "Khoảng 40–60" in page


async def test_every_element_of_the_page_is_closed(
    client: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    kept.save(tmp_path / "shipped.json", measured("blind2"))
    parser = Balanced()
    parser.feed((await client.get("/chat-luong")).text)
    assert parser.open == []


class Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "link", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_shipped_figures_are_there_and_whole() -> None:
    found = kept.load(quality.shipped())
    assert found is not None and found.sets


def test_every_cause_and_set_has_its_words() -> None:
    said = quality.words()
    assert set(said["causes"]) == set(SEVERITY) == set(tables().causes)
    assert set(said["sets"]) == set(tables().sets)
    bars = {(bar.kind, bar.figure) for bar in tables().bars}
    assert {(card["kind"], card["figure"]) for card in said["cards"]} <= bars
