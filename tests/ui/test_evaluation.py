from __future__ import annotations

import base64
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from eval.errors import RunError, SetError
from eval.gold import load_set
from eval.records import read_records
from eval.runner import run_set
from eval.runs import INFO, REPORT, RESULTS, SUMMARY, describe_run
from rag.assistant import open_assistant
from rag.settings import Settings
from ui.evaluation import COMPARE, DAMAGED, REPORTS, report_frame
from ui.jobs import Desk, Job, desk, list_runs
from ui.sets import add_set, offered_sets, set_named

pytestmark = pytest.mark.model

HOSTILE = '<img src=x onerror="window.harmed=1"> $x$ What is the population of Brazil?'
SET = [
    {
        "id": "universities",
        "question": "How many of the world's top 100 universities are in Hong Kong?",
        "must_include": [["five"]],
        "evidence": [{"quote": "home to five of the world's top 100 universities"}],
    },
    {"id": "brazil", "question": HOSTILE, "answerable": False},
    {"id": "mars", "question": "火星上有多少所大学？", "answerable": False},
]
LINES = "\n".join(json.dumps(line, ensure_ascii=False) for line in SET).encode()


@pytest.fixture(scope="session")
def two_runs(real_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run "first" and a run "second" whose system refuses everything."""
    folder = tmp_path_factory.mktemp("runs")
    path = folder / "mine.jsonl"
    path.write_bytes(LINES)
    for name, confidence in (("first", 0.5), ("second", 1.0)):
        settings = real_settings.model_copy(update={"min_confidence": confidence})
        system = open_assistant(settings)
        chosen = load_set(path, system.transcripts())
        info = describe_run(chosen, None, None, system.transcripts(), settings)
        started = f"2024-03-0{1 if name == 'first' else 2}T10:00:00+00:00"
        info = info.model_copy(update={"started": started})
        run_set(chosen, system, folder / "runs" / name, info)
    return folder / "runs"


@pytest.fixture
def own(real_copy: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings in force, of a data directory of its own."""
    monkeypatch.setenv("HETAO_DATA_DIR", str(real_copy.data_dir))
    return real_copy


@pytest.fixture
def runs(own: Settings, two_runs: Path) -> Path:
    return Path(shutil.copytree(two_runs, own.data_dir / "runs"))


@pytest.fixture
def open_page(own: Settings) -> Callable[..., AppTest]:
    def script() -> None:
        from ui import evaluation

        evaluation.page()

    def run(view: str = "") -> AppTest:
        page = AppTest.from_function(script, default_timeout=60)
        if view:
            page.session_state["evaluation-view"] = view
        return page.run()

    return run


def shown(page: AppTest) -> str:
    assert not page.exception
    return "\n".join(element.body for element in page.html)


def framed(page: AppTest) -> str:
    head, _, body = page.get("iframe")[0].proto.src.partition("base64,")
    assert head == "data:text/html;charset=utf-8;"
    return base64.b64decode(body).decode()


def button(page: AppTest, label: str) -> AppTest:
    return next(one for one in page.button if one.label == label).click().run()


def wait_for_end(page: AppTest) -> AppTest:
    deadline = time.monotonic() + 120
    while desk().busy:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return page.run()


def test_a_set_is_run_from_the_page_and_its_report_can_be_read(
    own: Settings, open_page: Callable[..., AppTest]
) -> None:
    add_set(own, "mine.jsonl", LINES)
    page = open_page()
    assert page.selectbox[0].options[0] == "mine"
    button(page, "Run")
    assert not page.exception
    assert [one.label for one in page.button if not one.disabled] == ["Stop"]
    with pytest.raises(RunError, match="Another run is under way"):
        desk().start("mine", None, own.data_dir / "runs" / "other")
    wait_for_end(page)
    assert page.success[0].value == "The run is finished."
    button(page, "Read the report")
    assert "from 1 questions" in shown(page)
    assert "mine: 3 questions" in framed(page)


def test_a_stopped_run_is_offered_and_gone_on_with(
    own: Settings, open_page: Callable[..., AppTest]
) -> None:
    lines = [{"id": str(n), "question": "Who is it?", "answerable": False} for n in range(40)]
    add_set(own, "mine.jsonl", "\n".join(json.dumps(line) for line in lines).encode())
    page = button(open_page(), "Run")
    while not list(own.data_dir.glob(f"runs/*/{INFO}")):
        time.sleep(0.05)
    job = desk().job
    assert job is not None
    button(page, "Stop")
    assert job.outcome == "stopped"
    assert "stopped" in page.info[0].value
    button(page, "Go on")
    wait_for_end(page)
    assert page.success
    assert [path.name for path in (own.data_dir / "runs").iterdir()] == [job.folder.name]
    assert len((job.folder / RESULTS).read_bytes().splitlines()) == 40


def test_a_run_that_fails_says_why_and_the_page_lives_on(
    own: Settings, open_page: Callable[..., AppTest]
) -> None:
    line = {"id": "a", "question": "Q?", "evidence": [{"quote": "Nobody ever said this here."}]}
    add_set(own, "other.jsonl", json.dumps(line).encode())
    page = wait_for_end(button(open_page(), "Run"))
    assert "quote not found" in page.error[0].value
    assert "line 1" in page.error[0].value
    assert any(one.label == "Run" and not one.disabled for one in page.button)


def test_a_process_that_dies_without_a_word_is_a_sentence(tmp_path: Path) -> None:
    job = Job(["--no-such-option"], tmp_path)
    while job.outcome == "running":
        time.sleep(0.05)
    assert job.outcome == "failed"
    assert "without saying why" in job.error()
    job.stop()
    assert job.outcome == "failed"


def test_before_any_run_each_view_says_what_to_do(open_page: Callable[..., AppTest]) -> None:
    assert "Run a set first" in open_page(REPORTS).info[0].value
    assert "Two finished runs" in open_page(COMPARE).info[0].value


def test_the_newest_run_is_shown_in_words_and_its_report_escapes_what_it_quotes(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    page = open_page(REPORTS)
    assert "2 Mar 2024" in page.selectbox[0].options[0]
    assert page.selectbox[0].options[0].endswith(" · extractive · mine · 3 questions")
    assert "Honest refusals" in shown(page)
    report = framed(page)
    assert "&lt;img src=x" in report
    assert "<img" not in report


def test_a_page_that_lies_in_a_run_folder_is_never_shown(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    (runs / "second" / REPORT).write_text("<script>window.harmed=1</script>")
    assert "harmed=1</script>" not in framed(open_page(REPORTS))


def test_two_runs_are_compared_in_words_with_what_changed_between_them(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    page = open_page(COMPARE)
    said = shown(page)
    assert "min confidence: 0.5 → 1.0" in said
    assert "Before: 1 answered by extractive, 2 refused." in said
    assert "Right before, wrong now: 1" in said
    assert "top 100 universities" in said
    assert "Refused, although" in said
    assert "<img" not in said
    assert [box.value for box in page.selectbox] == ["first", "second"]


def test_only_runs_that_asked_the_same_are_offered_to_compare(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    info = json.loads((runs / "first" / INFO).read_text())
    (runs / "first" / INFO).write_text(json.dumps(info | {"split": "dev"}))
    assert "No other finished run asked the same questions" in open_page(COMPARE).info[0].value


def test_folders_that_are_no_runs_are_named_and_break_nothing(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    for name, text in (("empty", ""), ("half", '{"n": 3'), ("list", "[]"), ("<b>", "\x00")):
        (runs / name).mkdir()
        (runs / name / INFO).write_text(text)
    info = json.loads((runs / "first" / INFO).read_text())
    (runs / "empty" / INFO).unlink()
    (runs / "half" / INFO).write_text(json.dumps(info | {"started": "long ago"}))
    (runs / "a file").write_text("")
    page = open_page(REPORTS)
    assert "Not readable as runs: &lt;b&gt;, empty, half, list" in shown(page)
    assert len(page.selectbox[0].options) == 2


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        (SUMMARY, "[]", DAMAGED),
        (SUMMARY, '{"metrics": {"nugget_recall": {}}}', DAMAGED),
        (SUMMARY, "{", "cannot be read"),
        (RESULTS, "", "damaged: 0 results of 3"),
        (RESULTS, "{}\n", "line 1"),
    ],
)
def test_a_damaged_run_is_a_sentence_in_every_view(
    runs: Path, open_page: Callable[..., AppTest], file: str, text: str, sentence: str
) -> None:
    (runs / "second" / file).write_text(text)
    page = open_page(REPORTS)
    assert not page.exception
    assert sentence in page.error[0].value.replace("\\", "").replace("\u2060", "")
    page.selectbox[0].set_value("first").run()
    assert not page.error
    assert not open_page(COMPARE).exception
    assert not open_page().exception


def test_an_unfinished_run_is_listed_only_when_nobody_writes_to_it(runs: Path) -> None:
    (runs / "first" / SUMMARY).unlink()
    assert [run.folder.name for run in list_runs(runs, None).finished] == ["second"]
    assert list_runs(runs, None).unfinished == ()
    for path in (runs / "first").iterdir():
        os.utime(path, (0, 0))
    assert [run.folder.name for run in list_runs(runs, None).unfinished] == ["first"]


def test_a_run_of_a_set_that_is_not_offered_cannot_be_gone_on_with_here(own: Settings) -> None:
    assert set_named("hetao-page10", own).endswith("hetao-page10.jsonl")
    with pytest.raises(SetError, match="not among those offered"):
        set_named("elsewhere", own)


def test_all_sessions_share_one_desk() -> None:
    assert desk() is desk()
    st.cache_resource.clear()
    assert isinstance(desk(), Desk)


def test_every_set_that_is_offered_can_be_read(own: Settings) -> None:
    paths = [Path(name) for name in offered_sets(own) if name.endswith(".jsonl")]
    assert {"hetao-page10", "practice"} <= {path.stem for path in paths}
    for path in paths:
        records, problems, _ = read_records(path)
        assert records
        assert not problems


def test_a_set_of_ones_own_is_kept_under_a_harmless_name(own: Settings) -> None:
    path = add_set(own, "../../My questions?.txt", LINES)
    assert path == own.data_dir / "sets" / "My-questions.jsonl"
    assert path.read_bytes() == LINES
    assert offered_sets(own)[str(path)] == "My-questions"
    assert add_set(own, "My questions?.txt", LINES) == path
    with pytest.raises(SetError, match="another name"):
        add_set(own, "My questions?.txt", LINES + b"\n")
    with pytest.raises(SetError, match="another name"):
        add_set(own, "hetao-page10.jsonl", LINES)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "holds no question"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"id": "a"}\n\nhello', "line 1: question: Field required\n  line 3"),
    ],
)
def test_a_file_that_is_no_set_is_refused_by_line_and_leaves_nothing(
    own: Settings, data: bytes, fault: str
) -> None:
    with pytest.raises(SetError, match=fault):
        add_set(own, "bad.jsonl", data)
    assert list((own.data_dir / "sets").iterdir()) == []


def test_a_report_is_framed_as_a_document_of_its_own_origin() -> None:
    assert report_frame("<p>河套") == "data:text/html;charset=utf-8;base64,PHA+5rKz5aWX"
