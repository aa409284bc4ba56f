"""Measurements in a doctor's words: "BP 186/112", "心率110", "T 38.5", "空腹血糖 8.2", "SpO2 92%"; pure.

`Scan` holds a text while one thing after another is taken out of it: what has been read is not read twice.
"""

import re
import unicodedata
from typing import Any, Literal

from events.referral import Vitals

_MG_DL_PER_MMOL_L = 18.0
# What can be measured in somebody alive, far wider than any clinical limit (proposals, evidence A). Units as in Vitals.
_LIMITS: dict[str, tuple[float, float]] = {
    "sbp": (30, 350), "dbp": (10, 250), "heart_rate": (10, 350), "resp_rate": (1, 120), "temp_c": (22, 45),
    "spo2": (30, 100), "glucose_mmol_l": (0.3, 100),
}  # fmt: skip
_IS = r"\s*(?:是|为|is|:|=)?\s*"
_END = r"(?![\d/]|\.\d)"
_PRESSURE = re.compile(
    rf"(?:血压|(?<![a-z])bp(?![a-z])|blood\s*pressure)?{_IS}(?<![\d./])(?P<sbp>\d{{2,4}})\s*/\s*(?P<dbp>\d{{2,4}})\s*(?:mmhg)?{_END}"
    rf"|高压{_IS}(?P<high>\d{{2,4}})\s*,?\s*低压{_IS}(?P<low>\d{{2,4}}){_END}",
    re.IGNORECASE,
)
_SUGAR = re.compile(
    rf"(?P<before>空腹|餐后|饭后|随机|fasting|random)?\s*(?:血糖|glucose|glu|\bbg|blood\s*sugar){_IS}"
    rf"(?P<after>空腹|餐后|饭后|随机|fasting|random)?{_IS}"
    rf"(?P<value>\d{{1,4}}(?:\.\d+)?)\s*(?P<unit>mmol(?:/l)?|mg/dl)?{_END}",
    re.IGNORECASE,
)
_FASTING = re.compile("空腹|fasting", re.IGNORECASE)
_WORDS: tuple[tuple[str, str, str, str], ...] = (
    # What is measured, its words in Chinese, those in English, its units
    ("spo2", "血氧(?:饱和度)?|氧饱和度?", r"spo2|sats?|o2\s*sats?", "%"),
    ("heart_rate", "心率|脉搏|脉率|心跳", r"hr|pulse|p(?=\s*\d)", r"次(?:/分)?|bpm|/min"),
    ("resp_rate", "呼吸(?:频率)?", r"rr|resp(?:iration)?s?|r(?=\s*\d)", r"次(?:/分)?|/min"),
    ("temp_c", "体温", r"temp(?:erature)?|t(?=\s*\d)", r"°?c\b|度"),
)
_SINGLE: dict[str, re.Pattern[str]] = {
    name: re.compile(
        rf"(?:{chinese}|(?<![a-z])(?:{english})(?![a-z])){_IS}(?P<value>\d{{1,4}}(?:\.\d+)?)\s*(?:{units})?{_END}",
        re.IGNORECASE,
    )
    for name, chinese, english, units in _WORDS
}


def legible(text: str) -> str:
    """The text with ASCII digits and half-width signs, without marks that cannot be seen."""
    shown = (char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.decimal(char, char)) for char in shown)


class Scan:
    """A text from which things are taken out."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first place that fits, taken out; a break is left where it stood."""
        found = pattern.search(self.text)
        if found is not None:
            self.text = f"{self.text[: found.start()]} , {self.text[found.end() :]}"
        return found


def take_vitals(scan: Scan) -> tuple[Vitals, tuple[str, ...]]:
    """The measurements in a text, and the names of those that cannot be true (they are left out)."""
    values: dict[str, Any] = {}
    if (found := scan.take(_PRESSURE)) is not None:
        values["sbp"], values["dbp"] = int(found["sbp"] or found["high"]), int(found["dbp"] or found["low"])
    kind: Literal["fasting", "random"] | None = None
    if (found := scan.take(_SUGAR)) is not None:
        value = float(found["value"])
        converted = (found["unit"] or "").lower().startswith("mg")
        values["glucose_mmol_l"] = round(value / _MG_DL_PER_MMOL_L, 1) if converted else value
        if said := found["before"] or found["after"]:
            kind = "fasting" if _FASTING.fullmatch(said) else "random"
    for name, pattern in _SINGLE.items():
        if (found := scan.take(pattern)) is not None:
            number = float(found["value"])
            values[name] = number if name == "temp_c" else int(number)
    absurd = [name for name, value in values.items() if not _LIMITS[name][0] <= value <= _LIMITS[name][1]]
    if not {"sbp", "dbp"}.intersection(absurd) and values.get("sbp", 1) <= values.get("dbp", 0):
        absurd += ["sbp", "dbp"]
    if {"sbp", "dbp"}.intersection(absurd):
        absurd = [*dict.fromkeys((*absurd, "sbp", "dbp"))]
    kept = {name: value for name, value in values.items() if name not in absurd}
    return Vitals(**kept, glucose_kind=kind if "glucose_mmol_l" in kept else None), tuple(absurd)
