"""What the tests share: settings apart from the user's own, a checkable embedder, the real index.

``WordEmbedder`` has a meaning that can be checked by hand: a text is the counts of chosen
words. It stands in where a test is about the index; the real model is in ``real_settings``.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from filelock import FileLock

import rag.embedding.bundled
import rag.embedding.embedder
from rag.assistant import open_assistant
from rag.cli.main import hetao
from rag.embedding.embedder import BundledEmbedder, Embedder, Vector, build_embedder
from rag.indexing.current import index_folder
from rag.indexing.index import Index, open_index
from rag.indexing.ingest import IngestReport, ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Page, Range, Role, Transcript, Turn

ROOT = Path(__file__).parents[1]

CHECKED = "checked.sqlite3"

MakeTranscript = Callable[..., Transcript]


SPRING = (
    ("Lin Mei", "Good morning, everyone. Welcome to this briefing on the bridge and the ferries."),
    (
        "Chen Tao",
        "Thank you for your question. The new bridge will cost 900 million yuan. Work on the "
        "bridge began in April. The night bus will run every twenty minutes. Free meals will be "
        "served in all primary schools.",
    ),
    ("Daily Times", "Is it true that the bridge will cost two billion yuan and is unsafe?"),
    ("Wu Lan", "The ferries will go on until the bridge is open. Each ferry was inspected."),
    ("Lin Mei", "Thank you all for coming today."),
)
AUTUMN = (
    ("Lin Mei", "Good morning. We shall speak of the bridge today. The floor is open."),
    ("City TV", "What has become of the bridge?"),
    (
        "Chen Tao",
        "The new bridge will cost 1.2 billion yuan. The steel for it has become dearer. The "
        "library has bought four thousand books. The hospital has two new wards.",
    ),
)
WINTER = (
    ("林梅", "大家上午好，欢迎参加今天的新闻发布会。"),
    ("城市电视台", "请问大桥什么时候通车？"),
    (
        "陈涛",
        "谢谢您的提问。大桥将于明年五月通车。图书馆今年买了四千册新书。小学的午餐全部免费。"
        "夜间巴士每二十分钟一班。",
    ),
)


class WordEmbedder:
    """A vector counts the words below; a last component keeps a text without any from zero.

    A token is four letters at most, one Chinese character or one mark, and six are special.
    ``embedded`` logs the texts of passages and sentences, in order.
    """

    WORDS = ("harbour", "park", "university", "budget", "opening", "港口", "大学")

    def __init__(self, id_: str = "words@1", window_tokens: int = 256) -> None:
        self.id = id_
        self.window_tokens = window_tokens
        self.embedded: list[str] = []

    def count_tokens(self, text: str) -> int:
        return 6 + len(re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]{1,4}|[^\w\s]", text))

    def embed_question(self, text: str) -> Vector:
        counts = [text.lower().count(word) for word in self.WORDS]
        vector = np.array([*counts, 0.1], dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.embedded.extend(texts)
        return np.stack([self.embed_question(text) for text in texts])


def make_transcript(
    *speeches: tuple[str, Role, str], id_: str = "event", day: date | None = date(2024, 3, 1)
) -> Transcript:
    """One page, a turn a speech; officials answer the reporter before them."""
    text = "Briefing on the harbour\n\n"
    turns: list[Turn] = []
    exchange: int | None = None
    for number, (speaker, role, words) in enumerate(speeches, 1):
        text += f"{speaker}:\n\n"
        block = Range(len(text), len(text) + len(words))
        text += f"{words}\n\n"
        exchange = {"reporter": number, "official": exchange}.get(role)
        turns.append(Turn(number, speaker, role, 1, (block,), exchange))
    url = "https://example.org/briefing"
    page = Page(1, f"{id_}.txt", f"{url}/1", 0, len(text))
    return Transcript(
        id_, "Briefing on the harbour", day, "Example Press", url, text, (page,), tuple(turns)
    )


def write_page(path: Path, *speeches: tuple[str, str], day: str = "March 1, 2024") -> Path:
    """A page of a transcript in the form of the web pages, as a file."""
    said = "\n\n".join(f"{speaker}:\n\n{words}" for speaker, words in speeches)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"Briefing on the harbour\n\nExample Press | {day}\n\n{said}\n", encoding="utf-8"
    )
    return path


@contextmanager
def chroma_server(folder: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Chroma server in a process of its own: its address and the process."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [command, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            pytest.fail("the Chroma server did not start")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(timeout=20)


# These share a browser and the server of a chat, so one process has all of them.
IN_A_BROWSER = ("test_room", "test_browser", "test_states")

# The files that take longest start first, so that no process is left with one at the end; but one
# that wants no index goes along with the first, which makes the index.
LONGEST = (
    *IN_A_BROWSER, "test_growth", "test_library", "test_injection", "test_evaluation", "test_chat",
    "test_ingest", "test_main", "test_unpack", "test_commands", "test_examples", "test_assistant",
    "test_peers", "test_models", "test_systemone", "test_gate", "test_claims",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "browser" if Path(file).stem in IN_A_BROWSER else file

    return ByFile(config, log) if config.option.dist == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What the imports make stays, so the collector need not look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_user() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HETAO_")]:
            patch.delenv(name)
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of their own folders in ``tmp_path``."""
    return Settings(
        _env_file=None, data_dir=tmp_path / "data", corpus_dir=tmp_path / "corpus",
        passage_tokens=60,
    )  # fmt: skip


@pytest.fixture
def word_embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture(scope="session")
def make() -> MakeTranscript:
    return make_transcript


@pytest.fixture(scope="session")
def page() -> Callable[..., Path]:
    """Writes a page of a transcript: ``page(path, (speaker, words), ...)``."""
    return write_page


@pytest.fixture
def briefing() -> Transcript:
    """A short event with each role, in which nothing is real."""
    return make_transcript(
        ("Lin Mei", "moderator", "Welcome. The floor is open for questions on the harbour."),
        ("Daily Times", "reporter", "Will the harbour get a zeppelin mast? When is the opening?"),
        ("Chen Tao", "official", "The harbour opening is in May. The budget is 3.5 billion yuan."),
        ("City TV", "reporter", "How will the park help each university?"),
        ("Wu Lan", "official", "The park hosts two university laboratories. 大学将获得新实验室。"),
    )


@pytest.fixture(scope="session", autouse=True)
def _weights_loaded_once() -> Iterator[None]:
    """A model that was loaded from a folder is not loaded from the same files again."""
    load, loaded = rag.embedding.embedder._load, {}

    def load_once(name: str, settings: Settings) -> Any:
        weights = Path(name) / "model.safetensors"
        if not weights.exists():
            return load(name, settings)
        of = (weights.stat().st_ino, weights.stat().st_mtime_ns, settings.threads)
        if of not in loaded:
            loaded[of] = load(name, settings)
        return loaded[of]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.embedding.embedder, "_load", load_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _weights_verified_once() -> Iterator[None]:
    """A file of weights whose hash was found right is not read for it again while it is the same:
    each assistant would, in 0.05 s."""
    verify, verified = rag.embedding.bundled.verify_model, set()

    def verify_once(path: Path) -> None:
        state = path.stat() if path.exists() else None
        of = state and (path, state.st_ino, state.st_size, state.st_mtime_ns)
        if of not in verified:
            verify(path)
            verified.add(of)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.embedding.bundled, "verify_model", verify_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _questions_embedded_once() -> Iterator[None]:
    """What the bundled model made of a question is not made again by the next assistant."""
    embed, made = BundledEmbedder.embed_question, {}

    def embed_once(self: BundledEmbedder, text: str) -> Vector:
        if text not in made:
            made[text] = embed(self, text)
        return made[text].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BundledEmbedder, "embed_question", embed_once)
        yield


@pytest.fixture(scope="session")
def _real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Embedder]:
    """An index of the corpus, made by the first process that wants it; each has a copy."""
    folder = tmp_path_factory.mktemp("real")
    own = Settings(_env_file=None, data_dir=folder / "data", corpus_dir=ROOT / "corpus")
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    shared = (folder if alone else tmp_path_factory.getbasetemp().parent) / "shared"
    with FileLock(shared.with_suffix(".lock")):
        if not shared.exists():
            made = own.model_copy(update={"data_dir": shared.with_suffix(".partial")})
            ingest(read_corpus((own.corpus_dir,)), made, build_embedder(made))
            open_assistant(made).example_questions()  # checked once for all, and kept
            made.data_dir.rename(shared)
    copy_data(shared, own.data_dir)
    return own, build_embedder(own)


def copy_data(of: Path, to: Path) -> None:
    """An index of its own, and what was checked over it; the unpacked weights are shared."""
    shutil.copytree(index_folder(of), index_folder(to))
    (to / "models").symlink_to(of / "models")
    if (of / CHECKED).exists():
        shutil.copy(of / CHECKED, to)


@pytest.fixture(scope="session")
def real_settings(_real: tuple[Settings, Embedder]) -> Settings:
    """Settings whose data directory holds the project's corpus, indexed by the real model."""
    return _real[0]


@pytest.fixture(scope="session")
def real_embedder(_real: tuple[Settings, Embedder]) -> Embedder:
    """The real bundled model, loaded once for all tests."""
    return _real[1]


@pytest.fixture(scope="session")
def bridge_settings(
    real_settings: Settings, real_embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Three events on a bridge, indexed by the real model; two of them give another figure for its
    cost, the first stands on two pages of the web, and the last is in Chinese."""
    folder = tmp_path_factory.mktemp("bridge")
    corpus, data = folder / "corpus", folder / "data"
    write_page(corpus / "a-autumn.txt", *AUTUMN, day="September 9, 2024")
    write_page(corpus / "b-spring.txt", *SPRING, day="May 2, 2024")
    write_page(corpus / "c-winter.txt", *WINTER, day="December 3, 2024")
    write_page(corpus / "a-mirror.txt", *SPRING, day="May 3, 2024")
    data.mkdir()
    (data / "models").symlink_to(real_settings.data_dir / "models")
    settings = Settings(_env_file=None, data_dir=data, corpus_dir=corpus)
    ingest(read_corpus((corpus,)), settings, real_embedder)
    return settings


@pytest.fixture
def run_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, real_settings: Settings
) -> Callable[..., dict[str, Any]]:
    """Runs commands over ``corpus`` and ``data`` in the test's own folder; gives their JSON.

    The unpacked weights are shared.
    """
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(real_settings.models_dir)
    monkeypatch.setenv("HETAO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HETAO_CORPUS_DIR", str(tmp_path / "corpus"))

    def run(*arguments: str) -> dict[str, Any]:
        finished = CliRunner().invoke(hetao, [*arguments, "--json"], catch_exceptions=False)
        return dict(json.loads(finished.stdout))

    return run


@pytest.fixture
def real_copy(real_settings: Settings, tmp_path: Path) -> Settings:
    """A corpus and an index of its own to write to; the unpacked weights are shared."""
    data = tmp_path / "data"
    copy_data(real_settings.data_dir, data)
    corpus = Path(shutil.copytree(real_settings.corpus_dir, tmp_path / "corpus"))
    return real_settings.model_copy(update={"data_dir": data, "corpus_dir": corpus})


@pytest.fixture
def ingest_folder(settings: Settings, word_embedder: WordEmbedder) -> Callable[[], IngestReport]:
    """Brings the index in line with ``corpus_dir``; the embedder's log starts afresh."""

    def run() -> IngestReport:
        word_embedder.embedded.clear()
        return ingest(read_corpus((settings.corpus_dir,)), settings, word_embedder)

    return run


@pytest.fixture
def opened(settings: Settings, word_embedder: WordEmbedder) -> Callable[[], Index]:
    """Opens the index in force."""
    return lambda: open_index(settings, word_embedder.id)


@pytest.fixture(scope="session")
def start_chroma() -> Callable[..., AbstractContextManager[tuple[str, subprocess.Popen[bytes]]]]:
    return chroma_server


@pytest.fixture(scope="session")
def chroma_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server that all tests share."""
    with chroma_server(tmp_path_factory.mktemp("server")) as (address, _):
        yield address
