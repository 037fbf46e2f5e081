"""The steps of a search, each of which can be left out to measure what it gains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps a search takes: all, but where :mod:`eval.studies.ablation` leaves one out.

    ``words``, ``vectors``: the scores of either side. ``sentences``: a passage counts as near as
    its nearest sentence, too. ``languages``: passages of each language are compared with the mean
    of their own. ``dictionary``: a Chinese question's words are looked for in English, too.
    ``carrying``: a passage that goes on from another gains by it. ``roles``: what reporters and
    moderators say ranks lower. ``settling``: what a follow-up means is told by what is found.
    """

    words: bool = True
    vectors: bool = True
    sentences: bool = True
    languages: bool = True
    dictionary: bool = True
    carrying: bool = True
    roles: bool = True
    settling: bool = True
