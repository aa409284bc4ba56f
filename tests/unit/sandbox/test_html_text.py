"""HTML: tags, entities, and the server's own words for what it cannot parse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.html_text import parse_html, utf16_length
from bot.sandbox.refusals import Refusal


def entity(kind: str, offset: int, length: int, **more: str) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    "tag, kind",
    [
        ("b", "bold"), ("strong", "bold"), ("i", "italic"), ("em", "italic"), ("s", "strikethrough"),
        ("strike", "strikethrough"), ("del", "strikethrough"), ("u", "underline"), ("ins", "underline"),
        ("tg-spoiler", "spoiler"), ("pre", "pre"), ("code", "code"),
        ("blockquote", "blockquote"), ("B", "bold"),
    ],
)  # fmt: skip
def test_every_tag_becomes_its_entity(tag: str, kind: str) -> None:
    assert parse_html(f"a <{tag}>word</{tag}> b") == ("a word b", [entity(kind, 2, 4)])


def test_tags_with_attributes() -> None:
    assert parse_html('<a href="https://example.org/?a=1&amp;b=2">map</a>')[1] == [
        entity("text_link", 0, 3, url="https://example.org/?a=1&b=2")
    ]
    assert parse_html('<span class="tg-spoiler">x</span>')[1] == [entity("spoiler", 0, 1)]
    assert parse_html('<pre><code class="language-python">x</code></pre>')[1] == [
        entity("pre", 0, 1, language="python")
    ]
    assert parse_html("<blockquote expandable>x</blockquote>")[1] == [entity("expandable_blockquote", 0, 1)]


def test_offsets_count_utf16_units() -> None:
    assert parse_html("👩‍⚕️ 李 <b>急</b>")[1] == [entity("bold", utf16_length("👩‍⚕️ 李 "), 1)]


def test_nested_entities_are_sorted_outer_first() -> None:
    assert parse_html("<b>one <i>two</i></b>")[1] == [entity("bold", 0, 7), entity("italic", 4, 3)]


@pytest.mark.parametrize(
    "source, plain",
    [
        ("&lt;b&gt; &amp; &quot;x&quot;", '<b> & "x"'),
        ("&#60;&#x3c;&#x674e;", "<<李"),
        ("&nbsp; &copy; & alone &", "&nbsp; &copy; & alone &"),
        ("&lt no semicolon", "< no semicolon"),
        ("a > b", "a > b"),
    ],
)
def test_character_references(source: str, plain: str) -> None:
    assert parse_html(source)[0] == plain


@pytest.mark.parametrize(
    "source, why",
    [
        ("<x>hi</x>", 'Unsupported start tag "x" at byte offset 0'),
        ("李 <h1>hi", 'Unsupported start tag "h1" at byte offset 4'),
        ("BP < 90", 'Unsupported start tag "" at byte offset 3'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ("<a ='x'>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</i>", 'Can\'t find end tag corresponding to start tag "b"'),
        (
            "&#xd800;",
            "Text contains invalid Unicode characters after decoding HTML entities,"
            " check for unmatched surrogate code units",
        ),
    ],
)
def test_what_cannot_be_parsed_is_refused_in_telegrams_words(source: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_html(source)
    assert refused.value.code == 400
    assert refused.value.description == f"Bad Request: can't parse entities: {why}"


@given(st.text())
def test_quoted_text_comes_out_as_it_went_in(text: str) -> None:
    quoted = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert parse_html(f"<b>{quoted}</b>")[0] == text


@given(st.text(alphabet="<>/&;#xab \"'=李", max_size=40))
def test_any_soup_is_parsed_or_refused(soup: str) -> None:
    try:
        plain, entities = parse_html(soup)
    except Refusal as refused:
        in_telegrams_words = refused.description.startswith("Bad Request: can't parse entities: ")
        assert in_telegrams_words
    else:
        assert all(0 <= one["offset"] < one["offset"] + one["length"] <= utf16_length(plain) for one in entities)
