"""The chat as a person meets it, to measure: a real server, and its page in a real browser."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from eval.errors import RunError
from eval.studies.served import serving
from rag.settings import Settings

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

_FIRST_PORT = 18601
_SECONDS = 120.0
_FIELD = "[data-testid='stChatInputTextArea']"
_AT_REST = "[data-testid='stApp'][data-test-script-state='notRunning']"
# What an answer may begin with: a claim, a refusal, or what the assistant says of itself.
_SEEN = ".hetao-claim, .hetao-refusal, .hetao-said"
# From the key to the frame after the change: a task that is posted while a frame is made runs once
# that is shown. What the page shows before is the conversation so far.
_WATCH = f"""
const seen = () => document.querySelectorAll("{_SEEN}").length;
const watch = window.hetaoWatch = {{took: 0}};
const pressed = (event) => {{
  if (event.key !== "Enter") return;
  removeEventListener("keydown", pressed, true);
  const start = performance.now(), before = seen();
  const watcher = new MutationObserver(() => {{
    if (seen() <= before) return;
    watcher.disconnect();
    requestAnimationFrame(() => {{
      const after = new MessageChannel();
      after.port1.onmessage = () => {{ watch.took = performance.now() - start; }};
      after.port2.postMessage(0);
    }});
  }});
  watcher.observe(document.body, {{childList: true, subtree: true}});
}};
addEventListener("keydown", pressed, true);
"""


class ChatPage:
    """The page of a server in a browser. Raises RunError where it does not do as it should."""

    def __init__(self, browser: Chrome, address: str) -> None:
        self._browser = browser
        self._address = address

    def open(self) -> None:
        """Begin a new conversation, and wait until the page has come to rest."""
        self._browser.get(self._address)
        self._rest()

    def ask(self, question: str) -> float:
        """Type a question; the milliseconds from Enter to the first frame that answers it."""
        from selenium.webdriver import Keys

        self._browser.execute_script(_WATCH)
        field = self._browser.find_element("css selector", _FIELD)
        field.send_keys(question)
        # The page takes note of what was typed first, as it does while a person goes on.
        time.sleep(0.2)
        field.send_keys(Keys.ENTER)
        took = self._wait("return window.hetaoWatch.took", f"no answer to {question!r}")
        self._rest()
        return took

    def _rest(self) -> None:
        ready = f"return Number(Boolean(document.querySelector({_FIELD!r})))"
        self._wait(ready, "no field to ask in")
        # It is drawn twice after a question; between the two it rests for a moment.
        resting = f"return Number(Boolean(document.querySelector({_AT_REST!r})))"
        quiet = 0
        while quiet < 3:
            self._wait(resting, "the page does not come to rest")
            time.sleep(0.15)
            quiet = quiet + 1 if self._script(resting) else 0

    def _wait(self, script: str, problem: str) -> float:
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            if value := self._script(script):
                return value
            time.sleep(0.1)
        raise RunError(f"The chat was not measured: {problem} within {_SECONDS:.0f} seconds.")

    def _script(self, script: str) -> float | None:
        return cast("float | None", self._browser.execute_script(script))


@contextmanager
def serve_chat(settings: Settings) -> Iterator[str]:
    """``hetao chat`` over the data folder of these settings; gives its address."""
    environment = {
        **os.environ,
        "HETAO_DATA_DIR": str(settings.data_dir),
        "HETAO_CHROMA_URL": "",
        "HETAO_INDEX_URL": "",
    }
    command = ["chat", "--no-browser"]
    with serving(command, _FIRST_PORT, environment, "/_stcore/health") as served:
        yield served.address


@contextmanager
def open_chromium() -> Iterator[Chrome]:
    """Chromium without a window. Raises RunError where it is not installed."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        raise RunError(
            "Chromium and chromedriver are not both installed (Debian: chromium-driver)."
        )
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (
            "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-sync "
            "--disable-background-networking --disable-component-update "
            f"--window-size=1440,1000 --user-data-dir={profile}"
        ).split():
            options.add_argument(flag)
        browser = webdriver.Chrome(options=options, service=Service(driver))
        try:
            yield browser
        finally:
            browser.quit()
