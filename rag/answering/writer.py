"""The generator that has a chat model write: what it writes are drafts, cited by code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from rag.answering.attribution import Attributor
from rag.answering.context import build_context, estimate_tokens, numbered_lines
from rag.answering.model_text import Written, sentences
from rag.answering.models import ChatModel, Meter, output_tokens
from rag.answering.notices import notice
from rag.answering.prompts import LANGUAGE_NAMES, Prompt, as_data, fill
from rag.answering.provider import ChatFailure
from rag.settings import Settings
from rag.types import Draft, Evidence, ScoredSentence, shown_speaker
from rag.verification.verify import Rejected

Ground = Callable[[Sequence[ScoredSentence]], Attributor]

# Below this probability of Yes the passages are taken not to state the answer.
_MIN_YES = 0.1
# Room for the prompt's own marks and what a chat template adds.
_MARGIN_TOKENS = 100
# More sentences than were asked for are a model that has lost its way.
_MAX_SENTENCES = 12
_MAX_REPAIRED = 6


class Writer:
    """Writes one answer with a chat model; ``ground`` makes the attributor over a context."""

    def __init__(self, model: ChatModel, meter: Meter, settings: Settings, ground: Ground) -> None:
        self.name = model.name
        self._model = model
        self._meter = meter
        self._settings = settings
        self._ground = ground

    def begin(self, evidence: Evidence) -> Writing:
        """An answer to be written from this evidence; nothing is asked of the model yet.

        Raises ChatFailure when not even one sentence fits beside the question.
        """
        question = evidence.question
        room = self._settings.chat_context_tokens - output_tokens(self._settings)
        instructions = self._system(evidence, "")
        taken = estimate_tokens(instructions) + estimate_tokens(question.standalone)
        context = build_context(evidence, room - taken - _MARGIN_TOKENS)
        if context.is_full and not context.sentences:
            raise ChatFailure(
                "The question leaves no room for passages in the chat model's context: ask more "
                "briefly, or raise HETAO_CHAT_CONTEXT_TOKENS."
            )
        system = self._system(evidence, context.text)
        return Writing(evidence, self._model, self._meter, system, self._ground(context.sentences))

    def _system(self, evidence: Evidence, passages: str) -> str:
        language = evidence.question.language
        return fill(
            "answer",
            language=LANGUAGE_NAMES[language],
            not_in_transcripts=notice("not_in_transcripts", language),
            passages=passages,
        )


class Writing:
    """One answer being written; ``wrote`` is whether the model claimed anything, true or not."""

    def __init__(
        self, evidence: Evidence, model: ChatModel, meter: Meter, system: str,
        attributor: Attributor,
    ) -> None:  # fmt: skip
        self.wrote = False
        self._meter = meter
        self._evidence = evidence
        self._model = model
        self._system = system
        self._attributor = attributor
        self._question = as_data(evidence.question.standalone)

    def drafts(self) -> Iterator[Draft]:
        """The sentences of the answer, each as it is complete, with what it rests on.

        None where the model finds that the passages do not state the answer. Raises ChatFailure.
        """
        if not self._attributor.sentences or not self._answerable():
            return
        yield from self._written(self._question)

    def repaired(self, rejected: Sequence[Rejected]) -> Iterator[Draft]:
        """What the model writes instead of the sentences that did not hold. Raises ChatFailure."""
        told = [f"{fault.draft.text} ({fault.reason})" for fault in rejected[:_MAX_REPAIRED]]
        faults = numbered_lines(told)
        yield from self._written(fill("repair", question=self._question, rejected=faults))

    def _answerable(self) -> bool:
        prompt = Prompt(self._system, fill("gate", question=self._question))
        probability = self._model.probability_of_yes(prompt, self._meter)
        return probability is None or probability >= _MIN_YES

    def _written(self, user: str) -> Iterator[Draft]:
        pieces = self._timed(self._model.write(Prompt(self._system, user), self._meter))
        held: Written | None = None
        for number, sentence in enumerate(sentences(pieces)):
            if held:
                yield from self._draft(held)
            held = sentence
            if number == _MAX_SENTENCES:
                return
        # Where the bound on output cut the text, its last sentence is not one.
        if held and not self._meter.cut:
            yield from self._draft(held)

    def _timed(self, pieces: Iterator[str]) -> Iterator[str]:
        for piece in pieces:
            self._meter.first_token = self._meter.first_token or time.perf_counter()
            yield piece

    def _draft(self, sentence: Written) -> Iterator[Draft]:
        if not sentence.text or sentence.says_not:
            return
        self.wrote = True
        found = self._attributor.attribute(sentence.text, sentence.hints)
        resting_on = () if sentence.has_link else found
        kind: Literal["said", "asked"] = "asked" if self._evidence.question.about_asking else "said"
        yield Draft(_as_quote(sentence.text, resting_on), resting_on, kind)


def _as_quote(text: str, resting_on: Sequence[ScoredSentence]) -> str:
    """A sentence copied from the passages as the quote that it is; any other as it stands."""
    for sentence in resting_on if len(resting_on) == 1 else ():
        if _letters(text) == _letters(sentence.text):
            return f"{shown_speaker(sentence.passage.speaker)}: “{sentence.text}”"
    return text


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
