"""The command as a person or a program meets it: documents, exit codes, sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from rag.cli.main import hetao, main
from rag.embedding.embedder import Embedder
from rag.indexing.current import current_generation
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus

TRANSCRIPT = "scio-2023-09-21-hetao"
UNIVERSITIES = "How many of the world's top 100 universities does Hong Kong have?"
HIT = {
    "passage_id", "transcript_id", "title", "date", "page", "turn", "speaker", "role", "start",
    "end", "text", "score", "copies",
}  # fmt: skip
CITATION = {
    "marker", "passage_id", "transcript_id", "title", "date", "url", "page", "turn", "speaker",
    "role", "start", "end", "quote", "translation", "note", "time", "copies",
}  # fmt: skip
COPY = {"transcript_id", "title", "date", "url", "page", "turn", "start", "end", "quote"}
ANSWER = {
    "question", "standalone_question", "status", "text", "claims", "citations", "nearest",
    "confidence", "generator", "timings_ms", "reason", "notice", "usage", "more",
}  # fmt: skip
INGEST = {
    "transcripts", "turns", "passages", "added", "updated", "unchanged", "removed", "skipped",
    "notes", "seconds",
}  # fmt: skip
TURN = {"turn", "speaker", "title", "role", "page", "exchange", "start", "end", "text"}


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one document on standard output; anything beside it is an error."""
        return json.loads(self.out)


Run = Callable[..., Finished]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(settings: Settings, *arguments: str) -> Finished:
        monkeypatch.setenv("HETAO_DATA_DIR", str(settings.data_dir))
        monkeypatch.setenv("HETAO_CORPUS_DIR", str(settings.corpus_dir))
        code = 0
        try:
            main(arguments)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Finished(code, out, err)

    return call


@pytest.mark.model
@pytest.mark.parametrize("question", [UNIVERSITIES, "香港有多少所世界百强大学？"])
def test_ask_answers_with_a_citation(run: Run, real_settings: Settings, question: str) -> None:
    finished = run(real_settings, "ask", question, "--json")
    answer = finished.document
    assert (finished.code, answer["status"]) == (0, "answered")
    assert answer.keys() == ANSWER
    assert answer["question"] == question
    citation = answer["citations"][0]
    assert citation.keys() == CITATION
    assert "five of the world's top 100 universities" in citation["quote"]
    assert (citation["speaker"], citation["page"]) == ("Chan Kwok-ki", 10)
    assert answer["claims"][0].keys() == {"text", "citations", "support"}
    assert answer["claims"][0]["citations"] == [1]
    assert answer["timings_ms"].keys() == {"load", "retrieve", "generate", "total"}


@pytest.mark.model
def test_ask_says_so_when_the_transcripts_do_not(run: Run, real_settings: Settings) -> None:
    finished = run(real_settings, "ask", "What is the population of Brazil?", "--json")
    answer = finished.document
    assert (finished.code, answer["status"]) == (0, "not_in_corpus")
    assert answer.keys() == ANSWER
    assert (answer["claims"], answer["citations"]) == ([], [])
    assert all(hit.keys() == HIT for hit in answer["nearest"])
    assert answer["nearest"]


@pytest.mark.model
def test_ask_prints_the_answer_and_its_source_for_a_person(
    run: Run, real_settings: Settings
) -> None:
    shown = run(real_settings, "ask", UNIVERSITIES).out
    assert "Chan Kwok-ki said: “It's home to five" in shown
    assert "\n[1] Chan Kwok-ki (official), SCIO briefing" in shown
    assert "5 September 2023, page 10, turn 3\n    https://english.scio.gov.cn/" in shown
    refused = run(real_settings, "ask", "What is the population of Brazil?").out
    told = "The transcripts do not say.\n\nNowhere do the transcripts mention “Brazil”.\n"
    assert refused.startswith(told)
    assert "\n\nNearest passages (not an answer):" in refused
    offered = refused.split("\nYou could ask:\n")[1].splitlines()
    assert offered
    assert all(line.startswith("- ") and line.endswith(("?", "？")) for line in offered)
    assert "You could ask" not in shown
    filtered = run(real_settings, "ask", "What is the population of Brazil?", "--role", "official")
    assert "You could ask" not in filtered.out


@pytest.mark.model
def test_the_labels_of_an_answer_are_in_the_language_of_the_question(
    run: Run, real_settings: Settings
) -> None:
    shown = run(real_settings, "ask", "香港有多少所世界百强大学？").out
    assert "\n[1] Chan Kwok-ki（官员），SCIO briefing" in shown
    assert "，2023年9月5日，第 10 页，第 3 段\n    https://english.scio.gov.cn/" in shown
    refused = run(real_settings, "ask", "巴西有多少人口？").out
    assert "\n\n最接近的段落（不是回答）：\n- " in refused
    assert "\n\n您可以问：\n- " in refused


@pytest.mark.model
def test_a_citation_names_the_other_places_where_its_words_stand(
    run: Run, real_copy: Settings, real_embedder: Embedder
) -> None:
    (page,) = real_copy.corpus_dir.glob("*p10.txt")
    spaced = page.read_text(encoding="utf-8").replace("world's top", "world's  top")
    (real_copy.corpus_dir / "mirror-p7.txt").write_text(spaced, encoding="utf-8")
    ingest(read_corpus((real_copy.corpus_dir,)), real_copy, real_embedder)
    (cited, *_) = run(real_copy, "ask", UNIVERSITIES, "--json").document["citations"]
    (copy,) = cited["copies"]
    assert copy.keys() == COPY
    assert {cited["transcript_id"], copy["transcript_id"]} == {TRANSCRIPT, "mirror"}
    # Its own page says only when it was published.
    assert (copy["date"], cited["date"], copy["turn"]) == ("2023-09-05", "2023-09-21", 3)
    assert copy["quote"] != cited["quote"]
    assert copy["quote"].split() == cited["quote"].split()
    shown = run(real_copy, "ask", UNIVERSITIES).out
    where = f"{copy['title']}, 5 September 2023, page {copy['page']}, {copy['url']}"
    assert f"\n    The same words also stand in: {where}\n" in shown
    (best, *_) = run(real_copy, "search", UNIVERSITIES, "--json").document["hits"]
    assert [copy.keys() for copy in best["copies"]] == [COPY]


@pytest.mark.model
def test_search_gives_passages_best_first(run: Run, real_settings: Settings) -> None:
    found = run(real_settings, "search", UNIVERSITIES, "-k", "3", "--json").document
    assert found.keys() == {"question", "hits", "timings_ms"}
    assert len(found["hits"]) == 3
    assert all(hit.keys() == HIT for hit in found["hits"])
    assert "five of the world's top 100" in found["hits"][0]["text"]
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert run(real_settings, "search", UNIVERSITIES).out.startswith("1. Chan Kwok-ki (official)")


@pytest.mark.model
@pytest.mark.parametrize(
    ("option", "value", "roles"),
    [
        ("--role", "moderator", {"moderator"}),
        ("--speaker", "shou", {"moderator"}),
        ("--transcript", TRANSCRIPT, {"moderator", "reporter", "official"}),
        ("--since", "2023-09-22", set()),
        ("--until", "2023-09-04", set()),
        ("--since", "2023-09-05", {"moderator", "reporter", "official"}),
    ],
)
def test_a_filter_holds_for_search_and_for_ask(
    run: Run, real_settings: Settings, option: str, value: str, roles: set[str]
) -> None:
    found = run(real_settings, "search", "the park", "-k", "50", option, value, "--json").document
    assert {hit["role"] for hit in found["hits"]} == roles
    answer = run(real_settings, "ask", UNIVERSITIES, option, value, "--json").document
    assert (answer["status"] == "answered") == ("official" in roles)


@pytest.mark.model
def test_ask_takes_the_history_into_account(
    run: Run, real_settings: Settings, tmp_path: Path
) -> None:
    history = [
        {"role": "user", "content": "Which universities in the top 100 are in Hong Kong?"},
        {"role": "assistant", "content": "Chan Kwok-ki said ..."},
    ]
    file = tmp_path / "history.json"
    file.write_text(json.dumps(history), encoding="utf-8")
    question = "How many of them are there?"
    answer = run(real_settings, "ask", question, "--history", str(file), "--json").document
    assert answer["question"] == question
    assert "top 100" in answer["standalone_question"]
    assert "five of the world" in json.dumps(answer)
    assert "Read as: How many" in run(real_settings, "ask", question, "--history", str(file)).out


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b'[{"role": "system", "content": "x"}]', b"\xff", b'[{"role": "user"}]'],
)
def test_a_history_that_is_none_is_refused_with_its_form(
    run: Run, settings: Settings, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "history.json").write_bytes(content)
    finished = run(settings, "ask", "When?", "--history", "history.json")
    assert finished.code == 1
    assert 'It must be a JSON list of {"role"' in finished.err


def test_a_history_that_is_not_there_is_named(run: Run, settings: Settings) -> None:
    finished = run(settings, "ask", "When?", "--history", "none.json")
    assert finished.code == 1
    assert "The history none.json cannot be read: No such file" in finished.err


@pytest.mark.model
def test_show_gives_the_turns_verbatim(run: Run, real_settings: Settings) -> None:
    shown = run(real_settings, "show", TRANSCRIPT, "--json").document
    described = {
        "transcript_id",
        "title",
        "date",
        "published",
        "publisher",
        "url",
        "pages",
        "turn_count",
    }
    assert shown.keys() == described | {"turns"}
    assert all(turn.keys() == TURN for turn in shown["turns"])
    assert [turn["role"] for turn in shown["turns"]] == ["moderator", "reporter", "official"]
    one = run(real_settings, "show", TRANSCRIPT, "--turn", "3", "--json").document
    assert [turn["speaker"] for turn in one["turns"]] == ["Chan Kwok-ki"]
    text = run(real_settings, "show", TRANSCRIPT, "--turn", "1").out
    assert "1. Shou Xiaoli (moderator), page 10\nWe have time for two more questions." in text


@pytest.mark.model
def test_list_gives_the_transcripts_and_their_pages(run: Run, real_settings: Settings) -> None:
    (entry,) = run(real_settings, "list", "--json").document["transcripts"]
    assert (entry["transcript_id"], entry["date"]) == (TRANSCRIPT, "2023-09-05")
    assert entry["pages"][0].keys() == {"page", "file", "url"}
    assert run(real_settings, "list").out.startswith(f"{TRANSCRIPT}  2023-09-05  pages 10\n")


@pytest.mark.model
def test_doctor_reports_each_check_and_fails_when_one_does(
    run: Run, real_settings: Settings, settings: Settings
) -> None:
    sound = run(real_settings.model_copy(update={"corpus_dir": Path("none")}), "doctor", "--json")
    assert {c["name"]: c["ok"] for c in sound.document["checks"]}["index"] is True
    assert sound.document.keys() == {"ok", "checks"}
    assert sound.document["checks"][0].keys() == {"name", "ok", "detail", "fix"}
    broken = run(settings, "doctor")
    assert broken.code == 1
    assert "FAIL  index: There is no index" in broken.out


@pytest.mark.model
def test_ingest_reports_what_it_did_and_again_that_nothing_changed(
    run: Run, real_copy: Settings
) -> None:
    (real_copy.corpus_dir / "notes.pdf").write_bytes(b"%PDF")
    (real_copy.corpus_dir / "empty.txt").write_bytes(b"")
    first = run(real_copy, "ingest", "--json")
    assert first.code == 0
    assert first.document.keys() == INGEST
    assert [note.keys() for note in first.document["notes"]] == [{"path", "line", "text"}]
    assert {skip["path"] for skip in first.document["skipped"]} == {
        "corpus/notes.pdf", "corpus/empty.txt",
    }  # fmt: skip
    assert all(skip.keys() == {"path", "reason"} for skip in first.document["skipped"])
    assert "Skipped corpus/empty.txt: It is empty." in first.err
    generation = current_generation(real_copy.data_dir)
    again = run(real_copy, "ingest", "--json").document
    assert (again["added"], again["updated"], again["unchanged"], again["removed"]) == (0, 0, 1, 0)
    assert current_generation(real_copy.data_dir) == generation
    assert "1 unchanged, 0 removed" in run(real_copy, "ingest", "corpus").out


@pytest.mark.model
def test_a_corpus_folder_that_is_not_there_leaves_the_index(run: Run, real_copy: Settings) -> None:
    gone = real_copy.model_copy(update={"corpus_dir": Path("nowhere")})
    finished = run(gone, "ingest")
    assert finished.code == 1
    assert finished.err.startswith("Error: There is no file or folder nowhere.")
    assert run(real_copy, "ask", UNIVERSITIES, "--json").document["status"] == "answered"


@pytest.mark.model
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", ""], "The question is empty"),
        (["ask", "   "], "The question is empty"),
        (["ask", "😀"], "no word or number"),
        (["ask", "a" * 100_000], "has 100,000 characters"),
        (["ask", "\x00\x1b"], "The question is empty"),
        (["search", "park", "-k", "0"], "1 to 200, not 0"),
        (["ask", "park", "--speaker", "Nobody"], "No speaker is called 'Nobody'"),
        (["ask", "park", "--transcript", "x"], "`hetao list` shows"),
        (["show", "x"], "`hetao list` shows"),
        (["show", TRANSCRIPT, "--turn", "99"], "has turns 1 to 3, not 99"),
    ],
)
def test_what_the_user_can_mend_is_a_sentence_and_exit_code_1(
    run: Run, real_settings: Settings, arguments: list[str], told: str
) -> None:
    finished = run(real_settings, *arguments)
    assert (finished.code, finished.out) == (1, "")
    assert finished.err.startswith("Error: ")
    assert told in finished.err
    with_json = run(real_settings, *arguments, "--json")
    assert with_json.code == 1
    assert told in with_json.document["error"]


@pytest.mark.parametrize("command", [["ask", "When?"], ["search", "park"], ["list"], ["show", "x"]])
def test_before_the_first_ingest_every_command_names_it(
    run: Run, settings: Settings, command: list[str]
) -> None:
    finished = run(settings, *command, "--json")
    assert finished.code == 1
    assert "run `hetao ingest` to read the corpus" in finished.document["error"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["nonsense"],
        ["ask", "x", "--role", "king"],
        ["ask", "x", "--since", "yesterday"],
        ["search", "x", "-k", "many"],
        ["show", "x", "--turn", "one"],
        ["chat", "--port", "80"],
        ["list", "--nonsense"],
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, settings: Settings, arguments: list[str]) -> None:
    finished = run(settings, *arguments)
    assert (finished.code, finished.out) == (2, "")
    assert "Usage: hetao" in finished.err


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "-h"], ["--version"]])
def test_help_and_version_are_exit_code_0(
    run: Run, settings: Settings, arguments: list[str]
) -> None:
    finished = run(settings, *arguments)
    assert finished.code == 0
    assert "hetao" in finished.out


def test_a_misspelt_setting_is_told_with_the_right_name(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_MIN_CONFIDENZ", "1")
    finished = run(settings, "list")
    assert finished.code == 1
    assert "Did you mean HETAO_MIN_CONFIDENCE?" in finished.err


@pytest.mark.model
def test_an_index_by_another_model_is_told_with_the_command_to_run(
    run: Run, real_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_EMBEDDING_MODEL", "another/model")
    finished = run(real_settings, "ask", UNIVERSITIES)
    assert finished.code == 1
    assert "now 'another/model'): run `hetao ingest`" in finished.err


HOSTILE = "The park\x1b[2J costs\x9b31m \u202e5 billion\x07 yuan \x1b]0;owned\x07this year."


@pytest.mark.model
def test_control_sequences_of_a_transcript_do_not_reach_the_terminal(
    run: Run, real_copy: Settings, real_embedder: Embedder, page: Any
) -> None:
    page(
        real_copy.corpus_dir / "hostile.txt",
        ("Lin\x1b[31m Mei", "Welcome to the briefing.\x1b[2J"),
        ("Chen Tao", HOSTILE),
    )
    ingest(read_corpus((real_copy.corpus_dir,)), real_copy, real_embedder)
    question = "What does the park cost in billion yuan this year?"
    for command in (["ask", question], ["search", question], ["show", "hostile"], ["list"]):
        for options in ([], ["--json"]):
            finished = run(real_copy, *command, *options)
            assert finished.code == 0
            shown = finished.out + finished.err
            assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(shown), command
    # In a document they are escaped, so that the quote stays what it is.
    turns = run(real_copy, "show", "hostile", "--json").document["turns"]
    assert "5 billion" in turns[-1]["text"]


def test_a_terminal_of_another_encoding_gets_question_marks_and_json_stays_whole(
    settings: Settings, tmp_path: Path
) -> None:
    command = Path(sys.executable).with_name("hetao")
    environment = {
        **os.environ, "PYTHONIOENCODING": "ascii", "HETAO_DATA_DIR": str(tmp_path / "数据"),
    }  # fmt: skip
    finished = subprocess.run(
        [command, "list", "--json"], capture_output=True, check=False, cwd=tmp_path, env=environment
    )
    assert finished.returncode == 1
    assert "数据" in json.loads(finished.stdout)["error"]
    assert b"/??" in finished.stderr
    assert b"Traceback" not in finished.stderr


@pytest.mark.model
def test_a_question_of_bytes_that_are_no_text_is_answered_from_the_rest(
    run: Run, real_settings: Settings
) -> None:
    # As Python hands such an argument to a program.
    asked = os.fsdecode(UNIVERSITIES.encode() + b"\xff")
    finished = run(real_settings, "ask", asked, "--json")
    assert finished.code == 0, finished.err
    answer = finished.document
    assert (answer["status"], answer["standalone_question"]) == ("answered", UNIVERSITIES)


@pytest.mark.model
def test_a_pipe_that_is_closed_early_ends_the_command_in_silence(
    real_settings: Settings, tmp_path: Path
) -> None:
    command = Path(sys.executable).with_name("hetao")
    process = subprocess.Popen(
        [command, "show", TRANSCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path, env={**os.environ, "HETAO_DATA_DIR": str(real_settings.data_dir)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) in (0, 1)


LOCK_TALK = (
    "Talk at the old lock\nJuly 1, 2019\n\n"
    "CHAIR ROE. Good morning. The figure for the quay wall is now HK$3.4 billion, up from\n"
    "      LOCK AUTHORITY PRESS OFFICE          Page 2 of 5\n\n"
    "HK$2.9 billion in the first plan. That is the price of steel.\n\n"
    "CARL POE. When will it open?\n\nCHAIR ROE. In May.\n\nCARL POE. Thank you.\n"
)
CAPTIONS = (
    "Captions of the lock meeting\nJuly 2, 2019\n\n>> MAYOR FEN: WE MEET AGAIN.\n"
    ">> THE MILLERS WERE PROMISED ELEVEN NEW GRINDSTONES BY THE CITY.\n"
    ">> MAYOR FEN: THANK YOU FOR THAT.\n"
)


@pytest.mark.model
def test_a_sentence_over_a_page_break_is_quoted_whole_and_a_nameless_one_as_nobodys(
    run: Run, real_copy: Settings
) -> None:
    (real_copy.corpus_dir / "lock.txt").write_text(LOCK_TALK, encoding="utf-8")
    (real_copy.corpus_dir / "captions.txt").write_text(CAPTIONS, encoding="utf-8")
    assert run(real_copy, "ingest", "--json").code == 0
    asked = "What was the figure for the quay wall in the first plan?"
    answer = run(real_copy, "ask", asked, "--json").document
    (quote,) = [c["quote"] for c in answer["citations"] if "2.9" in c["quote"]]
    assert "HK$3.4 billion, up from HK$2.9 billion in the first plan." in " ".join(quote.split())
    assert "PRESS OFFICE" not in json.dumps(answer)
    shown = run(real_copy, "show", "lock", "--json").document
    assert quote in shown["turns"][0]["text"]
    answer = run(real_copy, "ask", "How many grindstones were promised?", "--json").document
    assert answer["status"] == "answered"
    assert answer["text"].startswith("A speaker whose name the page does not give said: ")
    assert answer["citations"][0]["speaker"] == ""


def test_check_shows_turns_and_notes_and_indexes_nothing(run: Run, settings: Settings) -> None:
    settings.corpus_dir.mkdir()
    file = settings.corpus_dir / "lock.txt"
    page = (
        "Ann Roe:\n\nWe open.\n\nSalt Daily:\n\nWhen?\n\nAnn Roe:\n\nIn May.\n\n"
        "Carl Poe: The mill stays.\n"
    )
    file.write_text(page, encoding="utf-8")
    checked = run(settings, "ingest", "--check", str(file), "--json")
    (found,) = checked.document["files"]
    assert found.keys() == {"path", "transcript_id", "turns", "notes"}
    assert [turn["speaker"] for turn in found["turns"]] == ["Ann Roe", "Salt Daily", "Ann Roe", ""]
    assert found["turns"][0].keys() == {"turn", "speaker", "role", "start", "end", "text"}
    assert all(page[turn["start"] : turn["end"]] == turn["text"] for turn in found["turns"])
    assert any(note["line"] == 13 and "Carl Poe" in note["text"] for note in found["notes"])
    assert not settings.data_dir.exists()
    shown = run(settings, "ingest", "--check", str(file)).out
    assert "4. A speaker whose name the page does not give (narrator): Carl Poe: The mill" in shown


def test_a_command_that_fails_unexpectedly_leaves_its_place_in_the_log_and_no_question(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_settings: Settings) -> Any:
        raise RuntimeError("the inside")

    monkeypatch.setattr("rag.cli.main._assistant", broken)
    monkeypatch.setenv("HETAO_DATA_DIR", str(settings.data_dir))
    settings.data_dir.mkdir()
    with pytest.raises(RuntimeError):
        main(["ask", "Will the zeppelin mast be built?"])
    log = (settings.data_dir / "hetao.log").read_text(encoding="utf-8")
    assert "RuntimeError\n" in log
    assert "broken\n" in log
    assert "zeppelin" not in log
    assert "inside" not in log


def test_a_folder_that_cannot_be_made_and_a_package_that_is_missing_are_told_in_a_sentence(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = settings.model_copy(update={"data_dir": Path("/proc/none")})
    told = run(away, "keys", "add", "bob", "--json")
    assert told.code == 1
    assert told.document["error"].startswith("/proc/none cannot be read or written (")
    monkeypatch.setitem(sys.modules, "rag.service.keys", None)
    told = run(settings, "keys", "list", "--json")
    assert told.code == 1
    assert told.document["error"].startswith("rag.service.keys cannot be loaded: run `make setup`")


def commands_of(command: click.Command) -> Iterator[click.Command]:
    if not isinstance(command, click.Group):
        yield command
        return
    for name in command.list_commands(click.Context(command)):
        found = command.get_command(click.Context(command), name)
        assert found is not None
        yield from commands_of(found)


def test_every_command_takes_json() -> None:
    without = [c.name for c in commands_of(hetao) if "as_json" not in {p.name for p in c.params}]
    assert without == []


def test_a_service_that_is_stopped_tells_where_it_was(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rag.service.serving.run_service", stopped)
    served = run(settings, "serve", "--port", "8765", "--json")
    assert (served.code, served.document) == (0, {"address": "http://127.0.0.1:8765"})
    assert run(settings, "mcp", "--json").code == 2
