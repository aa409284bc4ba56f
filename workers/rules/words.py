"""Symptoms in free text: a small table of words, Chinese and English, with a guard against "no chest pain".

It leans to the safe side: a symptom counts unless the negation stands right before it ("无胸痛", "denies any
chest pain"), right after it ("胸痛(-)", "chest pain: no"), or runs on through a list that it opened
("无发热、胸痛", "no fever or chest pain"). A comma ends a negation. Numbers are not read here.
"""

import re
import unicodedata
from collections.abc import Mapping

from workers.rules.table import Frozen

_CLAUSE = re.compile(r"[,;!?。\n]|\.(?!\d)|但|而|\bbut\b|\bhowever\b")
_LIST_ITEM = re.compile(r"[、/]|或|及|和|\bor\b|\bnor\b")
_SUBJECT = r"(?:患者|病人|病员|现|目前|自诉|patient|pt|she|he|the)?"


class Phrases(Frozen):
    """How something is said in each language."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


class Negations(Phrases):
    """What denies a symptom; what only begins like a denial; what may stand between it and the symptom."""

    not_negations: tuple[str, ...]
    fillers: tuple[str, ...]


class SymptomWords:
    """The table made ready: `found(text)`."""

    def __init__(self, words: Mapping[str, Phrases], negations: Negations) -> None:
        self._codes = {phrase.lower(): code for code, said in words.items() for phrase in (*said.zh, *said.en)}
        # "无意识" is unconscious, but "无意识障碍" denies it: such a word ends where no longer symptom begins.
        self._denials = sorted((denial.lower() for denial in negations.zh), key=len, reverse=True)
        phrases = sorted(self._codes, key=len, reverse=True)
        self._phrase = re.compile("|".join(_edged(phrase) + self._unless_longer(phrase) for phrase in phrases))
        no_denials = "|".join(re.escape(word) + self._unless_longer(word) for word in negations.not_negations)
        denial = rf"(?!{no_denials})(?:" + "|".join(_edged(each) for each in (*negations.zh, *negations.en))
        fillers = rf"(?:\s|{'|'.join(_edged(filler) for filler in negations.fillers)})*"
        self._denied_before = re.compile(rf"{denial}){fillers}$")
        self._opens_denial = re.compile(rf"^\s*{_SUBJECT}\s*{denial})")
        self._only_fillers = re.compile(rf"^{fillers}$")
        self._denied_after = re.compile(r"\s*:?\s*(?:\(-\)|阴性|negative\b|(?:无|否|none|no)\s*$)")

    def _unless_longer(self, word: str) -> str:
        stem = next((word[len(each) :] for each in self._denials if word.startswith(each)), None)
        longer = [phrase[len(stem) :] for phrase in self._codes if phrase.startswith(stem)] if stem else []
        return f"(?!{'|'.join(map(re.escape, longer))})" if longer else ""

    def found(self, text: str) -> frozenset[str]:
        """The codes of the symptoms that the text affirms."""
        plain = unicodedata.normalize("NFKC", text).lower()
        codes: set[str] = set()
        for clause in _CLAUSE.split(plain):
            denied = False
            for item in _LIST_ITEM.split(clause):
                affirmed = {
                    self._codes[match[0]]
                    for match in self._phrase.finditer(item)
                    if not self._is_denied(item, match, denied)
                }
                denied = not affirmed and (denied or self._opens_denial.search(item) is not None)
                codes |= affirmed
        return frozenset(codes)

    def _is_denied(self, item: str, match: re.Match[str], running_on: bool) -> bool:
        before, after = item[: match.start()], item[match.end() :]
        return bool(
            self._denied_before.search(before)
            or self._denied_after.match(after)
            or (running_on and self._only_fillers.match(before))
        )


def _edged(phrase: str) -> str:
    # English words end at a word's edge (and may be plural); Chinese has no edges.
    escaped = re.escape(phrase.lower())
    return rf"\b{escaped}\b" if phrase.isascii() else escaped
