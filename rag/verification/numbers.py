"""The figures and dates that a text states, and whether another text states them too."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.verification.digits import QUANTITY, UNITS, in_digits

# How far a converted figure may be rounded.
_ROUNDING = 0.02
# What a figure may be given without, beside one that has it ("the 40,000" of "$40,000").
_MEASURES = UNITS.keys() - {"%", "ordinal"}
_WHICH = {-1: "last", 0: "this", 1: "next"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value and its unit ("" for a count), as :func:`rag.verification.digits.in_digits` gives."""

    value: Decimal
    unit: str

    def __str__(self) -> str:
        if self.unit.endswith("relative"):
            return f"“{_WHICH[int(self.value)]} {self.unit.split()[0]}”"
        value = "a" if self.unit.startswith("few") else f"{self.value.normalize():f}"
        return f"{value} {self.unit}".strip()


def quantities(text: str) -> list[Quantity]:
    """The quantities of a text, in order."""
    return [Quantity(Decimal(m[1]), m[2]) for m in QUANTITY.finditer(in_digits(text))]


def stated(
    quantity: Quantity, evidence: Sequence[Quantity], day: datetime.date | None
) -> bool | None:
    """Whether the evidence states a quantity: True, False, or None if only once transformed.

    Transformed is another unit of the same dimension, rounded by at most 2%, and a year or
    month that follows from ``day``, the date of the event ("last year").
    """
    if (quantity.value, quantity.unit) == (Decimal(1), ""):
        return True  # "one" is as often a pronoun
    for other in evidence:
        units = {other.unit, quantity.unit}
        if other.value == quantity.value and (len(units) == 1 or _is_left_out(units)):
            return True
    converted = any(_is_near(quantity, other) for other in evidence)
    return None if converted or (day and quantity in _implied(evidence, day)) else False


def _is_left_out(units: set[str]) -> bool:
    return "" in units and not _MEASURES.isdisjoint(units)


def _is_near(quantity: Quantity, other: Quantity) -> bool:
    one, two = UNITS.get(quantity.unit), UNITS.get(other.unit)
    if one is None or two is None or one is two or not one.dimension == two.dimension != "":
        return False
    sizes = float(quantity.value) * one.size, float(other.value) * two.size
    return abs(sizes[0] - sizes[1]) <= _ROUNDING * max(sizes)


def _implied(evidence: Iterable[Quantity], day: datetime.date) -> set[Quantity]:
    """What relative dates and bare months come to, in either way to write them."""
    found = set()
    evidence = list(evidence)
    for place, quantity in enumerate(evidence):
        number = int(quantity.value)
        if quantity.unit == "year relative":
            found.add(Quantity(Decimal(day.year + number), ""))
        elif quantity.unit == "month":
            # "Since December" is said of the December on either side, unless its year is named.
            beside = evidence[max(0, place - 1) : place + 3]
            if any(q.unit == "year relative" or _is_year(q, day) for q in beside):
                continue
            near = (-1, 0) if number >= day.month else (0, 1)
            for years in near:
                found.add(Quantity(Decimal(day.year + years), ""))
                found.add(Quantity(Decimal(years), "year relative"))
        elif quantity.unit == "month relative":
            year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
            found |= {Quantity(Decimal(month + 1), "month"), Quantity(Decimal(year), "")}
        elif _is_year(quantity, day):
            found.add(Quantity(Decimal(number - day.year), "year relative"))
    return found


def _is_year(quantity: Quantity, day: datetime.date) -> bool:
    """Whether a number is the year of the event, or one beside it."""
    return not quantity.unit and abs(quantity.value - day.year) <= 1
