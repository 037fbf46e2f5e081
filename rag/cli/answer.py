"""An answer as the command line prints it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.cli.terminal import say
from rag.recordings import shown_time
from rag.types import Answer, Citation, shown_speaker


def say_answer(answer: Answer) -> None:
    """Print an answer with its sources, or that there is none with what came nearest."""
    if answer.standalone_question != answer.question.strip():
        say(f"Read as: {answer.standalone_question}\n")
    if answer.claims and answer.certainty == "uncertain":
        say("It is uncertain whether this answers. The nearest that was said:\n")
    say(answer.text)
    for words in filter(None, (answer.reason, answer.notice)):
        say(f"\n{words}")
    _say_sources(answer.citations)
    if answer.more:
        say("\nMore from the transcripts:")
    for citation in answer.more:
        words = " ".join(citation.quote.split())
        say(f"- {shown_speaker(citation.speaker)}, page {citation.page}: {words}")
    if answer.nearest:
        say("\nNearest passages (not an answer):")
    for hit in answer.nearest:
        words = " ".join(hit.passage.text.split())
        say(f"- {shown_speaker(hit.passage.speaker)}, page {hit.passage.page}: {words[:200]}...")


def say_questions(heading: str, questions: Sequence[str]) -> None:
    """Print questions that could be asked under a heading; nothing where there are none."""
    if questions:
        say(f"\n{heading}" if heading else "")
    for question in questions:
        say(f"- {question}")


def _say_sources(citations: Iterable[Citation]) -> None:
    for citation in citations:
        turn = filter(None, (f"turn {citation.turn}", shown_time(citation.seconds)))
        say(
            f"\n[{citation.marker}] {shown_speaker(citation.speaker)} ({citation.role}), "
            f"{citation.title}, {citation.date or 'no date'}, page {citation.page}, "
            f"{', '.join(turn)}"
        )
        if citation.url:
            say(f"    {citation.url}")
        for copy in citation.copies:
            where = (copy.title, f"{copy.date or 'no date'}", f"page {copy.page}", copy.url)
            say(f"    Also: {', '.join(filter(None, where))}")
        if citation.note:
            say(f"    Time: {citation.note}")
        if citation.translation:
            say(f"    Machine translation: {citation.translation}")
