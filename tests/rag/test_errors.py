from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from rag.errors import IndexMissing, QuestionError, is_to_mend, sentence_of


def test_a_package_that_is_missing_is_named_with_what_to_do() -> None:
    with pytest.raises(ImportError) as missing:
        importlib.import_module("a_package_that_nobody_made")
    sentence = sentence_of(missing.value)
    assert sentence.startswith("a_package_that_nobody_made cannot be loaded: run `make setup`")
    assert is_to_mend(missing.value)


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as missing:
        (tmp_path / "nowhere").read_bytes()
    sentence = sentence_of(missing.value)
    assert f"{tmp_path / 'nowhere'} cannot be read or written (No such file" in sentence
    assert is_to_mend(missing.value)


def test_an_error_of_the_product_is_its_own_sentence_and_a_bug_has_none() -> None:
    assert sentence_of(IndexMissing("There is none.")) == "There is none."
    assert sentence_of(ValueError("the inside")) == ""
    assert not is_to_mend(ValueError("the inside"))
    assert not is_to_mend(QuestionError("The question is empty."))
