from __future__ import annotations

import ast
import html
import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from rag.indexing.index import read_index
from rag.settings import Settings
from rag.text.days import LOCALES
from rag.transcripts.roles import NARRATOR, UNNAMED_REPORTER, UNNAMED_SPEAKER
from rag.types import Language
from ui import language, messages
from ui.transcript import STAND_INS

UI = Path(language.__file__).parent
CHINESE: tuple[Language, ...] = ("zh-Hans", "zh-Hant")
UNIVERSITIES = "How many of the world's top 100 universities are in Hong Kong?"
# What stays as it is in every language: names, formats, what speakers and questions say.
NAMES = re.compile(
    r"Hetao|HETAO_\w+|Markdown|Word|JSON|Chroma|English|Language|QMSum|XQuAD|hetao|doctor|Esc"
)


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", [LOCALES[one] for one in CHINESE])
def test_every_text_of_the_pages_is_translated_with_all_that_is_filled_in(locale: str) -> None:
    with (messages.LOCALE / f"{locale}.po").open("rb") as file:
        catalogue = read_po(file, locale=locale)
    known = {message.id for message in catalogue if message.id}
    assert known == set(messages.messages())
    for message in catalogue:
        one = message.id if isinstance(message.id, str) else message.id[-1]
        told = message.string if isinstance(message.string, str) else message.string[0]
        assert told.strip(), one
        assert not message.fuzzy
        assert not one or fields(told) == fields(one), one


def test_no_page_shows_a_text_that_is_not_marked_for_translation() -> None:
    shown = re.compile(r"[A-Za-z]{3,}")
    bare = []
    for path in sorted(UI.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "st"
                and node.func.attr not in {"html", "container", "chat_message", "form"}
            ):
                labels = [*node.args[:1], *(k.value for k in node.keywords if k.arg in SHOWN)]
                bare += [
                    f"{path.name}: {label.value}"
                    for label in labels
                    if isinstance(label, ast.Constant)
                    and isinstance(label.value, str)
                    and shown.search(NAMES.sub("", label.value))
                ]
    assert bare == []


SHOWN = {"label", "help", "placeholder", "title", "body", "text"}


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en-GB", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-MY", "zh-Hant"),
        ("yue-HK", "zh-Hant"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_language_is_that_of_the_browser(
    locale: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Context:
        pass

    context = Context()
    context.locale = locale  # type: ignore[attr-defined]
    monkeypatch.setattr(language.st, "context", context)
    assert language.browser_language() == expected


def words_on(app: AppTest) -> set[str]:
    """The longer English words that a page says."""
    code = re.compile("<style>.*?</style>|<script>.*?</script>|<span hidden.*?</span>", re.DOTALL)
    bodies = (re.sub(r"<[^>]+>", " ", code.sub(" ", element.body)) for element in app.html)
    shown = [html.unescape(body) for body in bodies]
    kinds = (app.button, app.expander, app.multiselect, app.text_input, app.selectbox, app.tabs)
    shown += [element.label for kind in kinds for element in kind]
    shown += [element.value for kind in (app.caption, app.info, app.warning) for element in kind]
    return {word for text in shown for word in re.findall("[A-Za-z]{3,}", NAMES.sub("", text))}


def test_what_stands_for_a_speaker_without_a_name_is_translated() -> None:
    assert set(STAND_INS) == {NARRATOR, UNNAMED_REPORTER, UNNAMED_SPEAKER}


@pytest.mark.model
@pytest.mark.parametrize("chosen", CHINESE)
def test_in_chinese_a_page_says_nothing_in_english_but_what_was_said(
    open_app: Callable[[Path], AppTest], real_copy: Settings, chosen: Language
) -> None:
    index = read_index(real_copy.data_dir)
    assert index is not None
    held = [
        " ".join((t.title, t.publisher, t.text, *t.questions)) for t in index.transcripts.values()
    ]
    of_the_corpus = set(re.findall("[A-Za-z]{3,}", " ".join((*held, UNIVERSITIES))))
    app = open_app(real_copy.data_dir)
    app.selectbox(key=language.KEY).set_value(chosen).run()
    begin = words_on(app)
    app.chat_input[0].set_value(UNIVERSITIES).run()
    app.button(key="cite-1-0-1").click().run()
    assert (begin | words_on(app)) - of_the_corpus == set()
    asked = language.catalogue(chosen).gettext("Ask in English or Chinese")
    assert app.chat_input[0].placeholder == asked
