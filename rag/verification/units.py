"""The units of measure that figures are given in: ``units.tsv``."""

from __future__ import annotations

from dataclasses import dataclass

from rag.text.data_file import data_lines


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is written after a number (``pattern``) and before it (``symbols``).

    Units of one ``dimension`` can be converted by their ``size``; "" and 0 where none is given.
    """

    name: str
    pattern: str
    symbols: tuple[str, ...]
    dimension: str
    size: float


def _read(line: str) -> Unit:
    name, pattern, symbols, dimension, size = (*line.split("\t"), "", "", "")[:5]
    return Unit(name, pattern, tuple(symbols.split()), dimension, float(size or 0))


UNITS = {unit.name: unit for unit in map(_read, data_lines("rag.verification", "units.tsv"))}
