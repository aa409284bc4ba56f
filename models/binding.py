"""One-time codes by which a chat comes to stand for a person, a patient or a contact.

A code has 128 random bits and fits a deep link (22 characters). Only its blind index is kept. Staff codes
live ten minutes; those of patients and contacts three days, with a second factor asked.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Index, Text, insert, select, update
from sqlmodel import Field, SQLModel

from models.database import Transaction, UtcDateTime
from models.history import one_of, table_of
from models.parties import ChatAddress, PartyKind, bind_chat, parties_of_chat
from models.sealed import Keyring

STAFF_LIFETIME = timedelta(minutes=10)
PATIENT_LIFETIME = timedelta(hours=72)
MOST_TRIES = 5


class BindingCodeRow(SQLModel, table=True):
    """A code that was given out. `factors`: blind indexes of the answers that count as second factor."""

    __tablename__ = "binding_codes"
    __table_args__ = (
        one_of("party_kind", PartyKind),
        CheckConstraint("tries >= 0", name="tries"),
        Index(None, "party"),
    )

    code: str = Field(primary_key=True)
    party: str
    party_kind: PartyKind = Field(sa_type=Text)
    factors: list[str] = Field(default_factory=list, sa_type=JSON)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    expires_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_by: str | None = None


class Refused(StrEnum):
    """Why a code binds nothing. A stranger is told the same for all of them but `second_factor`."""

    unknown = "unknown"
    expired = "expired"
    used = "used"
    locked = "locked"
    second_factor = "second_factor"
    wrong_factor = "wrong_factor"


@dataclass(frozen=True)
class Code:
    """A new code, to be shown once."""

    text: str
    expires_at: datetime


@dataclass(frozen=True)
class Bound:
    """The chat now stands for the party; `others` are the party's older chats, to be told."""

    party: str
    party_kind: PartyKind
    others: tuple[ChatAddress, ...]


async def issue_code(
    tx: Transaction,
    keyring: Keyring,
    party: str,
    party_kind: PartyKind,
    now: datetime,
    made_by: str,
    factors: Collection[str] = (),
) -> Code:
    """A new code for a party; the codes given out for it before are void.

    `factors` are the answers that count as second factor (a birth year, the last four digits of a phone),
    needed for everybody but staff: ValueError without any.
    """
    staff = party_kind is PartyKind.practitioner
    if not staff and not factors:
        raise ValueError("factors: a patient or contact is invited only with a birth year or a phone number known")
    codes = table_of(BindingCodeRow)
    open_codes = (codes.c.party == party, codes.c.used_at.is_(None), codes.c.expires_at > now)
    await tx.execute(update(codes).where(*open_codes).values(expires_at=now))
    text, expires_at = secrets.token_urlsafe(16), now + (STAFF_LIFETIME if staff else PATIENT_LIFETIME)
    code = keyring.blind(f"code|{text}")
    row = {
        "code": code,
        "party": party,
        "party_kind": party_kind,
        "factors": [] if staff else [_factor(keyring, code, each) for each in factors],
        "made_at": now,
        "made_by": made_by,
        "expires_at": expires_at,
        "tries": 0,
        "used_at": None,
        "used_by": None,
    }
    await tx.execute(insert(codes), [row])
    return Code(text, expires_at)


async def redeem_code(
    tx: Transaction, keyring: Keyring, text: str, chat: str, now: datetime, factor: str | None = None
) -> Bound | Refused:
    """Let the chat stand for the code's party, once. Asks for the second factor by `Refused.second_factor`.

    The same chat with the same code again gets the same answer, so that an update handled twice does no harm.
    """
    codes = table_of(BindingCodeRow)
    code = keyring.blind(f"code|{text}")
    row = (await tx.execute(select(codes).where(codes.c.code == code).with_for_update())).mappings().first()
    if row is None:
        return Refused.unknown
    party, kind = row["party"], PartyKind(row["party_kind"])
    if row["used_at"] is not None:
        stands = any(each.party == party for each in await parties_of_chat(tx, chat, now))
        return Bound(party, kind, ()) if stands and row["used_by"] == chat else Refused.used
    refused = _refused(keyring, row["tries"], row["expires_at"], row["factors"], code, now, factor)
    if refused is Refused.wrong_factor:
        await tx.execute(update(codes).where(codes.c.code == code).values(tries=codes.c.tries + 1))
    if refused is not None:
        return refused
    await tx.execute(update(codes).where(codes.c.code == code).values(used_at=now, used_by=chat))
    return Bound(party, kind, await bind_chat(tx, party, kind, chat, now, actor=party))


def _refused(
    keyring: Keyring,
    tries: int,
    expires_at: datetime,
    factors: Collection[str],
    code: str,
    now: datetime,
    factor: str | None,
) -> Refused | None:
    if expires_at <= now:
        return Refused.expired
    if tries >= MOST_TRIES:
        return Refused.locked
    if factors and factor is None:
        return Refused.second_factor
    if factors and factor is not None and _factor(keyring, code, factor) not in factors:
        return Refused.wrong_factor
    return None


def _factor(keyring: Keyring, code: str, answer: str) -> str:
    return keyring.blind(f"factor|{code}|{answer.strip()}")
