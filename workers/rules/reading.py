"""A measurement as a patient types it: "145/92", "血压 150/95", "空腹 8.2", "glucose 148 mg/dL".

Gives a blood pressure, a glucose, or the reason why the text is neither, so that the patient can be asked
about it. What else the text says is handed on in `rest`: somebody may report a danger sign beside the
numbers.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class ReadingKind(StrEnum):
    """What was asked for."""

    blood_pressure = "blood_pressure"
    glucose = "glucose"


class NotAReading(StrEnum):
    """Why a text is not taken as a measurement."""

    no_number = "no_number"
    unreadable = "unreadable"  # letters among the digits, or numbers that are neither
    unclear = "unclear"  # a single number, and nothing says what it measures
    several = "several"  # more than one reading
    negative = "negative"
    swapped = "swapped"  # the lower number first
    implausible = "implausible"


@dataclass(frozen=True, slots=True)
class BloodPressure:
    """mmHg."""

    sbp: int
    dbp: int
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Glucose:
    """mmol/L, one decimal. kind: fasting, random, or None when not said. converted: it was given in mg/dL."""

    mmol_l: float
    kind: str | None = None
    converted: bool = False
    rest: str = ""


# What a home device can show; outside it a finger slipped. Proposals (evidence A), wider than any clinical
# limit.
_SBP, _DBP, _GLUCOSE = (50, 300), (20, 200), (0.5, 60.0)
_MG_DL_PER_MMOL_L = 18.0

_BP_WORDS = r"(?:血压|bp|blood\s*pressure)"
_SEPARATOR = r"\s*(?:[/\\,、]|-(?!-)|over|比|\s)\s*"
# A digit beside a Latin letter or another digit is part of something else; a Chinese character is no edge.
_FROM, _TO = r"(?<![a-z0-9./])", r"(?![a-z0-9/]|\.\d)"
_PRESSURE = re.compile(
    rf"{_BP_WORDS}?\s*(?:是|为|is|:|=)?\s*{_FROM}"
    rf"(?P<s>-?\d{{1,5}}){_SEPARATOR}(?P<d>-?\d{{1,5}})(?:[/,\s]\s*\d{{2,3}})?(?:\s*mmhg)?{_TO}"
    rf"|高压\s*:?\s*(?P<hs>-?\d{{1,5}})\s*,?\s*低压\s*:?\s*(?P<ld>-?\d{{1,5}})(?:\s*mmhg)?{_TO}"
)
_FASTING, _RANDOM = r"空腹|fasting|fbg|fpg", r"餐后|饭后|随机|random|after\s+(?:a\s+)?meal"
_SUGAR = re.compile(
    rf"(?P<before>(?:(?:{_FASTING}|{_RANDOM}|血糖|glucose|sugar|bg)[\s:=是]*)*)"
    rf"{_FROM}(?P<value>-?\d{{1,5}}(?:\.\d+)?)\s*(?P<unit>mmol/l|mmol|mg/dl|mg)?{_TO}"
    rf"(?P<after>(?:\s*(?:{_FASTING}|{_RANDOM}))?)"
)
# When it was taken, and the pulse that every home device shows beside the pressure.
_BESIDE = re.compile(
    r"\d{1,2}:\d{2}|\d{1,4}\s*(?:年|月|日|号|点半?|时|分|am\b|pm\b)|(?:心率|脉搏|心跳|pulse|hr)\s*:?\s*\d{1,3}"
)
_NUMBER = re.compile(r"\d")


def parse_reading(text: str, expecting: ReadingKind | None = None) -> BloodPressure | Glucose | NotAReading:
    """The measurement in a patient's message. `expecting` is what was asked for: it makes a bare number a
    glucose.

    Digits of any script and full-width signs are read. mg/dL is converted only when it is written.
    """
    plain = _BESIDE.sub(" ", _plain(text))
    if not _NUMBER.search(plain):
        return NotAReading.no_number
    found = _PRESSURE.search(plain)
    if found and not _says_glucose(plain):
        rest = _rest(plain, found)
        if _NUMBER.search(rest):
            return NotAReading.several
        return _pressure(int(found["s"] or found["hs"]), int(found["d"] or found["ld"]), rest)
    return _sugar(plain, expecting)


def _pressure(sbp: int, dbp: int, rest: str) -> BloodPressure | NotAReading:
    if sbp < 0 or dbp < 0:
        return NotAReading.negative
    if _within(dbp, _SBP) and _within(sbp, _DBP) and sbp < dbp:
        return NotAReading.swapped
    if not (_within(sbp, _SBP) and _within(dbp, _DBP) and dbp < sbp):
        return NotAReading.implausible
    return BloodPressure(sbp, dbp, rest)


def _sugar(plain: str, expecting: ReadingKind | None) -> Glucose | NotAReading:
    found = _SUGAR.search(plain)
    if found is None:
        return NotAReading.unreadable
    rest = _rest(plain, found)
    if _NUMBER.search(rest):
        return NotAReading.several
    said = found["before"] + found["after"]
    if not (said or found["unit"] or expecting is ReadingKind.glucose):
        return NotAReading.unclear
    value, converted = float(found["value"]), (found["unit"] or "").startswith("mg")
    if value < 0:
        return NotAReading.negative
    mmol_l = round(value / _MG_DL_PER_MMOL_L if converted else value, 1)
    if not _within(mmol_l, _GLUCOSE):
        return NotAReading.implausible
    kind = "fasting" if re.search(_FASTING, said) else "random" if re.search(_RANDOM, said) else None
    return Glucose(mmol_l, kind, converted, rest)


def _plain(text: str) -> str:
    """Small letters, half-width signs, ASCII digits."""
    digits = (str(unicodedata.decimal(char, char)) for char in unicodedata.normalize("NFKC", text))
    return "".join(digits).replace("−", "-").replace("–", "-").replace("。", ".").lower().strip()


def _says_glucose(plain: str) -> bool:
    return re.search(rf"{_FASTING}|{_RANDOM}|血糖|glucose|sugar|mmol|mg/dl", plain) is not None


def _rest(plain: str, found: re.Match[str]) -> str:
    return f"{plain[: found.start()]} {plain[found.end() :]}".strip(" ,.;!?，、")


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
