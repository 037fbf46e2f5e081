"""The patterns that are data: each with an example that it alone of its kind matches."""

from __future__ import annotations

import re

import pytest

from rag.text.data_file import any_of, data_lines

FORMS = [
    line.split("\t")
    for file in (("rag.transcripts.furniture", "furniture.tsv"), ("rag.transcripts", "roles.tsv"))
    for line in data_lines(*file)
]


@pytest.mark.parametrize(("kind", "pattern", "example"), FORMS)
def test_a_form_and_no_other_of_its_kind_matches_its_example(
    kind: str, pattern: str, example: str
) -> None:
    matching = [
        form for of, form, _ in FORMS if of == kind and re.fullmatch(form, example, re.IGNORECASE)
    ]
    assert matching == [pattern]


def test_any_of_some_words() -> None:
    found = re.findall(
        rf"\b(?:{any_of('no refus* yet_to')})\b", "no, refusal; yet to know, nothing"
    )
    assert found == ["no", "refusal", "yet to"]
