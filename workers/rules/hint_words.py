"""What the words of a draft say that hints ask for: findings, programmes, how many drugs, how long treated.

Only hints look at these; a priority never turns on them.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from workers.rules.pack import Pack
from workers.rules.table import Frozen
from workers.rules.triage import parameters_of
from workers.rules.words import Phrases, SymptomWords

_ONE_TO_TWELVE = {word: number for number, word in enumerate("一二三四五六七八九十", start=1)} | {"两": 2, "半": 6}
_COUNT = r"(\d{1,2}|[一二两三四五六七八九十])"
_DRUGS = (
    re.compile(rf"{_COUNT}\s*(?:种|联)\s*(?:降压)?药?[^,;。\n]{{0,4}}足量"),
    re.compile(rf"足量[^,;。\n]{{0,4}}{_COUNT}\s*(?:种|联)"),
    re.compile(r"(\d{1,2})\s+drugs\s+(?:at|in)\s+full\s+dose"),
)
_MONTHS = (
    re.compile(rf"(?:治疗|服药|用药)[^,;。\n]{{0,4}}?{_COUNT}\s*个?月"),
    re.compile(r"treated\s+(?:for\s+)?(\d{1,2})\s+months"),
    re.compile(r"(\d{1,2})\s+months\s+(?:of|on)\s+treatment"),
)


class HintWords(Frozen):
    """The words that the hints pack looks for in a draft."""

    findings: dict[str, Phrases]
    programmes: dict[str, Phrases]


@lru_cache(maxsize=256)
def _ready(hints: Pack, triage: Pack) -> tuple[SymptomWords, SymptomWords]:
    words = HintWords.model_validate(hints.parameters["words"])
    denied = parameters_of(triage).negations
    return SymptomWords(words.findings, denied), SymptomWords(words.programmes, denied)


def known_from_words(hints: Pack, triage: Pack, text: str) -> Mapping[str, Any]:
    """The inputs of the hints pack that a text gives; denials are read as in triage."""
    findings, programmes = _ready(hints, triage)
    plain = unicodedata.normalize("NFKC", text).lower()
    known: dict[str, Any] = {"findings": _ordered(findings, text), "programmes": _ordered(programmes, text)}
    known |= {"drugs_at_full_dose": _number(_DRUGS, plain), "months_treated": _number(_MONTHS, plain)}
    return {name: value for name, value in known.items() if value not in (None, ())}


def _ordered(words: SymptomWords, text: str) -> tuple[str, ...]:
    return tuple(sorted(words.found(text)))


def _number(patterns: tuple[re.Pattern[str], ...], text: str) -> int | None:
    for pattern in patterns:
        if found := pattern.search(text):
            return int(found[1]) if found[1].isdigit() else _ONE_TO_TWELVE[found[1]]
    return None
