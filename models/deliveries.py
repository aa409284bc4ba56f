"""The tables of the chat side: what is to be told, every attempt to tell it, cards, buttons, and what came back."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.database import UtcDateTime
from models.journal import BigSerial

_SENDABLE = text("state IN ('waiting', 'retry')")
_SENDING = text("state = 'sending'")
_UNHANDLED = text("handled_at IS NULL")
_CHANGED = text("wanted_version > shown_version")


class NoticeRow(SQLModel, table=True):
    """A notice on its way. States: waiting, held, sending, retry, sent, unknown, failed, withdrawn.

    `lane_rank` orders lanes (0 = stat). `next_at` is when it may be sent: not_before first, later the retry.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_sendable", "lane_rank", "next_at", postgresql_where=_SENDABLE, sqlite_where=_SENDABLE),
        Index(None, "about"),
        Index(None, "recipient"),
        Index(None, "requested_at", "purpose"),
    )

    stream: str = Field(primary_key=True)
    loop: str
    about: str
    purpose: str
    lane: str
    lane_rank: int
    recipient: str
    step: int
    params: str
    silent: bool
    state: str
    attempts: int = 0
    addresses_tried: int = 0
    requested_at: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    marked: bool = False  # the text says first that it is a repeat (N2)
    held_by: str | None = None  # the hold that keeps it (models/holds.py)


class DeliveryRow(SQLModel, table=True):
    """One attempt: the intent is written before anything is sent, the outcome after."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice", "attempt"),
        Index("ix_deliveries_sending", "state", postgresql_where=_SENDING, sqlite_where=_SENDING),
    )

    id: str = Field(primary_key=True)
    notice: str
    attempt: int
    address: str
    chat: int = Field(sa_type=BigInteger)
    state: str
    fence: int
    message: int | None = Field(default=None, sa_type=BigInteger)
    reason: str | None = None
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CardRow(SQLModel, table=True):
    """A message in a chat that shows the state of a stream and changes with it.

    `wanted_version` is what it should show, `shown_version` what it shows.
    """

    __tablename__ = "cards"
    __table_args__ = (
        UniqueConstraint("chat", "message"),
        Index(None, "about"),
        Index("ix_cards_changed", "next_at", postgresql_where=_CHANGED, sqlite_where=_CHANGED),
    )

    id: str = Field(primary_key=True)
    about: str
    notice: str
    purpose: str
    recipient: str
    chat: int = Field(sa_type=BigInteger)
    message: int = Field(sa_type=BigInteger)
    shown_version: int
    wanted_version: int
    shown_hash: str
    opened: bool = False
    withdrawn_by: str | None = None  # the repair after which it says no more than that it is withdrawn
    next_at: datetime = Field(sa_type=UtcDateTime)


class ActionTokenRow(SQLModel, table=True):
    """What a button means: who was asked, what, about which stream, until when. `used_at` makes it one effect."""

    __tablename__ = "action_tokens"
    __table_args__ = (Index(None, "notice"),)

    token: str = Field(primary_key=True)
    party: str
    chat: int = Field(sa_type=BigInteger)
    notice: str
    about: str
    action: str
    params: str = "{}"
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer: str | None = None


# How the reason of an update begins that was tried too often; it then counts as handled.
GIVEN_UP = "parked: "


class UpdateRow(SQLModel, table=True):
    """A raw update, stored before the offset moves; the payload sealed under the site key, purged after 7 days."""

    __tablename__ = "updates"
    __table_args__ = (
        UniqueConstraint("bot", "update_id", "payload_hash"),
        Index("ix_updates_unhandled", "id", postgresql_where=_UNHANDLED, sqlite_where=_UNHANDLED),
    )

    id: int | None = Field(default=None, sa_column=Column(BigSerial, primary_key=True, autoincrement=True))
    bot: str
    update_id: int = Field(sa_type=BigInteger)
    payload: str
    payload_hash: str
    received_at: datetime = Field(sa_type=UtcDateTime)
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    reason: str | None = None


class FormRow(SQLModel, table=True):
    """Where a chat is in a form; sealed under the site key, purged after 7 days."""

    __tablename__ = "forms"

    chat: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    state: str
    data: str
    updated_at: datetime = Field(sa_type=UtcDateTime)


class DraftRow(SQLModel, table=True):
    """A referral before it is sent; sealed under the site key, purged after 7 days. `sent`: the referral it became."""

    __tablename__ = "drafts"

    id: str = Field(primary_key=True)
    chat: int = Field(sa_type=BigInteger)
    party: str
    data: str
    sent: str | None = None
    updated_at: datetime = Field(sa_type=UtcDateTime)
