"""Whether words tell of what is planned or of what was done, in either language."""

from __future__ import annotations

import re

from rag.text.data_file import any_of, data_table

_WORDS = {kind: any_of(words) for kind, words in data_table("rag.text", "tense.toml").items()}

PLANNED = re.compile(rf"\b(?:{_WORDS['planned']})\b|{_WORDS['planned_chinese']}", re.IGNORECASE)
# "Has to" and "has a plan to" are no deeds, nor is 了解.
DONE = re.compile(
    r"\b(?:has|have|had)\b(?! to\b)(?!.{0,12}\bplan)|"
    rf"\b(?!(?:{_WORDS['no_deed']})\b)\w{{3,}}ed\b|\b(?:{_WORDS['done']})\b|"
    rf"{_WORDS['done_chinese']}|了(?!解)",
    re.IGNORECASE,
)
