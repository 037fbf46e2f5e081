"""``hetao conversations`` as a person or a program meets it."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from rag.cli.main import main
from rag.conversations.people import folder_of, make_folder
from rag.conversations.store import FILE, ConversationStore
from rag.types import Filters

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConversationStore:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HETAO_DATA_DIR", str(tmp_path / "data"))
    return ConversationStore(tmp_path / "data" / FILE)


@pytest.fixture
def known_as(store: ConversationStore) -> str:
    kept = store.begin("河套有多少？")
    store.finish(kept, store.ask(kept, "河套有多少？", Filters()), error="The index is gone.")
    return kept


def run(*arguments: str) -> int:
    try:
        main(["conversations", *arguments])
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def document(capsys: Captured) -> Any:
    return json.loads(capsys.readouterr().out)


def test_conversations_are_listed_and_found(
    store: ConversationStore, known_as: str, capsys: Captured
) -> None:
    other = store.begin("How many?")
    assert run("--json") == 0
    assert [kept["id"] for kept in document(capsys)["conversations"]] == [other, known_as]
    assert run("河套", "--json") == 0
    (found,) = document(capsys)["conversations"]
    assert found.keys() == {"id", "title", "changed"}
    assert run("河套") == 0
    assert capsys.readouterr().out.split()[::3] == [known_as, "河套有多少？"]


def test_each_format_is_written_and_opens_again(
    known_as: str, tmp_path: Path, capsys: Captured
) -> None:
    for ending in ("md", "docx", "json"):
        assert run("--export", known_as, "--format", ending, "--to", f"x.{ending}", "--json") == 0
        assert document(capsys) == {"id": known_as, "format": ending, "file": f"x.{ending}"}
    assert "The index is gone." in (tmp_path / "x.md").read_text(encoding="utf-8")
    paragraphs = Document(BytesIO((tmp_path / "x.docx").read_bytes())).paragraphs
    assert "The index is gone." in [paragraph.text for paragraph in paragraphs]
    assert json.loads((tmp_path / "x.json").read_bytes())["id"] == known_as


def test_a_file_that_nobody_named_replaces_none(
    known_as: str, tmp_path: Path, capsys: Captured
) -> None:
    assert run("--export", known_as, "--language", "zh-Hant") == 0
    (file,) = tmp_path.glob("*-河套有多少.md")
    assert "問題 1：" in file.read_text(encoding="utf-8")
    assert file.name in capsys.readouterr().out
    file.write_text("mine", encoding="utf-8")
    assert run("--export", known_as) == 1
    assert "--to FILE" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"
    assert run("--export", known_as, "--to", file.name) == 0
    assert file.read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--export", "-unknown"), 1, "not kept here"),
        (("--export", "{id}", "--to", "none/x.md"), 1, "cannot be written"),
        (("--format", "md"), 2, "--export ID"),
        (("words", "--export", "{id}"), 2, "not both"),
        (("--export", "{id}", "--format", "pdf"), 2, "pdf"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    known_as: str, capsys: Captured, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert run(*(argument.format(id=known_as) for argument in arguments)) == code
    assert said in capsys.readouterr().err


def test_those_of_one_user_are_listed_by_what_the_chat_knows_them_as(
    store: ConversationStore, known_as: str, tmp_path: Path, capsys: Captured
) -> None:
    own = ConversationStore(make_folder("lin@example.org", tmp_path / "data") / FILE)
    asked = own.begin("How many lanterns?")
    assert run("--user", "lin@example.org", "--json") == 0
    assert [kept["id"] for kept in document(capsys)["conversations"]] == [asked]
    assert run("--user", "Lin@Example.org", "--json") == 0
    assert [kept["id"] for kept in document(capsys)["conversations"]] == [asked]
    assert run("--user", "chen", "--json") == 1
    assert "No user of the chat is called 'chen'" in document(capsys)["error"]
    assert not folder_of("chen", tmp_path / "data").exists()
