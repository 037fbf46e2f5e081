"""Whether words tell of what is planned or of what was done, in either language."""

from __future__ import annotations

import re

PLANNED = re.compile(
    r"\b(?:will|would|shall|plan(?:s|ned)?|going to)\b|将|计划|预计", re.IGNORECASE
)
# Past participles that as often stand before a noun, or say how something was told.
_NO_DEEDS = "stat|bas|need|root|enhanc|nominat|advanc|unit|announc|provid|requir|call|nam"
DONE = re.compile(
    rf"\b(?:has|have|had)\b(?! to\b)(?!.{{0,12}}\bplan)|\b(?!(?:{_NO_DEEDS})ed)\w{{3,}}ed\b|"
    r"\b(?:was|were|did|went|gave|became|took|made|came)\b|已|了(?!解)|曾",
    re.IGNORECASE,
)
