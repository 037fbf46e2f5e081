"""One question of a report: what was answered, what was expected, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from eval.results import Result
from eval.words import FIRST, value_text, words_of
from ui.language import N_, _
from ui.markup import text_markdown

_SHOWN_FOUND = 5
_LINE_LENGTH = 200
# Each cut-off of a family says much the same; the saved report has them all.
_SHOWN_SCORES = {*FIRST, "nugget_all", "mrr@10"}
_ROLES = {
    "moderator": N_("moderator"), "reporter": N_("reporter"), "official": N_("official"),
    "narrator": N_("narrator"),
}  # fmt: skip
_KINDS = {
    "near_miss": N_("a near miss"), "off_topic": N_("off the topic"),
    "injection": N_("an attempt to steer the model"), "unknowable": N_("nobody can know"),
}  # fmt: skip


def draw_detail(result: Result) -> None:
    """Draw all that says why a question scored as it did."""
    record = result.record
    if shorten_line(record.question) != record.question:
        _draw(_("The question"), [_lines(record.question)])
    _draw(_("What is wrong"), _bullets(result.why))
    _draw(_("Said before"), _bullets(f"{line.role}: {line.content}" for line in record.history))
    answered, expected = st.columns(2)
    with answered:
        _draw(_("Answer"), [_said(result), *_cited(result)])
    with expected:
        _draw(_("Expected"), _gold(result))
    found = _quotes(
        result.hits[:_SHOWN_FOUND], "text", lambda hit: "✓ " if result.holds_evidence(hit) else ""
    )
    _draw(_("Found first (✓ holds the answer)"), found)
    _draw(_("Measures"), [_scores(result)])
    st.caption(text_markdown(_making(result.answer or {})))


def shorten_line(text: str) -> str:
    """What stands of a question in its line; the detail has all of it."""
    line = " ".join(text.split())
    return line if len(line) <= _LINE_LENGTH else line[:_LINE_LENGTH] + "…"


def _draw(title: str, parts: Iterable[str]) -> None:
    """Draw parts, each a block of Markdown, under a title; nothing where there is none."""
    blocks = [part for part in parts if part]
    if blocks:
        st.markdown("\n\n".join([f"**{title}**", *blocks]))


def _said(result: Result) -> str:
    if result.error:
        return f":red[{_lines(result.error)}]"
    return _lines((result.answer or {}).get("text", ""))


def _cited(result: Result) -> list[str]:
    citations = (result.answer or {}).get("citations", ())
    return _quotes(citations, "quote", lambda citation: f"[{citation['marker']}] ")


def _gold(result: Result) -> list[str]:
    record = result.record
    if not record.answerable:
        kind = _KINDS.get(record.unanswerable_kind or "", "")
        why = f" ({_(kind)})" if kind else ""
        return [_("The transcripts do not say.") + why, _lines(record.answer)]
    facts = "\n".join(
        f"- {'✓' if given else '✗'} {text_markdown(' / '.join(fact))}"
        for fact, given in result.facts()
    )
    evidence = [_quote(gold.quote, gold.speaker) for gold in result.evidence]
    return [_lines(record.answer), facts, *evidence]


def _scores(result: Result) -> str:
    return " · ".join(
        text_markdown(f"{words_of(name, _).label}: {value_text(name, value)}")
        for name, value in result.scores.items()
        if name in _SHOWN_SCORES
    )


def _making(answer: Mapping[str, Any]) -> str:
    """Who made the answer, how sure it was, what it took, and what the reader was told besides."""
    usage = answer.get("usage") or {}
    told = [answer.get("generator", ""), answer.get("notice", "")]
    if "confidence" in answer:
        told.append(_("confidence {value}").format(value=f"{answer['confidence']:.2f}"))
    if usage:
        read, written = usage["input_tokens"], usage["output_tokens"]
        words = _("{read} tokens read, {written} written")
        told.append(words.format(read=read, written=written))
    if total := answer.get("timings_ms", {}).get("total"):
        told.append(f"{total:.0f} ms")
    return " · ".join(filter(None, told))


def _quotes(
    items: Iterable[Mapping[str, Any]], field: str, mark: Callable[[Mapping[str, Any]], str]
) -> list[str]:
    return [_quote(mark(item) + str(item[field]), _place(item)) for item in items]


def _place(item: Mapping[str, Any]) -> str:
    role = str(item["role"])
    words = _(_ROLES[role]) if role in _ROLES else role
    return _("{speaker}, {role}, page {page}, {title}").format(
        speaker=item["speaker"], role=words, page=item["page"], title=item["title"]
    )


def _quote(words: str, who: str) -> str:
    said_by = f"  \n> :small[— {text_markdown(who)}]" if who else ""
    return f"> :small[{text_markdown(words)}]{said_by}"


def _lines(text: str) -> str:
    """Text in its own lines."""
    return "  \n".join(text_markdown(line) for line in text.splitlines() if line.strip())


def _bullets(lines: Iterable[str]) -> list[str]:
    return ["\n".join(f"- {text_markdown(line)}" for line in lines)]
