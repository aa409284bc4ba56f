"""The demo network in the registry, and the people whose phones the demo page shows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from admin.network.load import Report, load_network
from admin.network.reading import RawNetwork, read_files
from bot.sending.card_rows import UNKNOWN
from models.clock import Clock
from models.database import Database, Transaction
from models.deliveries import CardRow, DeliveryRow
from models.directory_cache import DirectoryCache
from models.history import table_of
from models.parties import PartyKind, addresses, bind_chat, choose_language
from models.sealed import Keyring
from models.values import Language

NETWORK = Path(__file__).with_name("network.yaml")
_ACTOR = "demo"


@dataclass(frozen=True)
class Persona:
    """A person with a phone on the demo page. `parties`: all that the one chat stands for."""

    key: str
    chat: int
    kind: PartyKind
    parties: tuple[str, ...]
    name_zh: str
    name_en: str
    part_zh: str
    part_en: str
    language: Language = Language.zh


PERSONAS = (
    Persona(
        "community-doctor",
        101,
        PartyKind.practitioner,
        ("he-ping",),
        "何平",
        "He Ping",
        "莲塘村家庭医生",
        "family doctor, Liantang",
    ),
    Persona(
        "hospital-doctor",
        102,
        PartyKind.practitioner,
        ("lin-hao",),
        "林浩",
        "Lin Hao",
        "县人民医院心内科",
        "cardiology, Chengxi County People's Hospital",
    ),
    Persona(
        "second-hospital-doctor",
        103,
        PartyKind.practitioner,
        ("zhou-min",),
        "周敏",
        "Zhou Min",
        "县人民医院心内科(二线)",
        "cardiology, Chengxi County People's Hospital (second on duty)",
        Language.en,
    ),
    Persona(
        "coordinator",
        104,
        PartyKind.practitioner,
        ("chen-yu",),
        "陈瑜",
        "Chen Yu",
        "县人民医院总值班",
        "coordinator, Chengxi County People's Hospital",
    ),
    Persona("patient", 105, PartyKind.patient, ("li-xiuying",), "李秀英", "Li Xiuying", "患者", "patient"),
    Persona(
        "daughter",
        106,
        PartyKind.contact,
        ("wang-fang-of-li", "wang-fang-of-wang"),
        "王芳",
        "Wang Fang",
        "患者女儿(也照顾父亲)",
        "the patient's daughter, helps her father too",
    ),
    Persona(
        "admin",
        107,
        PartyKind.practitioner,
        ("liu-yang",),
        "刘洋",
        "Liu Yang",
        "系统管理员",
        "admin of the network",
    ),
)


_CARDS = table_of(CardRow)
_DELIVERIES = table_of(DeliveryRow)
_PARTIES = [party for each in PERSONAS for party in each.parties]
_ON_THE_WAY_SECONDS = 15.0  # longer than a message may take to be sent
_LOOK_SECONDS = 0.2


async def speak_to_all(database: Database, directory: DirectoryCache, clock: Clock, language: Language) -> None:
    """Write to everybody with a phone on the page in this language, and show the cards they have in it."""
    async with database.transaction() as tx:
        for party in _PARTIES:
            await choose_language(tx, party, language, clock.now(), _ACTOR)
    # Only then the cards: who draws one from now on knows of the choice.
    await directory.refresh()
    async with database.transaction() as tx:
        await _show_anew(tx, clock.now())
        going = list((await tx.execute(_GOING)).scalars())
    # What was put into words before the choice is still on its way to a card.
    ends = clock.monotonic() + _ON_THE_WAY_SECONDS
    while going and clock.monotonic() < ends:
        await asyncio.sleep(_LOOK_SECONDS)
        async with database.transaction() as tx:
            still = set((await tx.execute(_GOING)).scalars())
            if gone := [each for each in going if each not in still]:
                await _show_anew(tx, clock.now(), of=gone)
        going = [each for each in going if each in still]


_GOING = select(_DELIVERIES.c.notice).where(_DELIVERIES.c.state == "sending")


async def _show_anew(tx: Transaction, now: datetime, of: Sequence[str] | None = None) -> None:
    """Behind by one, and nobody knows what they show: the sender shows them anew. `of`: only those of these notices."""
    behind = {"shown_version": _CARDS.c.wanted_version - 1, "shown_hash": UNKNOWN, "next_at": now}
    cards = update(_CARDS).where(_CARDS.c.recipient.in_(_PARTIES)).values(behind)
    await tx.execute(cards if of is None else cards.where(_CARDS.c.notice.in_(of)))


def read_demo() -> RawNetwork:
    """The files of the demo network."""
    return read_files(NETWORK)


async def load_demo(tx: Transaction, raw: RawNetwork, keyring: Keyring, now: datetime) -> Report:
    """Load the demo network, and let each phone of the page stand for its person where it does not yet."""
    report = await load_network(tx, raw, keyring, now, _ACTOR)
    bound = await addresses(tx, _PARTIES, now)
    for persona in PERSONAS:
        for party in persona.parties:
            if not bound[party]:
                await bind_chat(tx, party, persona.kind, str(persona.chat), now, _ACTOR)
    return report
