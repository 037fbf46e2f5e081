from __future__ import annotations

import re
import shutil
import sqlite3
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.conversations import store as store_module
from rag.conversations.store import FILE, ConversationStore
from rag.settings import Settings
from rag.types import Answer, Filters, Message
from ui import chat
from ui.answer import UNCERTAIN
from ui.border import UNEXPECTED
from ui.markup import link_html, marked_html, text_html, text_markdown, web_address

pytestmark = pytest.mark.model

UNIVERSITIES = "How many of the world's top 100 universities are in Hong Kong?"
UNIVERSITIES_ZH = "香港有多少所世界百强大学？"
# Of a data folder all but the conversations.
NOT_KEPT = shutil.ignore_patterns("conversations*")
FIVE = "five of the world&#x27;s top 100 universities"


def ask(app: AppTest, question: str) -> AppTest:
    return app.chat_input[0].set_value(question).run()


FIGURE = re.compile('<mark class="hetao-figure">(.*?)</mark>')


def page_html(app: AppTest) -> str:
    """What the page shows, without the marks of figures."""
    return FIGURE.sub(r"\1", "\n".join(element.body for element in app.html))


def chips(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.label.startswith("Source ")]


def test_the_first_page_greets_and_offers_questions_of_the_corpus(app: AppTest) -> None:
    examples = [button.label for button in app.button]
    assert not app.exception
    assert "<h1>Hetao" in page_html(app)
    assert "Try one of these" in page_html(app)
    assert any("Which industries will the Hong Kong park focus on" in e for e in examples)
    assert any("香港" in e for e in examples)


def test_an_example_is_asked_by_one_click(app: AppTest, kept: Any) -> None:
    app.button(key="question-0").click().run()
    assert len(kept.answers(app)) == 1
    assert "Try one of these" not in page_html(app)


@pytest.mark.parametrize("question", [UNIVERSITIES, UNIVERSITIES_ZH])
def test_each_claim_ends_with_buttons_named_by_speaker_and_page(
    app: AppTest, kept: Any, question: str
) -> None:
    ask(app, question)
    assert FIVE in page_html(app)
    assert any(
        chip.replace("\\", "").startswith("Source **1**: *Chan Kwok-ki (Official), page 10 · SCIO")
        for chip in chips(app)
    )
    assert all(claim.citations for claim in kept.answers(app)[0].claims)


def test_the_figure_that_is_asked_for_is_marked_in_the_first_quote_alone(app: AppTest) -> None:
    ask(app, "How many of the world's top 100 universities does Hong Kong have?")
    claims = [element.body for element in app.html if "hetao-claim" in element.body]
    assert [FIGURE.findall(claim) for claim in claims] == [["five"], *([[]] * (len(claims) - 1))]


def test_quotes_stand_under_their_speaker_and_event_and_what_else_was_found_is_folded_away(
    app: AppTest, kept: Any
) -> None:
    ask(app, UNIVERSITIES)
    (answer,) = kept.answers(app)
    shown = page_html(app)
    heading = shown.split('class="hetao-speaker"')[1].split("</p>")[0]
    assert "<strong>Chan Kwok-ki</strong>" in heading
    assert "SCIO briefing" in heading
    assert "5 September 2023" in heading
    claims = [element.body for element in app.html if 'class="hetao-claim' in element.body]
    assert not [claim for claim in claims if "Chan Kwok-ki said" in claim]
    assert "More from the transcripts" in [expander.label for expander in app.expander]
    first = answer.more[0]
    app.button(key=f"more-1-{first.marker}").click().run()
    assert text_html(first.quote[:40]) in page_html(app).split("<mark>")[1]


def test_an_answer_that_is_uncertain_is_told_as_the_nearest_that_was_said() -> None:
    def script() -> None:
        from datetime import UTC, datetime

        from rag.conversations.kept import Round
        from rag.types import Answer, Claim, Filters
        from ui.answer import draw_answer

        for number, confidence in enumerate((0.9, 0.3)):
            answer = Answer(
                "Q?", "Q?", "en", "answered", "T", (Claim("It is so.", (), "supported"),), (), (),
                confidence, "extractive",
            )  # fmt: skip
            draw_answer(Round(number, datetime.now(UTC), "Q?", Filters(), answer), answer, ())

    shown = page_html(AppTest.from_function(script).run())
    told = f'<p class="hetao-nearest" role="note">{UNCERTAIN}</p>'
    assert shown.count(told) == 1
    assert shown.index("Clear: ") < shown.index(told) < shown.index("Uncertain: ")


def test_a_click_on_a_chip_opens_its_source_with_the_quote_marked(app: AppTest) -> None:
    ask(app, UNIVERSITIES)
    assert "<mark>" not in page_html(app)
    app.button(key="cite-1-0-1").click().run()
    shown = page_html(app)
    marked = shown.split("<mark>")[1].split("</mark>")[0]
    assert FIVE in marked
    assert "✓ Verbatim" in shown
    assert 'href="https://english.scio.gov.cn/m/pressroom/2023-09/21/' in shown
    assert "Reporter · a question, not evidence" in shown


def test_the_source_closes_and_the_conversation_stays(app: AppTest) -> None:
    ask(app, UNIVERSITIES)
    app.button(key="cite-1-0-1").click().run()
    app.button(key="close-source").click().run()
    assert "<mark>" not in page_html(app)
    assert chips(app)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the population of Brazil?", "The transcripts do not say."),
        ("巴西有多少人口？", "文字实录没有提到。"),
        ("巴西有多少人口？請問首都在哪裡？", "文字實錄沒有提到。"),
    ],
)
def test_what_the_transcripts_do_not_say_looks_different_from_an_answer(
    app: AppTest, question: str, words: str
) -> None:
    ask(app, question)
    shown = page_html(app)
    assert words in shown.split('class="hetao-refusal"')[1]
    assert "Nearest passages (not an answer)" in shown
    assert not chips(app)
    app.button(key="nearest-1-0").click().run()
    assert "Nearest passage, not an answer" in page_html(app)


def test_a_follow_up_is_read_with_the_history_until_a_new_chat_begins(
    app: AppTest, kept: Any
) -> None:
    follow_up = "And when will it be released?"
    ask(app, "What is the plan for the Hong Kong park?")
    ask(app, follow_up)
    read = kept.answers(app)[1].standalone_question
    assert read != follow_up
    assert "Read as: " in page_html(app)
    next(button for button in app.button if button.label == "New chat").click().run()
    assert "Try one of these" in page_html(app)
    ask(app, follow_up)
    assert kept.answers(app)[0].standalone_question == follow_up


def test_the_speaker_filter_limits_what_is_answered_from(app: AppTest, kept: Any) -> None:
    app.multiselect[0].set_value(["Shou Xiaoli"]).run()
    ask(app, UNIVERSITIES)
    assert FIVE not in page_html(app)
    assert all(hit.passage.speaker == "Shou Xiaoli" for hit in kept.answers(app)[0].nearest)
    assert "only from Shou Xiaoli" in page_html(app)


def test_a_page_without_an_index_names_the_command_and_recovers(
    open_app: Callable[[Path], AppTest],
    data_dir: Path,
    tmp_path: Path,
) -> None:
    late = tmp_path / "late"
    app = open_app(late)
    assert "hetao ingest" in app.error[0].value
    assert "<h1>Hetao" in page_html(app)
    shutil.copytree(data_dir, late, dirs_exist_ok=True, ignore=NOT_KEPT)
    next(button for button in app.button if button.label == "Try again").click().run()
    assert not app.error
    assert "Try one of these" in page_html(app)


def test_a_question_asked_without_an_index_waits_and_is_not_lost(
    open_app: Callable[[Path], AppTest], data_dir: Path, tmp_path: Path
) -> None:
    late = tmp_path / "late"
    app = ask(open_app(late), UNIVERSITIES)
    assert app.error
    shutil.copytree(data_dir, late, dirs_exist_ok=True, ignore=NOT_KEPT)
    app.run()
    assert FIVE in page_html(app)


@pytest.mark.parametrize("question", ["字" * 100_000, "😀😀😀", "\x00\x1b\x07"])
def test_a_question_that_cannot_be_used_gets_a_sentence(app: AppTest, question: str) -> None:
    ask(app, UNIVERSITIES)
    ask(app, question)
    assert not app.exception
    assert len(app.error) == 1
    assert "question" in app.error[0].value
    assert FIVE in page_html(app)


@pytest.mark.parametrize("detail", [False, True])
def test_an_unexpected_error_is_a_sentence_keeps_the_conversation_and_can_be_asked_again(
    kept: Any, open_app: Callable[[Path], AppTest], real_copy: Settings,
    monkeypatch: pytest.MonkeyPatch, detail: bool,
) -> None:  # fmt: skip
    monkeypatch.setenv("HETAO_LOG_DETAIL", str(detail))
    app = open_app(real_copy.data_dir)
    ask(app, UNIVERSITIES)

    def broken(
        self: Assistant, question: str, history: Sequence[Message], filters: Filters
    ) -> Iterator[Answer]:
        raise RuntimeError(f"the inside of {question}")

    with monkeypatch.context() as patch:
        patch.setattr(Assistant, "stream", broken)
        ask(app, "What is the San Tin Technopole?")
    assert app.error[0].value == text_markdown(UNEXPECTED)
    assert FIVE in page_html(app)
    log = (real_copy.data_dir / "hetao.log").read_text(encoding="utf-8")
    assert "ERROR ui.border: An unexpected error reached the page." in log
    assert "RuntimeError" in log
    assert ("the inside of What is the San Tin Technopole?" in log) is detail
    next(button for button in app.button if button.label == "Ask again").click().run()
    assert not app.error
    assert "Northern Metropolis" in kept.answers(app)[1].text
    assert len(kept.answers(app)) == 2


def test_what_is_asked_while_another_question_waits_loses_neither(
    open_app: Callable[[Path], AppTest], data_dir: Path, tmp_path: Path
) -> None:
    late = tmp_path / "late"
    app = ask(open_app(late), "What is the San Tin Technopole?")
    ask(app, UNIVERSITIES)
    shutil.copytree(data_dir, late, dirs_exist_ok=True, ignore=NOT_KEPT)
    app.run()
    assert FIVE in page_html(app)
    assert "What is the San Tin Technopole?" in page_html(app)
    assert app.info[0].value == chat.UNANSWERED


def test_two_tabs_of_a_conversation_lose_nothing_while_one_could_not_write(
    open_app: Callable[[Path], AppTest], real_copy: Settings, kept: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(store_module, "_WAIT_SECONDS", 0.1)
    tab = ask(open_app(real_copy.data_dir), UNIVERSITIES)
    other = open_app(real_copy.data_dir)
    other.query_params["chat"] = tab.session_state["open-chat"]
    other.run()
    with sqlite3.connect(real_copy.data_dir / FILE, isolation_level=None) as busy:
        busy.execute("BEGIN IMMEDIATE")
        ask(tab, "Who spoke?")
        assert "cannot be kept" in tab.warning[0].value
        busy.execute("ROLLBACK")
    ask(other, "What is the San Tin Technopole?")
    tab.run()
    asked = [UNIVERSITIES, "What is the San Tin Technopole?", "Who spoke?"]
    assert [done.question for done in kept.rounds(tab)] == asked
    assert len(kept.answers(tab)) == 3
    assert not tab.warning


HOSTILE = '<script>alert(1)</script> ![x](http://evil.example/x) $x$ :red[x] <img onerror="x">'


def test_a_hostile_question_is_shown_as_text(app: AppTest) -> None:
    ask(app, HOSTILE)
    shown = page_html(app)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; ![x](http://evil.example/x) $x$ :red" in shown
    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert not [element for element in app.markdown if "evil.example" in element.value]


def test_a_hostile_transcript_is_shown_as_text_everywhere(
    open_app: Callable[[Path], AppTest], hostile_data_dir: Path
) -> None:
    app = open_app(hostile_data_dir)
    labels = [button.label for button in app.button]
    ask(app, "How many lanterns did the harbour office light last year?")
    app.button(key="cite-1-0-1").click().run()
    shown = page_html(app)
    assert "4,200 lanterns" in shown.split("<mark>")[1].split("</mark>")[0]
    assert "&lt;script&gt;window.harmed" in shown
    assert "Briefing on &lt;b&gt;harbour&lt;/b&gt; &amp; &lt;img ![x](http" in shown
    assert not [tag for tag in ("<script>window", "<img", "<b>harbour") if tag in shown]
    assert not [label for label in labels if "$x$" in label or ":red[" in label]


def test_markdown_of_a_label_is_escaped_and_line_breaks_are_folded() -> None:
    assert text_markdown("a *b*\n[c](d)") == r"a \*b\* \[c\]\(d\)"
    assert text_markdown(":red[x]").startswith("\\:\u2060red")
    assert text_markdown("香港：河套") == "香港：河套"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "http://[", ""],
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert web_address(address) == ""
    assert link_html(address, "<10>") == "&lt;10&gt;"


def test_marks_are_put_around_text_that_stays_text() -> None:
    assert marked_html("<5> & 6", [(1, 2), (6, 7)], css="hetao-figure") == (
        '&lt;<mark class="hetao-figure">5</mark>&gt; &amp; <mark class="hetao-figure">6</mark>'
    )
    assert marked_html("<5>", []) == "&lt;5&gt;"


def test_a_link_cannot_break_out_of_its_attribute() -> None:
    link = link_html('https://example.org/"onclick="x', "10")
    assert '"onclick' not in link
    assert link.startswith('<a href="https://example.org/&quot;')


@pytest.fixture
def chat_model(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets a chat model at an address."""

    def choose(base_url: str) -> None:
        monkeypatch.setenv("HETAO_CHAT_MODEL", "openai:m")
        monkeypatch.setenv("HETAO_CHAT_BASE_URL", base_url)
        monkeypatch.setenv("HETAO_CHAT_API_KEY", "sk-secret-1234567890")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    return choose


def test_without_a_chat_model_nothing_is_said_to_leave_the_machine(app: AppTest) -> None:
    assert "Nothing. The transcripts, the models and your questions stay" in page_html(app)


def test_a_chat_model_elsewhere_is_named_with_its_host(
    open_app: Callable[[Path], AppTest], data_dir: Path, chat_model: Callable[[str], None]
) -> None:
    chat_model("https://llm.example/v1")
    shown = page_html(open_app(data_dir))
    assert "the passages found go to llm.example, where the chat model openai:m runs" in shown
    assert "Nothing else." in shown
    assert "sk-secret" not in shown


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ("false", "without a word of your questions, the passages or the answers"),
        ("true", "with your questions, the passages found and the answers"),
    ],
)
def test_where_spans_go_is_told_and_whether_they_hold_texts(
    open_app: Callable[[Path], AppTest], data_dir: Path, monkeypatch: pytest.MonkeyPatch,
    texts: str, told: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HETAO_TRACE", "http://key@spans.example:4318")
    monkeypatch.setenv("HETAO_TRACE_TEXTS", texts)
    shown = page_html(open_app(data_dir))
    assert f"what came of it goes to spans.example, {told}" in shown
    assert "Nothing else." in shown
    assert "key@" not in shown


def test_who_reads_is_said_and_where_passages_go(
    open_app: Callable[[Path], AppTest], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_READER_MODEL", "systemone:julia")
    monkeypatch.setenv("HETAO_READER_BASE_URL", "https://user:sk-secret@read.example")
    monkeypatch.setenv("HETAO_READER_API_KEY", "sk-secret-1234567890")
    shown = open_app(data_dir)
    said = "\n".join(caption.value for caption in shown.caption)
    assert text_markdown("The reader systemone:julia reads the passages") in said
    assert "go to read.example, where the reader systemone:julia runs" in page_html(shown)
    assert "sk-secret" not in said + page_html(shown)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ray://10.0.0.7:10001", "HETAO_RAY_ADDRESS names (ray://10.0.0.7:10001)"),
        ("local", "Nothing. The transcripts"),
    ],
)
def test_the_side_bar_says_that_transcripts_go_to_a_cluster(
    address: str, told: str, open_app: Callable[[Path], AppTest], data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("HETAO_RAY_ADDRESS", address)
    assert told in page_html(open_app(data_dir))


def test_a_chat_model_that_fails_leaves_the_quotes_and_is_told(
    open_app: Callable[[Path], AppTest], data_dir: Path, chat_model: Callable[[str], None]
) -> None:
    chat_model("http://127.0.0.1:9/v1")
    app = ask(open_app(data_dir), UNIVERSITIES)
    assert FIVE in page_html(app)
    assert "quoted, not rewritten" in page_html(app)
    assert "cannot be reached on this machine" in app.warning[0].value
    assert not app.error


def draw(snapshots: int) -> None:
    """A snapshot of each kind, or the finished answer with its source."""
    from datetime import UTC, date, datetime

    import streamlit as st

    from rag.conversations.kept import Round
    from rag.types import Answer, Citation, Claim, Filters, Usage
    from ui.answer import draw_answer, draw_snapshot

    citation = Citation(
        1, "p", "t", "Briefing", date(2024, 3, 1), "", 1, 1, "Chen Tao", "official", 0, 2, "Yes",
        "是的<b>",
    )  # fmt: skip
    answer = Answer(
        "Is it?", "Is it?", "en", "answered", "It is. [1]", (Claim("It is.", (1,), "partial"),),
        (citation,), (), 0.9, "openai:m", {"total": 2000.0}, usage=Usage(1234, 56),
        complete=not snapshots,
    )  # fmt: skip
    refusal = Answer(
        "Is it?", "Is it?", "en", "not_in_corpus", "The transcripts do not say.", (), (), (), 0.1,
        "openai:m", reason="No figure for <it> is given.",
    )  # fmt: skip
    if snapshots:
        draw_snapshot(answer, "openai:m")
    else:
        for number, given in enumerate((answer, refusal), 1):
            draw_answer(Round(number, datetime.now(UTC), "Is it?", Filters(), given), given, ())
    st.write("done")


def drawn(snapshots: int) -> str:
    app = AppTest.from_function(draw, args=(snapshots,), default_timeout=60).run()
    assert not app.exception
    return page_html(app)


def test_the_model_its_tokens_and_the_time_stand_under_a_written_answer() -> None:
    shown = drawn(snapshots=0)
    assert "written by openai:m · 2.00 s · 1,234 tokens read, 56 written" in shown
    assert "Partly supported by its source" in shown


def test_a_refusal_is_shown_with_its_reason_as_text() -> None:
    assert "<p>No figure for &lt;it&gt; is given.</p>" in drawn(snapshots=0)


def test_while_the_model_writes_its_checked_sentences_are_marked_as_such() -> None:
    assert "openai:m writes; each sentence is checked first" in drawn(snapshots=1)


def test_a_translation_stands_beside_its_quote_and_is_marked_as_a_machines(
    app: AppTest, kept: Any
) -> None:
    ask(app, UNIVERSITIES)
    (answer,) = kept.answers(app)
    (citation, *rest) = answer.citations
    translated = replace(citation, translation="香港拥有五所<b>")
    kept.change(app, replace(answer, citations=(translated, *rest)))
    app.button(key="cite-1-0-1").click().run()
    assert "Machine translation:</strong> 香港拥有五所&lt;b&gt;" in page_html(app)


def test_the_servers_settings_are_known_to_streamlit_and_keep_its_own_advertising_away() -> None:
    file = Path(chat.__file__).with_name(".streamlit") / "config.toml"
    settings = tomllib.loads(file.read_text(encoding="utf-8"))
    assert settings["logger"] == {"hideWelcomeMessage": True}
    for section in ("server", "browser", "client", "logger"):
        for name in settings[section]:
            st.get_option(f"{section}.{name}")


def test_what_is_asked_in_a_conversation_that_was_deleted_meanwhile_begins_a_new_one(
    app: AppTest, kept: Any, data_dir: Path
) -> None:
    ask(app, UNIVERSITIES)
    deleted = app.session_state["open-chat"]
    ConversationStore(data_dir / "conversations.sqlite3").delete(deleted)
    app.run()
    assert "was deleted" in app.warning[0].value
    ask(app, UNIVERSITIES)
    assert app.session_state["open-chat"] != deleted
    assert len(kept.answers(app)) == 1
    assert not app.warning
