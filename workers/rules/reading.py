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
    two_people = "two_people"  # the values of several people in one message
    no_such_day = "no_such_day"  # 30 February


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
_CLOCK = r"\d{1,2}:\d{2}|\d{1,2}\s*点(?:\s*\d{1,2}(?![\d/.])\s*分?|半|钟)?|\d{1,2}\s*(?:am|pm)\b"
_UNITS = (
    r"公斤|斤|kg|cm|厘米|度|°c|岁|%|片|粒|毫克|毫升|ml|个?小时后?|h\b|hours?|hrs?|分钟|min(?:utes?)?\b"
    r"|天|周|个?月|days?|weeks?|months?|次|times?\b|years?\b|tablets?"
)
_OTHERS = (
    r"心率|脉搏|心跳|heart\s*rate|pulse|hr|体重|身高|体温|年龄|血氧|氧饱和度?|weight|height|temp(?:erature)?|age|spo2"
)
# Numbers that are neither: when it was taken, the pulse that every device shows beside the pressure, doses, durations.
_BESIDE = re.compile(
    rf"{_CLOCK}|\d{{1,4}}\s*(?:年|月|日|号|时|分)|(?:19|20)\d{{2}}-\d{{1,2}}-\d{{1,2}}"
    rf"|(?:{_OTHERS})\s*(?:is|:|是)?\s*\d{{1,3}}(?:\.\d+)?(?![\d/])\s*(?:{_UNITS})?"
    rf"|(?<![\d./])\d{{1,3}}(?:\.\d+)?\s*(?:{_UNITS})|[一二两三半]个?小时后?"
)
_DOSE = re.compile(r"(?<![\d./])\d{1,3}(?:\.\d+)?\s*mg\b(?!/)")
# Words that people write against the number, and one with a digit in it.
_GLUED, _A1C = re.compile(r"\b(bp|bg|fbg|fpg|glucose|sugar)(?=\d)"), re.compile(r"(?:hb\s*)?a1c")
# What is measured in the same numbers and is no glucose of the moment.
_NOT_THAT = re.compile(r"糖化|尿糖|尿酸|胆固醇|cholesterol")
# "8点2" beside a word for glucose is 8.2, not eight o'clock.
_SPOKEN_POINT = re.compile(r"(?<!\d)(\d{1,2})\s*点\s*(\d)(?!\d|\s*分|/)")
_NUMBER = re.compile(r"\d")


def parse_reading(text: str, expecting: ReadingKind | None = None) -> BloodPressure | Glucose | NotAReading:
    """The measurement in a patient's message. `expecting` is what was asked for: it makes a bare number a
    glucose.

    Digits of any script and full-width signs are read. mg/dL is converted only when it is written.
    """
    plain = without_times(plain_text(text))
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
    said, unit = found["before"] + found["after"], found["unit"]
    # "阿司匹林 100mg" is a dose.
    meant = said or unit not in (None, "mg") or (expecting is ReadingKind.glucose and unit is None)
    if not meant or _NOT_THAT.search(plain):
        return NotAReading.unclear
    value, converted = float(found["value"]), (unit or "").startswith("mg")
    if value < 0:
        return NotAReading.negative
    mmol_l = round(value / _MG_DL_PER_MMOL_L if converted else value, 1)
    if not _within(mmol_l, _GLUCOSE):
        return NotAReading.implausible
    kind = "fasting" if re.search(_FASTING, said) else "random" if re.search(_RANDOM, said) else None
    return Glucose(mmol_l, kind, converted, rest)


def without_times(plain: str) -> str:
    """A plain text without clock times, dates, pulse rates, doses: the numbers that are no reading."""
    plain = _A1C.sub("糖化", _GLUED.sub(r"\1 ", plain))
    plain = _SPOKEN_POINT.sub(r"\1.\2", plain) if _says_glucose(plain) else _DOSE.sub(" ", plain)
    return _BESIDE.sub(" ", plain)


def with_clocks_as(mark: str, plain: str) -> str:
    """A plain text with a mark in the place of each clock time."""
    return plain if _says_glucose(plain) and _SPOKEN_POINT.search(plain) else re.sub(_CLOCK, mark, plain)


def plain_text(text: str) -> str:
    """Small letters, half-width signs, ASCII digits."""
    digits = (str(unicodedata.decimal(char, char)) for char in unicodedata.normalize("NFKC", text))
    return "".join(digits).replace("−", "-").replace("–", "-").replace("。", ".").lower().strip()


def _says_glucose(plain: str) -> bool:
    return re.search(rf"{_FASTING}|{_RANDOM}|血糖|glucose|sugar|mmol|mg/dl", plain) is not None


def _rest(plain: str, found: re.Match[str]) -> str:
    return f"{plain[: found.start()]} {plain[found.end() :]}".strip(" ,.;!?，、")


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
