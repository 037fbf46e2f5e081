from __future__ import annotations

import pytest

from rag.confidence import Features, confidence


@pytest.mark.parametrize("same_language", [True, False])
def test_confidence_is_a_probability_that_rises_with_the_cosine(same_language: bool) -> None:
    cosines = (-1.0, 0.0, 0.7, 0.8, 0.9, 1.0)
    values = [confidence(Features(cosine, 0.5, same_language)) for cosine in cosines]
    assert values == sorted(values)
    assert 0 <= values[0] < 0.01
    assert values[0] < values[-1] <= 1


@pytest.mark.parametrize("same_language", [True, False])
def test_confidence_rises_with_the_concepts_named(same_language: bool) -> None:
    named, unnamed = (Features(0.8, share, same_language) for share in (1.0, 0.0))
    assert confidence(named) > confidence(unnamed)
