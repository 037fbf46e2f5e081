from __future__ import annotations

import html
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from eval.catalogue import add_set, set_named
from eval.desk import RunDesk, run_of
from eval.errors import RunError, SetError
from eval.gold import load_set
from eval.listing import list_runs
from eval.records import read_records
from eval.runner import run_set
from eval.runs import INFO, REPORT, RESULTS, SUMMARY, describe_run, read_run
from eval.shelf import KEPT_SECONDS, TRASH, give_name
from eval.storage import held
from rag.assistant import open_assistant
from rag.errors import StorageError
from rag.settings import Settings
from ui.desks import run_desk, why_failed
from ui.evaluation import COMPARE, DAMAGED, REPORTS, RUN, report_page
from ui.run_list import labels as run_labels
from ui.run_list import shorten
from ui.sets import offered_sets
from ui.users import NOT_ADMIN

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
    {"id": "mars", "question": "谁赢得了世界杯？", "answerable": False},
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


def plain(text: str) -> str:
    """Text as a person reads it: its Markdown escapes and word joiners taken out."""
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace("\u2060", ""))


def shown(page: AppTest) -> str:
    """All that the page says, but for labels of widgets."""
    assert not page.exception
    parts = [*page.html, *page.markdown, *page.caption, *page.subheader]
    said = [element.body if element in page.html else element.value for element in parts]
    said += [f"{one.label}: {one.value}, {one.delta}" for one in page.metric]
    said += [table.value.to_string() for table in page.table]
    return plain("\n".join([*said, *questions(page)]))


def questions(page: AppTest) -> list[str]:
    """The lines of the questions that the report shows."""
    return [plain(one.label) for one in page.expander if "-badge[" in one.label]


def choose(page: AppTest, name: str) -> AppTest:
    """Choose a run by its folder's name."""
    return page.selectbox[0].set_value(name).run()


def button(page: AppTest, label: str) -> AppTest:
    return next(one for one in page.button if one.label == label).click().run()


def labels(page: AppTest) -> list[str]:
    return [one.label for one in page.button if not one.disabled]


def wait_for_end(page: AppTest) -> AppTest:
    deadline = time.monotonic() + 120
    while run_desk().busy:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return page.run()


@pytest.mark.slow
def test_a_set_is_run_from_the_page_and_its_report_can_be_read(
    own: Settings, open_page: Callable[..., AppTest]
) -> None:
    add_set(own, "mine.jsonl", LINES)
    page = open_page()
    assert page.selectbox[0].options[0] == "mine"
    button(page, "Run")
    assert not page.exception
    assert labels(page) == ["Stop"]
    with pytest.raises(StorageError, match="under way"):
        run_desk().start("mine", None, own.data_dir / "runs" / "other")
    wait_for_end(page)
    assert page.success[0].value == "The run is finished."
    button(page, "Read the report")
    assert "from 1 question" in shown(page)
    assert len(questions(page)) == 3


def test_a_stopped_run_is_offered_and_gone_on_with(
    own: Settings, open_page: Callable[..., AppTest]
) -> None:
    lines = [{"id": str(n), "question": "Who is it?", "answerable": False} for n in range(20)]
    add_set(own, "mine.jsonl", "\n".join(json.dumps(line) for line in lines).encode())
    page = button(open_page(), "Run")
    while not list(own.data_dir.glob(f"runs/*/{INFO}")):
        time.sleep(0.05)
    job = run_desk().job
    assert job is not None
    button(page, "Stop")
    assert job.outcome == "stopped"
    assert "stopped" in page.info[0].value
    button(page, "Go on")
    wait_for_end(page)
    assert page.success
    assert [path.name for path in (own.data_dir / "runs").iterdir()] == [run_of(job).name]
    assert len((run_of(job) / RESULTS).read_bytes().splitlines()) == 20


def test_a_run_that_fails_says_why_and_the_page_lives_on(
    own: Settings, open_page: Callable[..., AppTest]
) -> None:
    line = {"id": "a", "question": "Q?", "evidence": [{"quote": "Nobody ever said this here."}]}
    add_set(own, "other.jsonl", json.dumps(line).encode())
    page = wait_for_end(button(open_page(), "Run"))
    assert "quote not found" in page.error[0].value
    assert "line 1" in page.error[0].value
    assert any(one.label == "Run" and not one.disabled for one in page.button)


def test_a_process_that_dies_without_a_word_is_a_sentence(own: Settings) -> None:
    job = run_desk().begin(["--no-such-option"])
    while run_desk().busy:
        time.sleep(0.05)
    assert job.outcome == "failed"
    assert "without saying why" in why_failed(job)


def test_before_any_run_each_view_says_what_to_do(open_page: Callable[..., AppTest]) -> None:
    assert "Run a set first" in open_page(REPORTS).info[0].value
    assert "Two finished runs" in open_page(COMPARE).info[0].value


def test_the_newest_run_is_told_in_words_and_what_it_quotes_stays_text(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    page = open_page(REPORTS)
    assert page.selectbox[0].options == ["2 Mar 2024, 10:00 · mine", "1 Mar 2024, 10:00 · mine"]
    assert "2 Mar 2024, 10:00:00 · extractive · mine · 3 questions" in shown(page)
    assert "Honest refusals: 100%" in shown(page)
    assert "Honest refusals :small[:gray[refusal_recall]]" in shown(page)
    # Neither as HTML, which no element but st.html reads, nor as Markdown.
    assert any("<img src=x" in line for line in questions(page))
    assert not any("<img" in element.body for element in page.html)
    assert not any(re.search(r"(?<!\\)<img|(?<!\\)\$x", one.label) for one in page.expander)
    assert not any(re.search(r"(?<!\\)<img|(?<!\\)\$x", one.value) for one in page.markdown)


def test_a_question_tells_what_was_answered_expected_and_wrong(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    said = shown(open_page(REPORTS))
    assert "refused, wrong" in said
    assert "Refused, although the transcripts answer it." in said
    assert "✗ five" in said
    page = choose(open_page(REPORTS), "first")
    assert "✓ five" in shown(page)
    assert "home to five of the world's top 100 universities" in shown(page)


def test_the_questions_are_filtered_by_verdict_kind_and_words(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    path = runs / "second" / RESULTS
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line, kind in zip(lines, ("factual", "off_topic", "off_topic"), strict=True):
        line["record"]["type"] = kind
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    page = open_page(REPORTS)
    assert len(questions(page)) == 3
    wrong = next(one for one in page.button_group if one.label == "Show").set_value("wrong").run()
    assert [line for line in questions(wrong) if "refused, wrong" in line] == questions(wrong)
    assert len(questions(wrong)) == 1
    page = open_page(REPORTS)
    kind = next(one for one in page.selectbox if one.label == "Kind of question")
    assert kind.options == ["all kinds", "factual (1)", "off topic (2)"]
    assert len(questions(kind.set_value("off_topic").run())) == 2
    words = next(one for one in page.text_input if one.label == "Words of the question")
    page = words.set_value("世界杯").run()
    assert [line[:5] for line in questions(page)] == ["谁赢得了世"]
    page = next(one for one in page.text_input if one.label == "Words of the question")
    assert "No question is like that." in page.set_value("nothing").run().info[0].value


def test_of_a_long_report_ten_questions_are_drawn_at_a_time(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    folder = runs / "second"
    line = json.loads((folder / RESULTS).read_text().splitlines()[0])
    lines = []
    for number in range(308):
        line["record"] |= {"id": f"q{number}", "question": f"Question {number}?"}
        lines.append(json.dumps(line) + "\n")
    (folder / RESULTS).write_text("".join(lines))
    info = json.loads((folder / INFO).read_text())
    (folder / INFO).write_text(json.dumps(info | {"n": 308}))
    page = open_page(REPORTS)
    assert [one.split("?")[0] for one in questions(page)] == [f"Question {n}" for n in range(10)]
    assert page.get("pagination")[0].proto.num_pages == 31


def test_a_page_that_lies_in_a_run_folder_is_never_saved_or_shown(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    (runs / "second" / REPORT).write_text("<script>window.harmed=1</script>")
    page = open_page(REPORTS)
    assert "harmed=1</script>" not in shown(page)
    assert not page.get("iframe")
    saved = report_page(read_run(runs / "second"), "A <b> name")
    assert "harmed=1</script>" not in saved
    assert "A &lt;b&gt; name (mine: 3 questions, extractive)" in saved
    assert "Facts given" in saved
    assert "nugget_recall" in saved


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
    assert "Facts given: 0%, −100.0" in said
    assert "Before: 100%" in said
    assert not any(re.search(r"(?<!\\)<img", one.value) for one in page.markdown)
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
    assert "Not readable as runs: <b>, empty, half, list" in shown(page)
    assert len(page.selectbox[0].options) == 2


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        (SUMMARY, "[]", "cannot be read (it is no object)"),
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
    assert not choose(page, "first").error
    assert not open_page(COMPARE).exception
    assert not open_page().exception


def test_an_unfinished_run_is_listed_only_when_nobody_writes_to_it(runs: Path) -> None:
    (runs / "first" / SUMMARY).unlink()
    assert [run.folder.name for run in list_runs(runs).finished] == ["second"]
    with held(runs / "first"):
        assert list_runs(runs).unfinished == ()
    assert [run.folder.name for run in list_runs(runs).unfinished] == ["first"]


def test_a_run_of_a_set_that_is_not_offered_cannot_be_gone_on_with_here(own: Settings) -> None:
    assert set_named("hetao-page10", own).endswith("hetao-page10.jsonl")
    with pytest.raises(SetError, match="not among those offered"):
        set_named("elsewhere", own)


def test_all_sessions_share_one_desk() -> None:
    assert run_desk() is run_desk()
    st.cache_resource.clear()
    assert isinstance(run_desk(), RunDesk)


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
    with pytest.raises(SetError, match=fault) as raised:
        add_set(own, "bad.jsonl", data)
    assert str(raised.value).startswith("bad.jsonl ")
    assert not (own.data_dir / "sets").exists()


def test_a_run_is_named_when_it_is_started_and_the_next_one_is_not_called_the_same(
    own: Settings, open_page: Callable[..., AppTest]
) -> None:
    add_set(own, "mine.jsonl", LINES)
    page = open_page()
    page.text_input[0].set_value("-x with <b> a *name*")
    page = wait_for_end(button(page, "Run"))
    assert page.success
    assert page.text_input[0].value == ""
    assert [run.name for run in list_runs(own.data_dir / "runs").finished] == [
        "-x with <b> a *name*"
    ]
    page = open_page(REPORTS)
    assert page.selectbox[0].options == ["-x with <b> a *name*"]


def test_a_run_is_named_later_and_the_lists_say_the_name_first(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    page = choose(open_page(REPORTS), "first")
    page = button(page, "Give it a name")
    assert "Keep" in labels(page)
    # What the dialog does with it is seen in the browser: AppTest draws no dialog a second time.
    give_name(runs / "first", "mine")
    page = page.run()
    assert page.selectbox[0].options == ["2 Mar 2024, 10:00 · mine", "mine"]
    assert page.selectbox[0].value == "first"
    assert "Rename" in labels(page)
    assert open_page(COMPARE).selectbox[0].options == ["mine"]


def test_two_runs_of_one_name_and_long_names_are_told_apart(runs: Path) -> None:
    for folder in runs.iterdir():
        give_name(folder, "香" * 40)
    found = list(run_labels(list_runs(runs).finished).values())
    assert [label.split("…")[1] for label in found] == [
        " · 2 Mar 2024, 10:00:00", " · 1 Mar 2024, 10:00:00",
    ]  # fmt: skip
    assert shorten("香" * 40, 11) == "香" * 5 + "…"
    assert shorten("eleven long", 11) == "eleven long"


def test_a_run_is_deleted_and_brought_back_by_one_click(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    page = button(open_page(REPORTS), "Delete")
    assert "Deleted: 2 Mar 2024, 10:00 · mine" in plain(page.info[0].value)
    assert page.selectbox[0].options == ["1 Mar 2024, 10:00 · mine"]
    assert sorted(path.name for path in runs.iterdir()) == [TRASH, "first"]
    page = button(page, "Undo")
    assert not page.info
    assert len(page.selectbox[0].options) == 2
    assert (runs / "second" / SUMMARY).is_file()


def test_a_deleted_run_can_be_brought_back_after_a_reload(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    button(button(open_page(REPORTS), "Delete"), "Close")
    page = open_page(REPORTS)
    assert "1 deleted run" in [one.label for one in page.expander]
    page = button(page, "Bring back")
    assert len(page.selectbox[0].options) == 2
    assert not page.error


def test_a_damaged_run_can_be_deleted(runs: Path, open_page: Callable[..., AppTest]) -> None:
    (runs / "second" / RESULTS).write_text("{}")
    page = button(open_page(REPORTS), "Delete")
    assert not page.error
    assert not (runs / "second").exists()


def test_what_was_deleted_more_than_a_week_ago_goes_at_the_next_start(
    runs: Path, open_page: Callable[..., AppTest]
) -> None:
    page = button(open_page(REPORTS), "Delete")
    long_ago = time.time() - KEPT_SECONDS - 60
    os.utime(runs / TRASH / "second", (long_ago, long_ago))
    page.run()
    assert (runs / TRASH / "second").is_dir()
    st.cache_resource.clear()
    page = open_page(REPORTS)
    assert not (runs / TRASH / "second").exists()
    assert len(page.selectbox[0].options) == 1


def test_the_run_under_way_is_never_deleted(own: Settings, runs: Path) -> None:
    lines = [{"id": str(n), "question": "Who is it?", "answerable": False} for n in range(40)]
    path = add_set(own, "mine.jsonl", "\n".join(json.dumps(line) for line in lines).encode())
    here = RunDesk(own.data_dir)
    listed = list_runs(runs).finished[0]
    folder = own.data_dir / "runs" / "going"
    here.start(str(path), None, folder)
    try:
        with pytest.raises(RunError, match="under way"):
            here.delete(replace(listed, folder=folder))
    finally:
        here.stop()
    # One that a process elsewhere writes to.
    (runs / "first" / SUMMARY).unlink()
    with held(runs / "first"), pytest.raises(RunError, match="under way"):
        here.delete(replace(listed, folder=runs / "first"))
    assert (runs / "first").is_dir()


@pytest.mark.parametrize("view", [REPORTS, COMPARE, RUN])
def test_a_user_who_is_no_administrator_reads_reports_and_changes_nothing(
    view: str, open_page: Callable[..., AppTest], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(view)
    monkeypatch.setenv("HETAO_USERS", "oidc")
    monkeypatch.setenv("HETAO_ADMINS", "chen@example.org")
    page.user = {"is_logged_in": True, "iss": "https://id.example.org", "sub": "lin"}
    page.run()
    assert not page.exception
    changing = {"Delete", "Rename", "Give it a name", "Undo", "Run", "Add"}
    assert not changing & {button.label for button in page.button}
    assert [info.value for info in page.info] == [NOT_ADMIN] * (view == RUN)
