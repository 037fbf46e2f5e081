from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import streamlit as st
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from rag.conversations.kept import Round
from rag.conversations.store import FILE, ConversationStore
from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.log import stop_log
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus
from rag.types import Answer
from tests.conftest import copy_data

ROOT = Path(__file__).parents[2]
APP = ROOT / "ui" / "app.py"
# Taken out of the environment: the product refuses HETAO_ names that are no settings of its own.
REQUIRE_BROWSER = os.environ.get("REQUIRE_BROWSER") == "1"
SCREENSHOT = os.environ.get("SCREENSHOT", "")
HOSTILE_TRANSCRIPT = """Briefing on <b>harbour</b> & <img ![x](http://evil.example/a.png) lanterns

Example Press | March 3, 2024

Moderator Person:

The floor is open for questions.

Lantern Daily:

How many lanterns did the harbour office light last year \
<img src=x onerror="window.harmed=1"> :red[x]?

Official Person:

Thank you for your question. The harbour office lit 4,200 lanterns last year \
<script>window.harmed=1</script> ![x](http://evil.example/b.png) $x$ :red[x]. \
We will keep the lanterns in good order.
"""


@pytest.fixture(scope="session", autouse=True)
def _packages_read_once() -> Iterator[None]:
    """Each run of an app looks through all installed packages for components: 0.4 s."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()
    stop_log()


@pytest.fixture(scope="session")
def data_dir(real_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of the page's tests, the project's corpus in it. Its conversations are
    those of all tests."""
    data = tmp_path_factory.mktemp("page") / "data"
    copy_data(real_settings.data_dir, data)
    return data


@pytest.fixture(scope="session")
def hostile_data_dir(real_embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "lanterns.txt").write_text(HOSTILE_TRANSCRIPT, encoding="utf-8")
    settings = load_settings(data_dir=tmp_path_factory.mktemp("data"))
    ingest(read_corpus([folder]), settings, real_embedder)
    return settings.data_dir


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], AppTest]:
    """The app over a data directory, its first page drawn."""

    def run(data_dir: Path) -> AppTest:
        monkeypatch.setenv("HETAO_DATA_DIR", str(data_dir))
        return AppTest.from_file(APP, default_timeout=60).run()

    return run


class Kept:
    """What the store keeps of the conversation that an app has open."""

    def rounds(self, app: AppTest) -> list[Round]:
        return list(self._store().rounds(app.session_state["open-chat"]))

    def answers(self, app: AppTest) -> list[Answer]:
        return [done.answer for done in self.rounds(app) if done.answer]

    def change(self, app: AppTest, answer: Answer) -> None:
        """Have another answer in the place of the first."""
        self._store().finish(app.session_state["open-chat"], 1, answer)

    def _store(self) -> ConversationStore:
        return ConversationStore(load_settings().data_dir / FILE)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def app(open_app: Callable[[Path], AppTest], data_dir: Path) -> AppTest:
    return open_app(data_dir)


@pytest.fixture(scope="session")
def programs() -> tuple[str, str]:
    """The paths of Chromium and chromedriver; asked for before anything costly is made."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if chromium and driver:
        return chromium, driver
    reason = "Chromium and chromedriver are not both installed (Debian: chromium-driver)."
    if REQUIRE_BROWSER:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def address(programs: tuple[str, str], data_dir: Path) -> Iterator[str]:
    with _serving(data_dir) as address:
        yield address


@pytest.fixture(scope="session")
def hostile_address(programs: tuple[str, str], hostile_data_dir: Path) -> Iterator[str]:
    with _serving(hostile_data_dir) as address:
        yield address


@pytest.fixture
def own_address(programs: tuple[str, str], real_copy: Settings) -> Iterator[str]:
    """A server over a data directory of its own, for a test that writes to it."""
    with _serving(real_copy.data_dir) as address:
        yield address


@contextmanager
def _serving(
    data_dir: Path | None, folder: Path = ROOT, python: Sequence[str] = (sys.executable,),
    port: int = 0, **environment: str,
) -> Iterator[str]:  # fmt: skip
    """The real server over a data directory, on a free port unless one is given; gives its address.

    Without a data directory it goes by the ``.env`` in ``folder``, where it runs.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))
        port = free.getsockname()[1]
    command = [*python, "-m", "streamlit", "run", str(APP), f"--server.port={port}"]
    named = {"HETAO_DATA_DIR": str(data_dir)} if data_dir else {}
    server = subprocess.Popen(
        [*command, "--server.headless=true"],
        cwd=folder,
        env={**os.environ, **named, **environment},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[str]]:
    """See ``_serving``."""
    return _serving


def _wait_until_healthy(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("The Streamlit server did not come up within 60 seconds.")


@pytest.fixture(scope="session")
def _chromium(programs: tuple[str, str]) -> Iterator[webdriver.Chrome]:
    chromium, driver = programs
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tempfile.mkdtemp()
    for flag in (
        "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        f"--window-size=1440,1000 --user-data-dir={profile}"
    ).split():
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()
        shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def browser(_chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """One browser for all tests: each has a new tab in it, and leaves nothing behind.

    A new window would take half as much again: what is around its page is a page, too.
    """
    chrome, before = _chromium, _chromium.window_handles
    chrome.switch_to.new_window("tab")
    opened = chrome.current_window_handle
    for handle in before:
        chrome.switch_to.window(handle)
        chrome.close()
    chrome.switch_to.window(opened)
    chrome.set_window_size(1440, 1000)
    chrome.get_log("performance")
    yield chrome
    for handle in chrome.window_handles:
        chrome.switch_to.window(handle)
        origin = "/".join(chrome.current_url.split("/")[:3])
        kept = {"origin": origin, "storageTypes": "all"}
        chrome.execute_cdp_cmd("Storage.clearDataForOrigin", kept)
    chrome.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chrome.execute_cdp_cmd("Browser.resetPermissions", {})
    chrome.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "default"})


@pytest.fixture
def screenshot_file() -> Path | None:
    """Where the picture for the README goes, when SCREENSHOT names a file."""
    return Path(SCREENSHOT) if SCREENSHOT else None
