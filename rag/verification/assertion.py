"""Sentences that hold the words of a statement without stating it.

"There is a rumour that the opening is cancelled" holds every word of "the opening is cancelled".
Such a sentence may be quoted in full, under the name of who said it; a claim that leaves the
rumour out rests on nothing.
"""

from __future__ import annotations

import re

from rag.text.language import to_simplified

_RESERVE = re.compile(
    r"\b(?:rumou?rs?|alleg\w+|suppose|supposing|supposedly|imagine|hypothetical\w*|hoax|myth|"
    r"pretend\w*|some say|den(?:y|ies|ied)|(?:if|unless) (?![^,]{0,60}\b(?:I|we|me|us)\b)|"
    r"(?:wrong|false|untrue|incorrect|misleading|mistaken) (?:to|that))\b"
    r"|有人说|谣言|传言|传闻|据传|如果|假如|假设|倘若|不实|不是事实|否认",
    re.IGNORECASE,
)


def is_question(sentence: str) -> bool:
    """Whether a sentence asks."""
    return sentence.rstrip(" \n”\"'’」』)）").endswith(("?", "？"))


def loses_reserve(claim: str, sentence: str) -> bool:
    """Whether a claim tells as fact what a sentence tells as a rumour, denial or supposition."""
    claim, sentence = to_simplified(claim), to_simplified(sentence)
    return _RESERVE.search(sentence) is not None and _RESERVE.search(claim) is None
