"""Chromium under control: a client of the DevTools protocol over a pipe, without libraries.

The protocol is https://chromedevtools.github.io/devtools-protocol; over a pipe each message is JSON and ends with a
zero byte: the browser reads file descriptor 3 and writes 4.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
A4 = {"paperWidth": 210 / 25.4, "paperHeight": 297 / 25.4}
"""The paper in inches."""

MEASURE = """(() => {
  const found = [], edge = document.documentElement.clientWidth, name = one =>
    `${one.tagName.toLowerCase()}.${one.getAttribute("class") || ""} ${one.textContent.trim().slice(0, 30)}`;
  if (document.documentElement.scrollWidth > edge) found.push("the page is wider than the window");
  for (const one of document.body.querySelectorAll("*:not(svg *)")) {
    const place = one.getBoundingClientRect();
    if (!place.width) continue;
    if (one.clientWidth && one.scrollWidth > one.clientWidth) found.push("overflows: " + name(one));
    if (place.right > edge + 1 || place.left < -1) found.push("outside: " + name(one));
    if (parseFloat(getComputedStyle(one).fontSize) < SMALLEST) found.push("too small: " + name(one));
  }
  for (const axis of document.querySelectorAll(".x-axis, .y-axis")) {
    const places = [...axis.children].map(one => one.getBoundingClientRect()).filter(one => one.width);
    const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    if (places.some((one, number) => places.slice(0, number).some(other => touch(one, other))))
      found.push("labels overlap: " + name(axis));
  }
  return found;
})()"""
"""What leaves its box or the window, is too small, or covers another label; an empty list is good."""

CONTRAST = """(() => {
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(one => one / 255)
      .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = one => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour !== "rgba(0, 0, 0, 0)" ? colour : one.parentElement ? paper(one.parentElement) : "rgb(255, 255, 255)";
  };
  const found = new Set();
  for (const one of document.body.querySelectorAll("*:not(svg, svg *, style)")) {
    const own = [...one.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || !one.getBoundingClientRect().width) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(paper(one))].sort((x, y) => y - x);
    const name = `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 30)}`;
    if ((a + 0.05) / (b + 0.05) < 4.5) found.add(name);
  }
  return [...found];
})()"""
"""Texts with a contrast below the 4.5 of WCAG 2.1, criterion 1.4.3."""


def found_browser() -> str:
    """Return the path of a browser of the Chromium family, or skip the test; in CI, fail it."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    return found or missing(f"no browser: none of {', '.join(NAMES)} is installed; make system installs one")


@dataclass
class Browser:
    """A running browser with one tab."""

    commands: int
    answers: int
    session: str | None = None
    sent: int = 0
    unread: bytes = b""

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; events are read over."""
        self.sent += 1
        message: dict[str, Any] = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self.sent:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self.unread:
            more = os.read(self.answers, 1 << 20)
            if not more:
                raise RuntimeError("the browser ended")
            self.unread += more
        message, self.unread = self.unread.split(b"\0", 1)
        read: dict[str, Any] = json.loads(message)
        return read

    def open(self, page: Path) -> None:
        """Show a page, and wait until it is drawn."""
        self.ask("Page.navigate", url=page.resolve().as_uri())
        # Without a network the page is complete when its parser is; navigation to the next document is not immediate.
        while self.run("document.readyState + document.URL") != f"complete{page.resolve().as_uri()}":
            pass

    def show(self, width: int, *, scheme: str = "light", media: str = "screen", height: int = 900) -> None:
        """Set the width of the window in CSS pixels, the colour scheme (light, dark) and the medium (screen, print)."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)
        self.ask("Emulation.setScrollbarsHidden", hidden=media == "print")
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,  # a telephone
        )

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; it must be JSON."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def faults(self, smallest: float) -> list[str]:
        """Return what does not fit: see `MEASURE`. The smallest font is in CSS pixels."""
        found: list[str] = self.run(MEASURE.replace("SMALLEST", str(smallest)))
        return found

    def faint(self) -> list[str]:
        """Return the texts that are hard to read on their paper: see `CONTRAST`."""
        found: list[str] = self.run(CONTRAST)
        return found

    def picture(self) -> bytes:
        """Return the whole page as PNG."""
        found = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(found["data"])

    def paper(self) -> bytes:
        """Return the page printed on A4, PDF."""
        found = self.ask("Page.printToPDF", preferCSSPageSize=True, **A4)
        return base64.b64decode(found["data"])


@contextmanager
def running_browser(folder: Path) -> Iterator[Browser]:
    """Run a browser with a profile of its own in a folder, until the end of the block."""
    program = found_browser()
    theirs_in, commands = os.pipe()
    answers, theirs_out = os.pipe()
    command = [program, *SWITCHES, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    # Descriptors 3 and 4 of the browser are the pipes, whatever their numbers here.
    shell = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
    process = subprocess.Popen(  # noqa: S603
        ["/bin/bash", "-c", shell, *command],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        browser = Browser(commands, answers)
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.ask("Page.enable")
        yield browser
    finally:
        os.close(commands)
        os.close(answers)
        process.terminate()
        process.wait(30)
