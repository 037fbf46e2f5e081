from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from eval.errors import RunError
from eval.records import Case, EvaluationSet
from eval.results import Result
from eval.runner import run_set
from eval.runs import (
    RESULTS,
    SUMMARY,
    RunInfo,
    append_result,
    corpus_hash,
    describe_run,
    new_folder,
    read_run,
    start_or_resume,
)
from eval.storage import held
from rag.answering.prompts import version
from rag.assistant import SearchResult
from rag.errors import QuestionError
from rag.settings import Settings
from rag.types import Answer, Filters, Hit, Message, Transcript


class Oracle:
    """A system that knows one sentence: it answers about halls, refuses what it does not know,
    raises on "fail" and is interrupted on "stop"."""

    def __init__(self, transcript: Transcript, answer: Answer, refusal: Answer, hit: Hit) -> None:
        self.asked: list[str] = []
        self._transcript, self._hit = transcript, hit
        self._answer, self._refusal = answer, refusal

    def ask(self, question: str, history: Sequence[Message], filters: Filters) -> Answer:
        self.asked.append(question)
        if "stop" in question:
            raise KeyboardInterrupt
        if "empty" in question:
            raise QuestionError("The question is empty.")
        if "fail" in question:
            raise ZeroDivisionError("by zero")
        return self._answer if "halls" in question else self._refusal

    def search(
        self, question: str, k: int, filters: Filters, history: Sequence[Message]
    ) -> SearchResult:
        return SearchResult(question, (self._hit,), {})

    def transcripts(self) -> tuple[Transcript, ...]:
        return (self._transcript,)


@pytest.fixture
def oracle(
    transcript: Transcript,
    make_answer: Callable[..., Answer],
    make_hit: Callable[[str], Hit],
) -> Oracle:
    words = "It has five halls."
    return Oracle(transcript, make_answer(words), make_answer(), make_hit(words))


@pytest.fixture
def chosen(make_case: Callable[..., Case]) -> Callable[..., EvaluationSet]:
    def choose(*questions: str) -> EvaluationSet:
        cases = [make_case(id=f"q{i}", question=text) for i, text in enumerate(questions)]
        return EvaluationSet("small", "0" * 64, tuple(cases))

    return choose


def describe(chosen: EvaluationSet, transcript: Transcript, **settings: object) -> RunInfo:
    return describe_run(chosen, None, None, [transcript], Settings(**settings))  # type: ignore[arg-type]


def test_a_run_folder_holds_all_that_is_needed_to_read_it_again(
    oracle: Oracle, chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    asked = chosen("How many halls?", "How many boats?")
    summary = run_set(asked, oracle, tmp_path / "run", describe(asked, transcript))
    run = read_run(tmp_path / "run")
    assert run.summary == summary
    assert [result.id for result in run.results] == ["q0", "q1"]
    assert [result.refused for result in run.results] == [False, True]
    assert [result.warm for result in run.results] == [False, True]
    assert run.results[0].scores["recall@1"] == 1
    assert run.results[0].answer is not None
    assert run.results[0].answer["citations"][0]["quote"] == "It has five halls."
    assert run.info.corpus_sha256 == corpus_hash([transcript])
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "report.html", "results.jsonl", "run.json", "summary.json",
    ]  # fmt: skip


def test_a_question_that_raises_is_recorded_and_the_next_one_is_asked(
    oracle: Oracle, chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    asked = chosen("empty", "fail", "How many halls?")
    summary = run_set(asked, oracle, tmp_path / "run", describe(asked, transcript))
    errors = [result.error for result in read_run(tmp_path / "run").results]
    assert errors == ["The question is empty.", "ZeroDivisionError: by zero", None]
    assert summary["errors"] == 2
    assert summary["metrics"]["recall@5"]["mean"] == pytest.approx(1 / 3, abs=1e-6)


def test_an_interrupted_run_is_half_written_until_it_is_resumed(
    oracle: Oracle, chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    asked = chosen("How many halls?", "stop", "How many halls now?")
    info = describe(asked, transcript)
    with pytest.raises(RunError, match=r"after 1 of 3.*--resume"):
        run_set(asked, oracle, tmp_path, info)
    with pytest.raises(RunError, match=r"half written.*--resume"):
        read_run(tmp_path)
    # The line that was being written when the power went is asked again.
    with (tmp_path / RESULTS).open("a") as file:
        file.write('{"record": {"id": "q1", "quest')
    oracle.asked.clear()
    cases = [
        replace(c, record=c.record.model_copy(update={"question": "How?"})) for c in asked.cases
    ]
    run_set(replace(asked, cases=tuple(cases)), oracle, tmp_path, info)
    assert oracle.asked == ["How?", "How?"]
    assert len(read_run(tmp_path).results) == 3


def test_a_run_is_written_by_one_process_at_a_time(
    oracle: Oracle, chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    asked = chosen("How many halls?", "stop")
    info = describe(asked, transcript)
    with pytest.raises(RunError, match="Interrupted after 1"):
        run_set(asked, oracle, tmp_path, info)
    with held(tmp_path), pytest.raises(RunError, match="under way"):
        run_set(asked, oracle, tmp_path, info)
    assert oracle.asked == ["How many halls?", "stop"]


def test_results_of_two_settings_sets_or_corpora_are_never_mixed(
    chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    asked = chosen("How many halls?")
    start_or_resume(tmp_path, describe(asked, transcript))
    for info, what in (
        (describe(asked, transcript, dense_weight=0.1), r"dense weight: 0\.6 → 0\.1\."),
        (describe(asked, transcript, chat_model="openai:m"), "generator: extractive → openai:m"),
        (describe(asked, transcript, reranker_model="r"), "reranker: none → r"),
        (describe(replace(asked, sha256="1" * 64), transcript), r"set: .* → .* \(1111"),
        (describe(asked, replace(transcript, text=transcript.text + "!")), "transcripts: 1 "),
    ):
        with pytest.raises(RunError, match=what):
            start_or_resume(tmp_path, info)
    assert start_or_resume(tmp_path, describe(asked, transcript, port=9000)) == []


def test_a_finished_run_and_a_folder_of_something_else_are_not_written_to(
    oracle: Oracle, chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    asked = chosen("How many halls?")
    info = describe(asked, transcript)
    run_set(asked, oracle, tmp_path / "run", info)
    with pytest.raises(RunError, match="finished run"):
        run_set(asked, oracle, tmp_path / "run", info)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("Dear all,")
    with pytest.raises(RunError, match="holds no run"):
        run_set(asked, oracle, tmp_path / "other", info)


def test_damaged_run_folders_are_refused_with_the_place(
    oracle: Oracle, chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="no run folder"):
        read_run(tmp_path / "none")
    asked = chosen("How many halls?", "How many boats?")
    run_set(asked, oracle, tmp_path / "run", describe(asked, transcript))
    lines = (tmp_path / "run" / RESULTS).read_text().splitlines()
    for damage, says in (
        (lines[0] + "\n", "1 results of 2"),
        (lines[0] + "\n\x00{}\n", "line 2"),
    ):
        (tmp_path / "run" / RESULTS).write_text(damage)
        with pytest.raises(RunError, match=says):
            read_run(tmp_path / "run")
    (tmp_path / "run" / RESULTS).write_text("\n".join(lines))
    for damage in ("{", "[]"):
        (tmp_path / "run" / SUMMARY).write_text(damage)
        with pytest.raises(RunError, match=r"summary\.json"):
            read_run(tmp_path / "run")


def test_a_folder_that_cannot_be_written_is_a_sentence(
    make_result: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        append_result(tmp_path / "file", make_result(1, "right"))


def test_hostile_and_chinese_results_are_read_back_as_they_were(
    make_result: Callable[..., Result], tmp_path: Path
) -> None:
    question = "香港有几条线路？\u2028</script>\x00\r\n" + "a" * 100_000
    result = make_result(1, "right", question=question)
    append_result(tmp_path, result)
    (line,) = (tmp_path / RESULTS).read_bytes().split(b"\n")[:-1]
    assert Result.model_validate_json(line) == result


def test_neither_secrets_nor_places_are_written_down(
    chosen: Callable[..., EvaluationSet], transcript: Transcript
) -> None:
    class Keyed(Settings):
        api_key: SecretStr = SecretStr("hush-hush")

    settings = Keyed(
        chroma_url="https://me:hush-hush@db:8000", data_dir=Path("/home/hush-hush"),
        chat_model="openai:m", chat_api_key=SecretStr("hush-hush"),
        chat_base_url="https://me:hush-hush@models.example.org/v1?key=hush-hush",
        trace="https://spans.example.org/hush-hush",
    )  # fmt: skip
    info = describe_run(chosen("How many halls?"), None, None, [transcript], settings)
    assert "hush" not in info.model_dump_json()
    assert info.settings["chroma_url"] == "https://db:8000"
    assert info.code_version
    assert info.models["chat host"] == "models.example.org"
    assert "chat_api_key" not in info.settings


def test_a_run_says_which_models_and_prompts_made_its_answers(
    chosen: Callable[..., EvaluationSet], transcript: Transcript
) -> None:
    asked = chosen("How many halls?")
    quoting = describe(asked, transcript)
    assert next(iter(quoting.models.items())) == ("generator", "extractive")
    assert quoting.models["reranker"] == "none"
    chat = {"chat_model": "openai:m", "chat_base_url": "http://127.0.0.1:1/v1"}
    written = describe(asked, transcript, **chat, reranker_model="r")
    assert written.generator == written.models["generator"] == "openai:m"
    assert written.models["chat host"] == "this machine"
    assert written.models["prompts"] == version()
    assert written.models["reranker"] == "r"
    assert quoting.changes(written)[0] == "generator: extractive → openai:m"
    read = describe(
        asked, transcript, reader_model="systemone:m", reader_api_key="hush",
        reader_base_url="https://user:hush@read.example",
    )  # fmt: skip
    assert read.models["reader host"] == "read.example"
    assert "hush" not in read.model_dump_json()
    assert quoting.changes(read) == [
        "reader: bundled → systemone:m", "reader host: none → read.example",
    ]  # fmt: skip
    # The port of a server on this machine says nothing.
    assert not written.changes(describe(asked, transcript, **{**chat, "chat_base_url":
        "http://127.0.0.1:2/v1"}, reranker_model="r"))  # fmt: skip


def test_settings_that_change_no_answer_are_not_told_and_hinder_no_resuming(
    chosen: Callable[..., EvaluationSet], transcript: Transcript, tmp_path: Path
) -> None:
    asked = chosen("How many halls?")
    apart = {
        "users": "header:X-User", "admins": "ada@example.org", "ray_address": "10.0.0.7:6379",
        "serve_port": 9000, "fetch_delay_seconds": 2.0,
    }  # fmt: skip
    now, later = describe(asked, transcript), describe(asked, transcript, **apart)
    assert later.settings == now.settings
    assert not apart.keys() & now.settings.keys()
    # An older run tells them all.
    older = now.model_copy(
        update={"settings": {**now.settings, "serve_port": 8600, "users": "off"}}
    )
    start_or_resume(tmp_path / "run", older)
    assert older.changes(later) == []
    assert start_or_resume(tmp_path / "run", later) == []


def test_a_run_from_before_the_generator_was_recorded_is_told_by_its_settings(
    chosen: Callable[..., EvaluationSet], transcript: Transcript
) -> None:
    now = describe(chosen("How many halls?"), transcript)
    older = now.model_copy(
        update={
            "models": {"embedding": now.models["embedding"]},
            "settings": {**now.settings, "chat_base_url": "", "chat_api_key": ""},
        }
    )
    # It had no reader either.
    assert older.changes(now) == ["reader: none → bundled"]
    assert now.changes(older) == ["reader: bundled → none"]
    by_a_model = older.model_copy(update={"settings": {**older.settings, "chat_model": "a:b"}})
    assert by_a_model.generator == "a:b"


def test_the_corpus_hash_follows_words_and_speakers_and_not_the_order(
    transcript: Transcript,
) -> None:
    other = replace(transcript, id="other")
    assert corpus_hash([transcript, other]) == corpus_hash([other, transcript])
    turns = (replace(transcript.turns[0], speaker="Somebody"), *transcript.turns[1:])
    assert corpus_hash([transcript]) != corpus_hash([replace(transcript, turns=turns)])


def test_each_run_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first = new_folder(settings, "small")
    first.mkdir(parents=True)
    assert new_folder(settings, "small") != first
