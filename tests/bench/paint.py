"""What a slow phone waits for before it sees the chat: `python -m tests.bench.paint [URL]` prints it, many times over.

Chromium through its devtools protocol: CPU four to six times slower, and the network that its "Slow 4G" stands for
(562.5 ms to the first byte, 1.44 Mbit/s down, 675 kbit/s up). An empty cache each time.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1.6e6 * 0.9 / 8,
    "uploadThroughput": 750e3 * 0.9 / 8,
}
CHROMIUM = "/usr/bin/chromium"
PAINT = """new Promise((done) => new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.name === 'first-contentful-paint') done(one.startTime);
}).observe({type: 'paint', buffered: true}))"""
READY = "html.js"  # the script says so itself


def slowed(browser: Browser, *, cpu: float) -> Any:
    """A page of a phone in a context of its own, slowed; close its context after use."""
    page = browser.new_context(viewport={"width": 360, "height": 640}, device_scale_factor=2).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    return page


def first_paint(browser: Browser, url: str, *, cpu: float = 4) -> float:
    """Milliseconds from the navigation to the first text or picture."""
    page = slowed(browser, cpu=cpu)
    try:
        page.goto(url, wait_until="commit")
        found: float = page.evaluate(PAINT)
        return found
    finally:
        page.context.close()


def times(browser: Browser, url: str, *, cpu: float) -> tuple[float, float]:
    """First paint, and the moment the script has taken over, in milliseconds."""
    page = slowed(browser, cpu=cpu)
    try:
        page.goto(url, wait_until="commit")
        paint: float = page.evaluate(PAINT)
        page.wait_for_selector(READY, timeout=30_000)
        return paint, page.evaluate("performance.now()")
    finally:
        page.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.paint", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000/widget")
    parser.add_argument("--times", type=int, default=10)
    args = parser.parse_args()
    word = f"{args.url.split('/widget')[0]}/health/live"  # what any page costs here
    table = Table(
        "page", "CPU slower by", "first paint, median ms", "slowest", "script ready, median ms", "slowest"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless=new", "--no-sandbox"]
        )
        for cpu in (1, 4, 6):
            floor = statistics.median(first_paint(browser, word, cpu=cpu) for _ in range(args.times))
            table.add_row("one word", f"{cpu}", f"{floor:.0f}", "", "", "")
            paints, ready = zip(*(times(browser, args.url, cpu=cpu) for _ in range(args.times)), strict=True)
            figures = (statistics.median(paints), max(paints), statistics.median(ready), max(ready))
            table.add_row("the chat", f"{cpu}", *(f"{figure:.0f}" for figure in figures))
        browser.close()
    Console().print(table)


if __name__ == "__main__":
    main()
