"""Words that the rules know (``vocabulary.toml``): what says nothing, what has another form, terms
of the briefings."""

from __future__ import annotations

import re

from rag.text.data_file import data_table
from rag.text.language import STOP_WORDS
from rag.verification.thesaurus import stem_of

_FILE = data_table("rag.verification", "vocabulary.toml")

# What a report adds of its own accord, in any language.
LIGHT = STOP_WORDS.union(_FILE["light"].split())
LIGHT_CHINESE = frozenset(_FILE["light_chinese"].split())
BASE_FORMS = dict(pair.split("-") for pair in _FILE["base_forms"].split())
# Terms of these briefings that the dictionary lacks or translates otherwise.
TERMS = {
    chinese: tuple(tuple(map(stem_of, way.split())) for way in ways)
    for chinese, ways in _FILE["terms"].items()
}
CUT = re.compile(f"({'|'.join(TERMS)}|[和与及或])")
