"""Deciding about drafted records on the terminal: accept, edit or reject, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import click

from eval.draft import append_record
from eval.feedback import Feedback, drop_feedback
from eval.gold import Locator, QuoteError, speaker_at
from eval.nuggets import tokens
from eval.records import EvidenceLine, Record
from rag.cli.terminal import printable, say
from rag.text.language import detect_language
from rag.types import Transcript


def review_drafts(
    drafts: Sequence[Record],
    reported: Mapping[str, Feedback],
    to: Path,
    transcripts: Sequence[Transcript],
    data_dir: Path,
) -> int:
    """Ask about each draft and add what is accepted to the set ``to``; how many were.

    ``reported`` is the feedback that some drafts come from, by their id. Once it is decided
    about it leaves the data directory. Raises what writing to the two raises.
    """
    added = 0
    locator = Locator(transcripts)
    for number, record in enumerate(drafts, 1):
        say(f"\n{number} of {len(drafts)}")
        if record.id in reported:
            _show_feedback(reported[record.id])
        decided = _decide(_without_lost_evidence(record, locator), locator, transcripts)
        if decided is None:
            break
        if decided:
            append_record(to, decided)
            added += 1
        if record.id in reported:
            drop_feedback(data_dir, record.id)
    return added


def _show_feedback(feedback: Feedback) -> None:
    say(f"Reported on {feedback.given}: {feedback.verdict.replace('_', ' ')}")
    for line in feedback.history:
        say(f"Before ({line.role}): {line.content}")
    if feedback.speakers:
        say(f"Asked of: {', '.join(feedback.speakers)}")
    say(f"The answer was: {feedback.answer}")
    for cited in feedback.citations:
        say(f'It cited: {cited.speaker}, page {cited.page}: "{" ".join(cited.quote.split())}"')


def _without_lost_evidence(record: Record, locator: Locator) -> Record:
    """What was cited may have moved since: the set that it is added to could not be run."""
    kept = []
    for evidence in record.evidence:
        try:
            locator.locate(evidence)
        except QuoteError as fault:
            say(f"Left out: {fault}")
        else:
            kept.append(evidence)
    return record.model_copy(update={"evidence": tuple(kept)})


def _decide(
    record: Record, locator: Locator, transcripts: Sequence[Transcript]
) -> Record | Literal[False] | None:
    """The record as accepted or edited, False when rejected, None to stop."""
    say(f"Question: {record.question}\nAnswer: {record.answer or '(none)'}")
    say(f"Must include: {_facts_text(record) or '(nothing)'}")
    if not record.answerable:
        say("To be refused: the transcripts do not answer it.")
    for evidence in record.evidence:
        quote = " ".join(evidence.quote.split())
        say(f'Evidence: {evidence.speaker}, page {evidence.page}: "{quote}"')
    choice = click.prompt(
        "(a)ccept, (e)dit, (r)eject, (q)uit", type=click.Choice(["a", "e", "r", "q"]),
        show_choices=False,
    )  # fmt: skip
    if choice in ("r", "q"):
        return None if choice == "q" else False
    edited = _edit(record) if choice == "e" else record
    if not edited.answerable or edited.evidence:
        return edited
    say("What in the transcripts answers it? Copy the words; they are looked up.")
    return edited.model_copy(update={"evidence": _ask_for_evidence(locator, transcripts)})


def _edit(record: Record) -> Record:
    # Defaults are shown on the terminal as they are, so they are cleaned like what is said.
    question = click.prompt("Question", default=printable(record.question))
    answer = click.prompt("Answer", default=printable(record.answer))
    must_include = record.must_include
    if record.answerable:
        must_include = _read_facts(
            click.prompt(
                "Must include (facts apart by ;, alternatives by |)",
                default=printable(_facts_text(record)),
            )
        )
    question = question.strip() or record.question
    return record.model_copy(
        update={
            "question": question,
            "language": detect_language(question),
            "answer": answer.strip(),
            "must_include": must_include,
        }
    )


def _ask_for_evidence(
    locator: Locator, transcripts: Sequence[Transcript]
) -> tuple[EvidenceLine, ...]:
    def find(words: str) -> EvidenceLine | None:
        if not words.strip():
            return None
        try:
            span = locator.locate(EvidenceLine(quote=words)).spans[0]
        except (QuoteError, ValueError) as fault:
            raise click.BadParameter(printable(str(fault))) from fault
        transcript = next(t for t in transcripts if t.id == span.transcript_id)
        return EvidenceLine(
            quote=transcript.text[span.start : span.end],
            speaker=speaker_at(transcript, span) or "",
            transcript=transcript.id,
            page=transcript.page_at(span.start),
        )

    found: list[EvidenceLine] = []
    while True:
        label = "More evidence (empty: that is all)" if found else "Evidence"
        default = "" if found else None
        line = click.prompt(label, default=default, show_default=False, value_proc=find)
        if line is not None:
            found.append(line)
        elif found:
            return tuple(found)


def _read_facts(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        alternatives
        for fact in text.split(";")
        if (alternatives := tuple(part.strip() for part in fact.split("|") if tokens(part)))
    )


def _facts_text(record: Record) -> str:
    return "; ".join(" | ".join(fact) for fact in record.must_include)
