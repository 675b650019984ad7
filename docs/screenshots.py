"""Writes the pictures of the docs, from the dashboard of the demo that was published last."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from klant360.project import serve_folder

PICTURES = Path(__file__).parent / "images"
# Name, page, width and height.
SHOTS = (
    ("dashboard-overview", "overview", 1280, 1000),
    ("dashboard-segments", "segments", 1280, 1000),
    ("dashboard-movement", "movement", 1280, 1000),
    ("dashboard-why", "why", 1280, 1000),
    ("dashboard-cohorts", "cohorts", 1280, 1000),
    ("dashboard-forecast", "forecast", 1280, 1000),
    ("dashboard-phone", "movement", 390, 844),
)


def main() -> int:
    """Write the pictures; returns 1 with a sentence if there is no demo to draw or no browser."""
    page, chromium = serve_folder() / "dashboard.html", shutil.which("chromium")
    manifest = serve_folder() / "manifest.json"
    if not page.exists() or not json.loads(manifest.read_text(encoding="utf-8"))["is_demo"]:
        print(f"{page} is not the dashboard of the demo: run make build without SOURCES.", file=sys.stderr)
        return 1
    if chromium is None:
        print("There is no chromium: make browser installs it.", file=sys.stderr)
        return 1
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, address, width, height in SHOTS:
            tab = browser.new_page(viewport={"width": width, "height": height})
            tab.goto(f"file://{page.resolve()}?lang=en#{address}")
            tab.wait_for_selector("html[data-ready]", state="attached")
            tab.screenshot(path=PICTURES / f"{name}.png")
            tab.close()
        browser.close()
    print(f"Pictures are in {PICTURES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
