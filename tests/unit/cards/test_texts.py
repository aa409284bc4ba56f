"""The texts: the same keys and values in every language, nothing forgotten, nothing unused, values made harmless."""

import ast
import re
import sys
import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, FluentSerializer
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.texts import Markup, clean, has, paragraph, plain, quote, t
from events import follow_up as f
from events import referral as e
from events.base import EndReason, Situation
from events.discharge import FormAnswer
from events.referral_state import ReferralStatus
from models.values import Language, Priority
from workers.rules.hints import Standing
from workers.rules.reading import NotAReading

ROOT = Path(__file__).parents[3]
# Families of keys whose last part is a code of the domain, built in code.
FAMILIES: dict[str, type[StrEnum]] = {
    "decline": e.DeclineReason,
    "give-back": e.GiveBackReason,
    "lower": e.LowerReason,
    "outcome": e.OutcomeKind,
    "end": EndReason,
    "headline": Priority,
    "priority": Priority,
    "return-form-answer": FormAnswer,
    "reading": NotAReading,
    "button-language": Language,
    "programme": f.Programme,
    "severity": f.Severity,
    "pause": f.PauseReason,
    "button-outcome": f.CallOutcome,
    "criterion": Standing,
}
BUILT = (
    *FAMILIES,
    "standing",
    "menu",
    "form-over",
    "amended",
    "pathway",
    "text",
    "who",
    "person",
    "vital",
    "refused",
    "down-item",
    "return-form-went",
)


class Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 - the name fluent.syntax wants
        self.names.add(node.id.name)


@cache
def messages(language: Language) -> dict[str, tuple[set[str], str]]:
    """Key -> the variables of the text, and the text as it is written."""
    found = {}
    for path in sorted((ROOT / "bot/locales" / language).glob("*.ftl")):
        source = path.read_text(encoding="utf-8")
        for entry in FluentParser().parse(source).body:
            assert not isinstance(entry, ftl.Junk), f"{path.name}: {entry.content}"
            if isinstance(entry, ftl.Message):
                variables = Variables()
                variables.visit(entry)
                entry.comment = None
                assert entry.id.name not in found, f"{path.name}: {entry.id.name} is there twice"
                found[entry.id.name] = (variables.names, FluentSerializer().serialize_entry(entry))
    return found


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_the_same_keys_with_the_same_values_in_the_same_files(language: Language) -> None:
    reference = {key: names for key, (names, _) in messages(Language.zh).items()}
    assert {key: names for key, (names, _) in messages(language).items()} == reference
    files = {path.name for path in (ROOT / "bot/locales" / language).glob("*.ftl")}
    assert files == {path.name for path in (ROOT / "bot/locales/zh").glob("*.ftl")}


@pytest.mark.parametrize("language", list(Language))
def test_texts_carry_no_markup_of_their_own(language: Language) -> None:
    for key, (_, source) in messages(language).items():
        assert not re.search("<|&|->$", re.sub("-> *\n", "", source)), key


def test_chinese_texts_use_chinese_punctuation() -> None:
    for key, (_, source) in messages(Language.zh).items():
        if not key.startswith("button-") and key != "repeat":
            assert not re.search("[一-鿿][,;:?]", source), key


@pytest.mark.parametrize("language", list(Language))
def test_every_code_of_the_domain_has_a_text(language: Language) -> None:
    for family, codes in FAMILIES.items():
        for code in codes:
            assert has(language, f"{family}-{code}"), f"{family}-{code}"
    stages = {str(stage) for stage in (*Situation, *ReferralStatus)}
    of_plans = {"return_form_due", "return_form_unread", "follow_up_due", "danger_asked", "danger_unseen"}
    elsewhere = of_plans | {"redirected", "scheduled"}
    for stage in stages - elsewhere:
        assert has(language, f"standing-{stage}"), stage


def refused_codes() -> set[str]:
    """Every code that a decider can refuse with."""
    found = set()
    for path in sorted((ROOT / "events").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                assert isinstance(node.args[0], ast.Constant), f"{path.name}: the code of a refusal is a word"
                found.add(str(node.args[0].value))
    return found


@pytest.mark.parametrize("language", list(Language))
def test_every_refusal_is_explained(language: Language) -> None:
    codes = refused_codes()
    assert len(codes) > 10
    assert {code for code in codes if not has(language, f"refused-{code}")} == set()


def test_no_text_in_the_cards_is_written_in_code() -> None:
    for path in (ROOT / "bot/cards").glob("*.py"):
        if path.stem in ("examples", "catalogue", "catalogue_drafts"):
            continue
        source = path.read_text(encoding="utf-8")
        strings = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
        chinese = [each for each in strings if isinstance(each, str) and re.search("[一-鿿]", each)]
        assert [each for each in chinese if "回转单" not in each] == []


def test_every_text_of_a_card_is_used() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    for path in ("parts", "cards", "buttons", "patients"):
        source = (ROOT / f"bot/locales/zh/{path}.ftl").read_text(encoding="utf-8")
        for key in re.findall("^([a-z][A-Za-z0-9_-]*) =", source, re.MULTILINE):
            used = f'"{key}"' in code or f'"{key.removeprefix("button-")}"' in code
            assert used or key.startswith(tuple(f"{family}-" for family in BUILT)), key


_KEYS = re.compile(
    "(?:press|bind|bound|words|refused|reading|welcome|help|language|not-understood|button)-[a-z_-]*[a-z]"
)


def test_every_key_that_the_chat_names_has_a_text() -> None:
    for path in (ROOT / "bot").rglob("*.py"):
        if {"sandbox", "cards"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = node.value if isinstance(node, ast.Constant) else None
            if isinstance(named, str) and _KEYS.fullmatch(named):
                assert has(Language.zh, named), f"{path.name}: {named}"


def test_a_value_is_quoted_once_and_plain_text_is_not() -> None:
    assert t(Language.en, "who-other", name="<A & B>") == "&lt;A &amp; B&gt;"
    assert t(Language.en, "who-other", name=Markup("<b>x</b>")) == "<b>x</b>"
    assert plain(Language.en, "button-place", place="<A & B>") == "<A & B>"


def test_a_missing_key_or_value_is_named() -> None:
    with pytest.raises(KeyError, match="no-such-text"):
        t(Language.en, "no-such-text")
    with pytest.raises(KeyError, match="who-other"):
        t(Language.en, "who-other")


@pytest.mark.parametrize(
    "typed, shown",
    [
        ("  Li\n Xiuying ", "Li Xiuying"),
        ("\u202eLi\u202c", "Li"),
        ("Li\u200bXiu\ufeffying", "LiXiuying"),
        ("Li\x00\x07Xiuying", "Li Xiuying"),
        ("\ud800", ""),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
    ],
)
def test_what_is_typed_becomes_one_harmless_line(typed: str, shown: str) -> None:
    assert clean(typed) == shown


def test_what_python_calls_printable_hides_nothing() -> None:
    """Such a value is taken as it is."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not [c for c in map(chr, range(sys.maxunicode + 1)) if c.isprintable() and unicodedata.category(c) in hidden]
    assert not any(chr(code).isprintable() for code in (0x200B, 0x200D, 0x202E, 0x2066, 0xFEFF, 0x61C, 0xAD))


def test_a_long_value_is_clipped_by_what_the_chat_counts() -> None:
    assert clean("a" * 100, 10) == "a" * 9 + "…"
    assert len(clean("\U0001f637" * 100, 10).encode("utf-16-le")) // 2 <= 10
    assert paragraph("one\n\n<two>\r\nthree", 100) == "one\n&lt;two&gt;\nthree"
    assert len(quote("很" * 4000)) == 80


def test_plurals_are_right() -> None:
    assert "1 asked" in t(Language.en, "standing-offered", asked=1)
    assert "once more" in t(Language.en, "bind-wrong-factor", left=1)
    assert "2 more times" in t(Language.en, "bind-wrong-factor", left=2)
