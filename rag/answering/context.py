"""What a chat model is given to read: the best passages as numbered sentences, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.prompts import as_data
from rag.text.language import CHINESE_RUN
from rag.types import Evidence, Passage, ScoredSentence, shown_speaker

# As many as the extractive answer reads its sentences from; further ones distract small models.
_MAX_PASSAGES = 6


@dataclass(frozen=True, slots=True)
class Context:
    """The text of the passages, and the sentences that its numbers ``[1]``, ``[2]`` stand for.

    ``is_full`` says that something had to be left out.
    """

    text: str
    sentences: tuple[ScoredSentence, ...]
    is_full: bool = False


def build_context(evidence: Evidence, max_tokens: int) -> Context:
    """The best passages that fit, best first; of the first that does not, the sentences that do.

    Only passages of a role that may bear the answer: a model would take others for evidence too.
    """
    roles = evidence.question.evidence_roles
    fitting = [hit for hit in evidence.hits if hit.passage.role in roles][:_MAX_PASSAGES]
    lines: list[str] = []
    sentences: list[ScoredSentence] = []
    left = max_tokens
    for number, hit in enumerate(fitting, 1):
        head = f"Passage {number}. {_head(hit.passage)}"
        left -= estimate_tokens(head)
        for place in range(len(hit.passage.sentences)):
            line = f"[{len(sentences) + 1}] {as_data(hit.passage.sentence_text(place))}"
            left -= estimate_tokens(line)
            if left < 0:
                return Context("\n".join(lines), tuple(sentences), is_full=True)
            lines.extend([head, line] if place == 0 else [line])
            sentences.append(ScoredSentence(hit.passage, place, hit.score))
    return Context("\n".join(lines), tuple(sentences))


def estimate_tokens(text: str) -> int:
    """An upper estimate of the tokens of a text, for models whose tokenizer is not at hand.

    English takes about 4 characters a token and Chinese, in tokenizers not made for it, up to
    2 tokens a character; LangChain's own count would load a tokenizer from the network.
    """
    chinese = sum(map(len, CHINESE_RUN.findall(text)))
    return 2 * chinese + (len(text) - chinese) // 3 + 1


def numbered_lines(texts: Sequence[str]) -> str:
    """Texts as data, one numbered line each."""
    return "\n".join(f"{number}. {as_data(text)}" for number, text in enumerate(texts, 1))


def _head(passage: Passage) -> str:
    said = "asked by" if passage.role == "reporter" else "said by"
    day = f", {passage.date.isoformat()}" if passage.date else ""
    speaker = as_data(shown_speaker(passage.speaker))
    return f"{as_data(passage.title)}{day}, page {passage.page}, {said} {speaker}:"
