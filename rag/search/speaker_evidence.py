"""The evidence for what a speaker is said to have said: from that speaker's own words alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from rag.embedding.embedder import Embedder
from rag.embedding.kept import kept_vectors
from rag.indexing.index import Index
from rag.questions.said_about import SaidAbout, example_texts, stand_in
from rag.search.retrieval import Retriever
from rag.settings import Settings
from rag.text.data_file import wording
from rag.text.language import is_chinese, spaced, to_simplified
from rag.types import STATEMENT_ROLES, Evidence, Filters, Hit, Language, Question

# Of a refusal's nearest passages so many are the speaker's own before one of somebody else's.
_OWN_FIRST = 2
# Among so many of the best sentences, as many as an answer quotes, one must be about it.
_LOOKED_THROUGH = 3


class SaidBy:
    """Finds evidence as a retriever does, but from the one whose words are asked for.

    Where a question asks what a named speaker said about something, nobody else is quoted; where
    that one said nothing about it, the reason says so. Who only mentions a speaker, or has chosen
    speakers by a filter, gets what the retriever finds. Safe to share between threads.
    """

    def __init__(
        self, index: Index, embedder: Embedder, retriever: Retriever, settings: Settings
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._retriever = retriever
        self._kept = settings.models_dir
        self._least = settings.min_confidence

    def gather(self, question: Question, filters: Filters) -> Evidence:
        """The evidence for a question; see :meth:`Retriever.gather`."""
        speakers = self.speakers(question, filters)
        if not speakers:
            return self._retriever.gather(question, filters)
        own = replace(filters, speakers=speakers)
        evidence = self._retriever.gather(question, own)
        if not any(s.passage.role in STATEMENT_ROLES for s in evidence.sentences):
            # Words that nothing may be quoted from, as a moderator's, answer nothing.
            evidence = replace(evidence, sentences=(), confidence=0.0)
        if evidence.sentences and self._is_about(question, evidence):
            return replace(evidence, confidence=max(evidence.confidence, self._least))
        reason = self._reason(speakers, filters, question.language)
        hits = (
            *evidence.hits[:_OWN_FIRST],
            *self._others(question, filters, speakers),
            *evidence.hits[_OWN_FIRST:],
        )
        return replace(evidence, hits=hits, reason=reason)

    def speakers(self, question: Question, filters: Filters) -> tuple[str, ...]:
        """Whose words alone answer a question; () where anybody's may."""
        if filters.speakers or self._asks_otherwise(question):
            return ()
        if not question.readings:
            return tuple(sorted(self._saying(question.standalone)))
        alone = question.readings[0].standalone
        if self._retriever.speakers.named(alone):
            return tuple(sorted(self._saying(alone)))
        # "And what did she say about housing?" is about the one whom the user named before.
        before = self._speaking(question.standalone)
        one = before and _are_one(before)
        return tuple(before) if one and self._asks_what_was_said(alone) else ()

    def _is_about(self, question: Question, evidence: Evidence) -> bool:
        """Whether what the speaker said is about what is asked.

        So is a sentence that names all of it: "What did she say about ferries?" asks for no
        particular fact that could be missing, which a confidence doubts.
        """
        if evidence.confidence >= self._least:
            return True
        alone = question.readings[0].standalone if question.readings else question.standalone
        matter = self._retriever.speakers.replaced(alone, " ")
        return self._retriever.is_named(matter, evidence.sentences[:_LOOKED_THROUGH])

    def _asks_otherwise(self, question: Question) -> bool:
        """Whether it asks what was asked, or for more of what was just quoted."""
        asks = self._retriever.is_about_asking(question)
        return asks or self._retriever.asks_for_more(question)

    def _saying(self, text: str) -> Iterator[str]:
        """The speakers named in a text of whom it asks what they said."""
        for speaker in self._speaking(text):
            told = self._retriever.speakers.replaced(text, stand_in(text), speaker)
            if told != text and self._asks_what_was_said(told):
                yield speaker

    def _speaking(self, text: str) -> list[str]:
        """The people named in a text; an outlet, which only asks, is none."""
        return sorted(self._retriever.speakers.named(text) & set(self._index.vocabulary.people))

    def _asks_what_was_said(self, text: str) -> bool:
        return self._said_about(self._embedder.embed_question(to_simplified(text)))

    def _others(
        self, question: Question, filters: Filters, speakers: Sequence[str]
    ) -> tuple[Hit, ...]:
        """The passage of somebody else that is nearest."""
        known = self._index.passages.speakers.values
        roles = filters.roles or STATEMENT_ROLES
        others = tuple(name for name in known if name and name not in speakers)
        if not others:
            return ()
        return self._retriever.nearest(question, 1, replace(filters, speakers=others, roles=roles))

    def _reason(self, speakers: Sequence[str], filters: Filters, language: Language) -> str:
        """Why the speakers' words are taken not to answer."""
        quotable = self._index.passages.speakers_as(STATEMENT_ROLES)
        chosen = filters != Filters()
        fitting = [name for name in speakers if is_chinese(name) == (language != "en")]
        # Who speaks in transcripts of both languages is named in that of the question.
        names = fitting or list(speakers)
        words = wording("rag.search", "reasons.toml", language)
        if quotable & set(speakers):  # that nothing was found is all that can be known
            kind = "nothing_of_chosen" if chosen else "nothing_of"
        else:
            kind = "moderates" if len(names) == 1 else "moderate"
        return words[kind].format(spaced(words["and"].join(names), language)).strip()

    @cached_property
    def _said_about(self) -> SaidAbout:
        return SaidAbout(kept_vectors(self._kept, self._embedder, example_texts()))


def _are_one(names: Sequence[str]) -> bool:
    """Whether names may be one person's: at most one in Latin letters and one in Chinese."""
    chinese = {to_simplified(name) for name in names if is_chinese(name)}
    return len(chinese) <= 1 and sum(not is_chinese(name) for name in names) <= 1
