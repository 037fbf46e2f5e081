from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eval.feedback import FILE, read_feedback
from rag.settings import Settings

APP = Path(__file__).parents[2] / "ui" / "app.py"
pytestmark = pytest.mark.model

UNIVERSITIES = "How many of the world's top 100 universities are in Hong Kong?"
BRAZIL = "What is the population of Brazil?"


@pytest.fixture
def data_dir(real_copy: Settings) -> Path:
    return real_copy.data_dir


def ask(app: AppTest, question: str) -> AppTest:
    return app.chat_input[0].set_value(question).run()


def click(app: AppTest, button: str) -> AppTest:
    return app.button(key=f"feedback-{button}").click().run()


def offered(app: AppTest, number: int) -> list[str]:
    return [b.label for b in app.button if str(b.key).startswith(f"feedback-{number}-")]


def kept(data_dir: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (data_dir / FILE).read_text("utf-8").splitlines()]


def test_one_click_keeps_a_draft_with_what_was_asked_answered_and_cited(
    app: AppTest, data_dir: Path
) -> None:
    ask(app, UNIVERSITIES)
    assert offered(app, 1) == [
        "Right answer",
        "Wrong citation",
        "Wrong answer",
        "Should have refused",
    ]
    click(app, "1-wrong_citation")
    (draft,) = kept(data_dir)
    assert (draft["verdict"], draft["question"]) == ("wrong_citation", UNIVERSITIES)
    assert "five of the world's top 100" in draft["citations"][0]["quote"]  # type: ignore[index]
    assert "Thank you" in app.toast[0].value
    assert offered(app, 1) == ["Take back"]


def test_what_was_said_is_taken_back_by_one_click(app: AppTest, data_dir: Path) -> None:
    ask(app, UNIVERSITIES)
    click(app, "1-wrong_answer")
    click(app, "1-back")
    assert kept(data_dir) == []
    assert "Wrong answer" in offered(app, 1)


def test_a_refusal_can_only_be_said_to_be_out_of_place(app: AppTest, data_dir: Path) -> None:
    ask(app, BRAZIL)
    assert offered(app, 1) == ["Should have answered"]
    click(app, "1-should_have_answered")
    assert kept(data_dir)[0]["citations"] == []


def test_a_draft_of_a_follow_up_holds_the_conversation_before_it(
    app: AppTest, data_dir: Path
) -> None:
    ask(app, "What is the plan for the Hong Kong park?")
    ask(app, "And when will it be released?")
    click(app, "2-wrong_answer")
    (draft,) = kept(data_dir)
    assert [line["role"] for line in draft["history"]] == ["user", "assistant"]  # type: ignore[attr-defined]
    assert offered(app, 1) == [
        "Right answer",
        "Wrong citation",
        "Wrong answer",
        "Should have refused",
    ]


def test_a_new_chat_does_not_inherit_what_was_said_of_another_answer(
    app: AppTest, data_dir: Path
) -> None:
    ask(app, UNIVERSITIES)
    click(app, "1-wrong_answer")
    next(button for button in app.button if button.label == "New chat").click().run()
    ask(app, BRAZIL)
    assert offered(app, 1) == ["Should have answered"]
    assert len(kept(data_dir)) == 1


def test_a_failing_write_is_a_sentence_and_keeps_the_conversation(
    app: AppTest, data_dir: Path
) -> None:
    ask(app, UNIVERSITIES)
    (data_dir / FILE).mkdir()
    click(app, "1-wrong_answer")
    assert "Your feedback could not be kept" in app.error[0].value
    assert not app.exception
    assert "five of the world" in "".join(element.body for element in app.html)
    (data_dir / FILE).rmdir()
    click(app, "1-wrong_answer")
    assert not app.error
    assert len(kept(data_dir)) == 1


def test_an_error_in_the_place_of_an_answer_has_no_buttons(
    open_app: Callable[[Path], AppTest], data_dir: Path
) -> None:
    app = open_app(data_dir)
    ask(app, "😀😀😀")
    assert app.error
    assert offered(app, 1) == []


def test_a_right_answer_becomes_a_draft_with_its_citations_as_evidence(
    app: AppTest, data_dir: Path
) -> None:
    ask(app, UNIVERSITIES)
    click(app, "1-right")
    (feedback,) = read_feedback(data_dir)
    draft = feedback.draft()
    assert draft.answerable
    assert "five of the world's top 100" in draft.evidence[0].quote


def test_what_was_said_is_known_again_when_the_page_is_loaded_anew(
    app: AppTest, open_app: Callable[[Path], AppTest], data_dir: Path
) -> None:
    ask(app, UNIVERSITIES)
    click(app, "1-wrong_citation")
    again = AppTest.from_file(APP, default_timeout=60)
    again.query_params["chat"] = app.session_state["open-chat"]
    assert offered(again.run(), 1) == ["Take back"]
