from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rag.answering.models import ChatModel, Meter, open_chat_model
from rag.answering.prompts import Prompt
from rag.answering.provider import ChatFailure
from rag.log import FILE, log_file, start_log, stop_log
from rag.settings import Settings

KEY = "sk-secret-1234567890"
QUESTION = "Will the zeppelin mast be built?"
SAID = "Chen Tao said that the mast is cancelled."


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    yield
    stop_log()


class Echo(BaseHTTPRequestHandler):
    """Refuses whatever it is sent, and says it all again, the key included."""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told = f"refused: {self.headers['Authorization']} {sent}"
        body = json.dumps({"error": {"message": told}}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nothing is logged."""


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseException]:
    """What is raised below where a chat model's server refuses a request and repeats it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings = Settings(
            _env_file=None, chat_model="openai:m", chat_api_key=KEY,
            chat_base_url=f"http://127.0.0.1:{server.server_address[1]}/v1",
        )  # fmt: skip
        model = ChatModel(open_chat_model(settings), settings)
        with pytest.raises(ChatFailure) as failure:
            model.reply(Prompt(SAID, QUESTION), Meter())
        assert failure.value.__context__ is not None
        yield failure.value.__context__
        server.shutdown()


def written(folder: Path) -> str:
    return (folder / FILE).read_text(encoding="utf-8")


def test_no_key_no_question_and_no_words_of_a_transcript_reach_the_log(
    tmp_path: Path, refused: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    assert KEY in str(refused)
    assert QUESTION in str(refused)
    start_log(tmp_path / FILE)
    logging.getLogger("ui.border").error("An error reached the page.", exc_info=refused)
    logging.getLogger("another").warning("POST %s with %s", QUESTION, KEY)
    for kept in (written(tmp_path), capsys.readouterr().err):
        assert "ERROR ui.border: An error reached the page.\n  OpenAI" in kept
        assert "models.py, line " in kept
        assert "WARNING another: a message from " in kept
        for secret in (KEY, QUESTION, SAID, "refused:"):
            assert secret not in kept


def test_a_setting_adds_the_messages(tmp_path: Path, refused: BaseException) -> None:
    start_log(tmp_path / FILE, detail=True)
    logging.getLogger("ui.border").error("An error reached the page.", exc_info=refused)
    assert QUESTION in written(tmp_path)


def test_what_is_no_warning_is_not_written(tmp_path: Path) -> None:
    start_log(tmp_path / FILE)
    logging.getLogger("ui").info("All is well.")
    assert list(tmp_path.iterdir()) == []


def test_the_log_does_not_grow_without_end(tmp_path: Path) -> None:
    start_log(tmp_path / FILE)
    line = "x" * 100_000
    for _ in range(60):
        logging.getLogger("ui").warning(line)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [FILE, f"{FILE}.1", f"{FILE}.2", f"{FILE}.3"]
    assert sum(file.stat().st_size for file in files) <= 4_000_000


def test_a_folder_that_is_moved_away_is_not_made_anew_and_is_written_to_when_it_is_back(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    start_log(data / FILE)
    logging.getLogger("ui").warning("first")
    data.rename(tmp_path / "elsewhere")
    logging.getLogger("ui").warning("second")
    assert not data.exists()
    (tmp_path / "elsewhere").rename(data)
    logging.getLogger("ui").warning("third")
    assert [line.split()[-1] for line in written(data).splitlines()] == ["first", "third"]


def test_a_second_log_takes_the_place_of_the_first(tmp_path: Path) -> None:
    start_log(tmp_path / "old.log")
    start_log(tmp_path / FILE)
    logging.getLogger("ui").warning("once")
    assert written(tmp_path).count("once") == 1
    assert not (tmp_path / "old.log").exists()


def test_the_log_lies_in_the_data_directory(tmp_path: Path) -> None:
    assert log_file(Settings(_env_file=None, data_dir=tmp_path)) == tmp_path / "hetao.log"
