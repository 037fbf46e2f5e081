from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from eval.commands import evaluation
from eval.studies.baseline import BASELINE
from rag.embedding.embedder import build_embedder
from rag.errors import HetaoError
from rag.indexing.current import current_generation
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus

HALLS = {
    "id": "halls", "type": "factual", "question": "How many exhibition halls does the museum have?",
    "must_include": [["five"]],
    "evidence": [{"quote": "The harbour museum has five exhibition halls.", "speaker": "Wu Lan"}],
}  # fmt: skip
FERRY = {
    "id": "ferry", "language": "zh-Hans", "question": "渡轮什么时候开通？", "split": "dev",
    "must_include": [["2028"]],
    "evidence": [{"quote": "The new ferry line opens in March 2028."}],
}  # fmt: skip
ROOF, GARDEN = (
    {"id": id_, "type": "factual", "question": question, "evidence": [{"quote": quote}]}
    for id_, question, quote in (
        ("roof", "What is on the roof of the museum?", "On the roof there is a small observatory"),
        ("garden", "Who planted the garden beside the museum?", "planted by volunteers"),
    )
)
BRAZIL = {
    "id": "brazil", "question": "What is the population of Brazil?", "answerable": False,
    "unanswerable_kind": "off_topic",
}  # fmt: skip
SPEECHES = (
    ("Lin Mei", "Welcome to the briefing. The floor is open for questions."),
    ("Daily Times", "How large is the museum, and when will the ferry start? Thank you."),
    (
        "Wu Lan",
        "The harbour museum has five exhibition halls. The new ferry line opens in March 2028. "
        "The garden beside the museum was planted by volunteers in the spring of last year. "
        "Visitors can see old ship models, lanterns and maps of the coast in the largest hall. "
        "On the roof there is a small observatory that is open on clear nights in winter.",
    ),
)


@pytest.fixture
def corpus(page: Callable[..., Path], tmp_path: Path) -> Path:
    return page(tmp_path / "museum" / "museum-p1.txt", *SPEECHES).parent


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "museum.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in (HALLS, FERRY, BRAZIL, ROOF, GARDEN)))
    return path


@pytest.fixture
def call(
    real_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Result]:
    """Runs ``hetao eval`` over the project's own index, away from the user's settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HETAO_DATA_DIR", str(real_settings.data_dir))
    return lambda *words, **more: CliRunner().invoke(
        evaluation, [str(word) for word in words], **more
    )


def printed(result: Result) -> Any:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout)


@pytest.mark.model
def test_a_foreign_corpus_is_asked_without_touching_the_users_index(
    call: Callable[..., Result], corpus: Path, questions: Path, tmp_path: Path,
    real_settings: Settings,
) -> None:  # fmt: skip
    before = current_generation(real_settings.data_dir)
    out = tmp_path / "run"
    summary = printed(call("run", questions, "--corpus", corpus, "--out", out, "--json"))
    assert (summary["run"], summary["set"], summary["n"]) == (str(out), "museum", 5)
    assert summary["errors"] == 0
    assert summary["metrics"]["recall@5"] == {"n": 4, "mean": 1.0, "low": 1.0, "high": 1.0}
    assert summary["metrics"]["quote_exact"]["mean"] == 1
    assert summary["metrics"]["speaker_accuracy"]["mean"] == 1
    assert summary["by"]["unanswerable_kind"]["off_topic"]["refusal_recall"]["n"] == 1
    assert "five exhibition halls" in (out / "report.html").read_text(encoding="utf-8")
    assert current_generation(real_settings.data_dir) == before


@pytest.mark.model
def test_a_set_is_asked_over_the_folder_of_its_own_name_beside_it(
    call: Callable[..., Result], corpus: Path, questions: Path, tmp_path: Path
) -> None:
    assert corpus == questions.with_suffix("")
    summary = printed(call("run", questions, "--limit", 1, "--out", tmp_path / "run", "--json"))
    assert summary["metrics"]["recall@5"]["mean"] == 1


@pytest.mark.model
def test_a_run_that_is_called_like_its_set_is_not_taken_for_a_corpus(
    call: Callable[..., Result], tmp_path: Path
) -> None:
    questions = tmp_path / "brazil.jsonl"
    questions.write_text(json.dumps(BRAZIL))
    for out in ("brazil", "again"):
        assert call("run", questions, "--out", tmp_path / out).exit_code == 0
    changed = printed(call("compare", tmp_path / "brazil", tmp_path / "again", "--json"))
    assert changed["same_corpus"]


@pytest.mark.model
def test_a_set_and_a_run_may_have_names_that_are_not_utf8(
    call: Callable[..., Result], tmp_path: Path
) -> None:
    questions, out = (tmp_path / os.fsdecode(name) for name in (b"\xcc\xe2.jsonl", b"\xbe\xc9"))
    questions.write_text(json.dumps(BRAZIL))
    assert printed(call("run", questions, "--out", out, "--json"))["run"] == str(out)
    assert printed(call("compare", out, out, "--json"))["n"] == 1


def some_of_the_baseline(folder: Path, changed: tuple[str, str] = ("", "")) -> Path:
    """A run of enough of its questions to tell a fall from chance, with other words in it."""
    shutil.copytree(BASELINE, folder)
    lines = (BASELINE / "results.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(lines[:40]).replace(*changed)
    (folder / "results.jsonl").write_text(text, encoding="utf-8")
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps({**told, "n": 40}), encoding="utf-8")
    return folder


@pytest.mark.model
def test_two_runs_are_compared_and_gated(
    call: Callable[..., Result], corpus: Path, questions: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    a, b = tmp_path / "a", tmp_path / "b"
    assert call("run", questions, "--corpus", corpus, "--out", a).exit_code == 0
    # A system that refuses everything.
    monkeypatch.setenv("HETAO_MIN_CONFIDENCE", "1")
    assert call("run", questions, "--corpus", corpus, "--out", b).exit_code == 0
    compared = printed(call("compare", a, b, "--json"))
    assert compared["metrics"]["recall@5"]["verdict"] == "the same"
    assert {"halls", "roof", "garden"} <= set(compared["became_wrong"])
    said = call("compare", a, b).stdout
    assert "Became wrong" in said
    assert "answered by extractive" in said
    assert "min confidence: 0.52 → 1.0" in said
    assert "nothing: same models" in call("compare", a, a).stdout
    passed = call("gate", a, "--baseline", a, "--json")
    assert (passed.exit_code, printed(passed)["passed"]) == (0, True)
    # Three questions are too few to tell a fall from chance.
    assert call("gate", b, "--baseline", a).exit_code == 0
    baseline, worse = some_of_the_baseline(tmp_path / "baseline"), tmp_path / "worse"
    some_of_the_baseline(worse, ('"citation_recall":1.0', '"citation_recall":0.0'))
    refused = call("gate", worse, "--baseline", baseline, "--json")
    assert (refused.exit_code, printed(refused)["passed"]) == (1, False)
    assert any("citation_recall fell" in reason for reason in printed(refused)["reasons"])


def test_the_command_itself_exits_with_1_at_the_gate(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("hetao")), "eval", "gate"]
    baseline, misquoting = some_of_the_baseline(tmp_path / "baseline"), tmp_path / "run"
    some_of_the_baseline(misquoting, ('"quote_exact":1.0', '"quote_exact":0.5'))
    command += [str(misquoting), "--baseline", str(baseline)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "quote_exact" in done.stdout


@pytest.mark.model
def test_a_set_that_does_not_fit_the_index_says_which_lines(
    call: Callable[..., Result], questions: Path, corpus: Path, tmp_path: Path
) -> None:
    elsewhere = shutil.copy(questions, tmp_path / "elsewhere.jsonl")
    wrong = call("run", elsewhere)
    assert isinstance(wrong.exception, HetaoError)
    assert "line 1: quote not found" in str(wrong.exception)
    assert "line 2: quote not found" in str(wrong.exception)
    missing = call("run", questions, "--corpus", tmp_path / "nowhere")
    assert isinstance(missing.exception, HetaoError)
    dev = printed(call("run", questions, "--corpus", corpus, "--split", "dev", "--json"))
    assert dev["n"] == 1


@pytest.mark.model
@pytest.mark.parametrize("name", [".", "", "/"])
def test_a_folder_is_no_set(call: Callable[..., Result], corpus: Path, name: str) -> None:
    refused = call("run", name, "--corpus", corpus)
    assert isinstance(refused.exception, HetaoError)
    assert "cannot be read" in str(refused.exception)


@pytest.mark.model
def test_drafts_are_listed_or_accepted_edited_and_rejected_one_by_one(
    call: Callable[..., Result], tmp_path: Path
) -> None:
    drafts = printed(call("draft", "--json"))["drafts"]
    assert len(drafts) > 4
    assert all(draft["evidence"] for draft in drafts)
    path = tmp_path / "mine.jsonl"
    typed = "a\nr\ne\nIs it so?\n\nyes | 是; 5\nq\n"
    done = call("draft", "scio-2023-09-21-hetao", "--to", path, input=typed)
    assert done.exit_code == 0, done.output
    first, second = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert first["id"] == drafts[0]["id"]
    assert second["question"] == "Is it so?"
    assert second["must_include"] == [["yes", "是"], ["5"]]
    left = printed(call("draft", "--to", path, "--json"))["drafts"]
    assert len(left) == len(drafts) - 2
    assert isinstance(call("draft", "nowhere", "--json").exception, HetaoError)


@pytest.mark.model
def test_a_named_set_brings_its_own_corpus_and_asks_within_a_meeting(
    call: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["The remote will have a case made of rubber.", "The remote will be made of titanium."]
    meetings = [
        {
            "meeting_transcripts": [{"speaker": "Member C", "content": words}],
            "specific_query_list": [
                {"query": "What is it made of?", "answer": "", "relevant_text_span": [["0", "0"]]}
            ],
        }
        for words in said
    ]
    lines = "\n".join(json.dumps(meeting) for meeting in meetings)
    (tmp_path / "qmsum-val.jsonl").write_text(lines)
    monkeypatch.setenv("HETAO_EVAL_DATA_DIR", str(tmp_path))
    out = tmp_path / "run"
    summary = printed(call("run", "qmsum", "--out", out, "--json"))
    assert (summary["set"], summary["n"], summary["errors"]) == ("qmsum", 2, 0)
    assert summary["metrics"]["recall@1"]["mean"] == 1
    results = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [[hit["text"] for hit in result["hits"]] for result in results] == [[w] for w in said]


def test_a_named_set_goes_with_no_other_corpus(
    call: Callable[..., Result], corpus: Path, tmp_path: Path
) -> None:
    refused = call("run", "xquad", "--corpus", corpus, "--out", tmp_path / "run")
    assert isinstance(refused.exception, HetaoError)
    assert "brings its own transcripts" in str(refused.exception)


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("run", "a.jsonl", "--limit", "0"),
        ("run", "a.jsonl", "--out", "x", "--resume", "y"),
        ("run", "a.jsonl", "--resume", "nowhere"),
        ("gate", "x"),
        ("compare", "x"),
    ],
)
def test_wrong_usage_exits_with_2(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(evaluation, list(words)).exit_code == 2


def test_the_corpus_of_a_named_set_keeps_an_index_of_its_own(
    settings: Settings, corpus: Path
) -> None:
    from eval.sources import corpus_settings

    own = corpus_settings(read_corpus([corpus]), settings)
    assert own.data_dir.parent == settings.data_dir / "eval-index"
    assert own.chroma_url == ""
    again = corpus_settings(read_corpus([corpus]), settings)
    assert again == own


@pytest.mark.model
def test_the_models_are_shared_with_the_users_index(real_settings: Settings, corpus: Path) -> None:
    from eval.sources import corpus_settings

    own = corpus_settings(read_corpus([corpus]), real_settings)
    ingest(read_corpus([corpus]), own, build_embedder(real_settings))
    assert not (own.data_dir / "models").exists()
