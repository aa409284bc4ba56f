"""The texts people read: by language and key, from locales/<language>/*.ftl; nothing is worded in code.

`t` gives Telegram HTML and quotes every value put into it; `plain` gives the same words for where nothing is parsed
(labels of buttons, answers to presses). What a person typed is made harmless on the way in: one line, no control
characters, no marks that turn the direction of the text, not longer than a name need be.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from models.values import Language

Argument = str | int | float

_LOCALES = Path(__file__).parent / "locales"
_NAME_LIMIT = 80  # UTF-16 units; a name, a place or a number
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Markup(str):
    """Telegram HTML, safe as it stands; `t` does not quote it again."""

    __slots__ = ()


_EARLIER: ContextVar[Mapping[str, str] | None] = ContextVar("earlier_texts", default=None)


@cache
def source(language: Language) -> str:
    """All texts of a language as they are written, in Fluent."""
    paths = sorted((_LOCALES / language).glob("*.ftl"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@contextmanager
def speaking(earlier: Mapping[str, str] | None) -> Iterator[None]:
    """Within this block, word everything in these texts (language → Fluent source); None: in this version's."""
    token = _EARLIER.set(earlier)
    try:
        yield
    finally:
        _EARLIER.reset(token)


@cache
def _bundle(language: Language) -> FluentBundle:
    # A bundle of its own per language: what is missing in one must be found by the tests, not covered by another.
    bundle = FluentBundle([language], use_isolating=False)
    for path in sorted((_LOCALES / language).glob("*.ftl")):
        bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")))
    return bundle


@lru_cache(maxsize=8)
def _earlier_bundle(language: Language, texts: str) -> FluentBundle:
    # What an earlier version had no words for is worded as now.
    bundle = FluentBundle([language], use_isolating=False)
    for each in (source(language), texts):
        bundle.add_resource(FluentResource(each), allow_overrides=True)
    return bundle


def _spoken(language: Language) -> FluentBundle:
    earlier = _EARLIER.get()
    return _bundle(language) if earlier is None else _earlier_bundle(language, earlier.get(language, ""))


def has(language: Language, key: str) -> bool:
    """Whether there is a text of that key: for words that come from a rule pack."""
    return bool(_spoken(language).has_message(key))


def t(language: Language, key: str, **args: Argument) -> Markup:
    """The text of `key` as Telegram HTML, with every argument quoted that is not Markup already.

    Raises KeyError for an unknown key or a missing argument.
    """
    return Markup(_format(language, key, {name: _quoted(value) for name, value in args.items()}))


def plain(language: Language, key: str, **args: Argument) -> str:
    """The text of `key` without markup, for labels and for answers to presses; errors as for `t`."""
    return _format(language, key, {name: _cleaned(value) for name, value in args.items()})


def _format(language: Language, key: str, args: dict[str, Argument]) -> str:
    if not args and _EARLIER.get() is None:
        return _fixed(language, key)
    return _formatted(_spoken(language), language, key, args)


@cache  # half of what a card says
def _fixed(language: Language, key: str) -> str:
    return _formatted(_bundle(language), language, key, {})


def _formatted(bundle: FluentBundle, language: Language, key: str, args: dict[str, Argument]) -> str:
    pattern = bundle.get_message(key).value if bundle.has_message(key) else None
    if pattern is None:
        raise KeyError(f"no text {key!r} in {language}")
    text, errors = bundle.format_pattern(pattern, args)
    if errors:
        raise KeyError(f"text {key!r} in {language}: {errors[0]}")
    return str(text)


def _quoted(value: Argument) -> Argument:
    return quote(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _cleaned(value: Argument) -> Argument:
    return clean(value) if isinstance(value, str) else value


def quote(text: str, limit: int = _NAME_LIMIT) -> Markup:
    """A value as one harmless line of Telegram HTML, clipped to `limit` UTF-16 units."""
    return Markup(escape(clean(text, limit), quote=False))


def paragraph(text: str, limit: int) -> Markup:
    """A longer text as Telegram HTML: its line breaks stay, the rest as `quote`."""
    lines = (clean(line, limit) for line in text.splitlines())
    return Markup(escape(_clip("\n".join(line for line in lines if line), limit), quote=False))


def clean(text: str, limit: int = _NAME_LIMIT) -> str:
    """A value as one line without control characters and direction marks, clipped to `limit` UTF-16 units."""
    if not text.isprintable():  # nearly every value is, and has nothing hidden then
        text = "".join(map(_shown, text))
    return _clip(" ".join(text.split()), limit)


# Zero-width characters and marks of direction: taken out whole, so that a word does not fall apart.
_JOINERS = frozenset(
    map(chr, [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x61C, 0xAD])
)


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    if char in _JOINERS:
        return ""
    return " " if unicodedata.category(char) in _HIDDEN else char


def _clip(text: str, limit: int) -> str:
    if len(text.encode("utf-16-le")) // 2 <= limit:
        return text
    kept, length = [], 1  # one for the mark that something is left out
    for char in text:
        length += 2 if ord(char) > 0xFFFF else 1
        if length > limit:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"
