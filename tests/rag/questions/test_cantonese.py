from __future__ import annotations

import pytest

from rag.questions.cantonese import in_written_chinese


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("點解佢話呢份嘢咁緊要？", "為什麼他說這份東西這麼緊要？"),
        ("政府層面係由邊個負責？", "政府層面是由誰負責？"),
        ("邊間公司揀咗珀港園區？", "哪間公司選了珀港園區？"),
        ("香港有幾多間大學？", "香港有多少間大學？"),
        ("点解佢哋唔嚟？", "為什麼他們不來？"),
    ],
)
def test_cantonese_is_put_in_written_chinese(spoken: str, written: str) -> None:
    assert in_written_chinese(spoken) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What is the plan?",
        "兩邊的重點有什麼不同？",
        "香港和深圳的關係怎樣？",
        "香港园区何时开放？",
        "他打電話給誰？",
    ],
)
def test_written_chinese_and_other_text_is_left_as_it_is(text: str) -> None:
    assert in_written_chinese(text) == text


def test_words_that_only_look_like_cantonese_are_kept_within_it() -> None:
    assert in_written_chinese("佢哋嘅關係同電話有乜不同？") == "他們的關係和電話有什麼不同？"
