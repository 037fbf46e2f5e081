"""Names in a question that the corpus does not know."""

from __future__ import annotations

import pytest

from rag.questions.names import name_keys
from rag.questions.unknown_names import unknown_names
from rag.text.language import terms

CORPUS = frozenset(
    terms("Hong Kong Shenzhen San Tin Technopole universities zone plan park 深圳 香港 中国")
)
NAMES = name_keys(["San Tin Technopole", "Hong Kong"])


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("How many universities does Shanghai have?", ("Shanghai",)),
        ("What is the plan for Kuala Lumpur and Macao?", ("Kuala Lumpur", "Macao")),
        ("What did the Minister plan in December?", ()),
        ("Will it overtake Silicon Valley?", ("Silicon Valley",)),
        ("What is the plan for Tokyo Bay?", ("Tokyo Bay",)),
        ("What did Ms Wong plan on Monday?", ()),
        ("What Are The Benefits For Startups?", ()),
        ("How many universities does Hong Kong have?", ()),
        # One word of it is known: "the Shenzhen Bay Area" may be another way to say it.
        ("What is planned for Shenzhen Bay?", ()),
        ("Shanghai has how many universities?", ()),
        ("WHAT IS THE PLAN FOR MACAO?", ()),
        ("Does the OECD say so?", ()),
        ("I write for Reuters. What is the plan for the park?", ()),
        ("What is the plan? (universities in Macao)", ("Macao",)),
        ("上海有几所大学？", ("上海",)),
        ("澳門有幾多間大學？", ("澳門",)),
        ("尖沙咀有咩計劃？", ("尖沙咀",)),
        ("深圳和香港有几所大学？", ()),
        # Read as the corpus's San Tin, not as the county of that name.
        ("新田科技城有什么规划？", ()),
        # A part of somebody's name, and a poet whose name is two common words.
        ("玛丽·麦特琳是谁？", ()),
        ("要使幾多錢起？", ()),
        ("大学有什么规划？", ()),
        ("", ()),
        ("?" * 2000, ()),
        ("上海" * 900, ("上海",)),
    ],
)
def test_only_names_of_which_no_word_is_known_are_unknown(
    question: str, unknown: tuple[str, ...]
) -> None:
    assert unknown_names(question, CORPUS.__contains__, NAMES) == unknown
