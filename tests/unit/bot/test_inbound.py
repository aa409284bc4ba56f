"""Raw updates, whatever their shape, become one thing somebody did or nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channel import InboundKind
from bot.inbound import parse

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LIN = {"id": 7, "first_name": "Lin", "language_code": "zh-hans", "is_bot": False}
PRIVATE = {"id": 7, "type": "private"}


def message(**more: Any) -> dict[str, Any]:
    return {"message": {"message_id": 5, "date": 1_700_000_000, "chat": PRIVATE, "from": LIN, **more}}


def test_a_text_keeps_what_it_replies_to() -> None:
    found = parse(message(text=" 145/92 ", reply_to_message={"message_id": 3}), NOW)
    assert found is not None
    assert (found.kind, found.text, found.message, found.user) == (InboundKind.text, "145/92", 3, 7)


def test_start_carries_its_code() -> None:
    found = parse(message(text="/start AbC-_9"), NOW)
    assert found is not None
    assert (found.kind, found.text) == (InboundKind.start, "AbC-_9")


def test_a_word_that_only_begins_with_start_is_a_word() -> None:
    found = parse(message(text="/startled"), NOW)
    assert found is not None
    assert found.kind is InboundKind.text


@pytest.mark.parametrize("kind", ["voice", "photo", "document", "sticker", "location"])
def test_what_cannot_be_read_is_media(kind: str) -> None:
    found = parse(message(**{kind: {}}), NOW)
    assert found is not None
    assert found.kind is InboundKind.media


def test_a_forwarded_card_or_word_asks_for_nothing() -> None:
    origin = {"type": "user", "date": 1_700_000_000, "sender_user": LIN}
    for text in ("R-7K2F4 accept", "/start AbC-_9", "/stop", "145/92"):
        found = parse(message(text=text, forward_origin=origin), NOW)
        assert found is not None
        assert (found.kind, found.text) == (InboundKind.media, "")


def test_a_number_counts_as_own_only_when_telegram_says_so() -> None:
    own = parse(message(contact={"phone_number": "1", "user_id": 7}), NOW)
    other = parse(message(contact={"phone_number": "1", "user_id": 8}), NOW)
    assert own is not None
    assert own.own_contact
    assert other is not None
    assert not other.own_contact


def test_a_press_names_who_pressed_and_where() -> None:
    press = {"id": "q", "from": LIN, "data": "token", "message": {"message_id": 9, "chat": PRIVATE}}
    found = parse({"callback_query": press}, NOW)
    assert found is not None
    assert (found.kind, found.token, found.message, found.callback, found.at) == (
        InboundKind.press, "token", 9, "q", NOW,
    )  # fmt: skip


@pytest.mark.parametrize("status, kind", [("kicked", InboundKind.blocked), ("member", InboundKind.unblocked)])
def test_blocking_is_noticed(status: str, kind: InboundKind) -> None:
    change = {"chat": PRIVATE, "from": LIN, "date": 1, "new_chat_member": {"status": status}}
    found = parse({"my_chat_member": change}, NOW)
    assert found is not None
    assert found.kind is kind


def test_a_group_is_a_group_whatever_is_said_there() -> None:
    group = {"id": -100, "type": "supergroup"}
    found = parse(message(chat=group, text="hello"), NOW)
    assert found is not None
    assert (found.kind, found.chat) == (InboundKind.group, -100)


def test_a_clock_that_runs_ahead_is_not_believed() -> None:
    found = parse(message(date=4_000_000_000, text="x"), NOW)
    assert found is not None
    assert found.at == NOW


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "chat", "from", "type", "text", "date", "message", "data", "status"])
            | st.sampled_from(["new_chat_member", "contact", "user_id", "message_id", "reply_to_message"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["message", "callback_query", "my_chat_member", "channel_post"]), _JSON))
def test_nothing_that_comes_in_raises(update: dict[str, Any]) -> None:
    parse(update, NOW)
