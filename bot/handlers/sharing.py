"""A member of staff joins by sharing their own number: it is matched to the registry, and their head says yes.

Telegram vouches that a shared contact is the sender's own. Whether the number is known is told to nobody but the head:
whoever shares one hears the same line.
"""

from datetime import timedelta

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import plain, t
from bot.view import Button, Rendered
from models.audit import NOBODY_LETS_IN, write_audit
from models.deliveries import ActionTokenRow
from models.parties import PartyKind, addresses, bind_chat, mark_reachable
from models.phones import normal_phone
from models.places import Person
from models.values import Language

_TOKENS = ActionTokenRow.__table__  # type: ignore[attr-defined]
YES, NO = "staff_joins", "staff_stays_out"
# A head who has been asked is not asked again by every further tap; after that the buttons are too old as well.
_ASKED_ONCE, _ANSWERED_WITHIN = timedelta(hours=1), timedelta(hours=24)


async def shared(visit: Visit) -> Answer:
    """The answer to a contact: their own number is looked at, somebody else's never is."""
    inbound = visit.inbound
    if not inbound.own_contact or inbound.user != inbound.chat:
        return _says(visit, "share-own-number")
    person = _of_phone(visit, inbound.phone or "")
    if person is None or visit.standing(person.id) is not None:
        return _says(visit, "share-received" if person is None else "share-known")
    head = await _who_says_yes(visit, person.id)
    if head is None:
        # `refloop doctor` says so; to whoever shares it is the line that everybody hears.
        await write_audit(visit.tx, visit.now, f"chat:{inbound.chat}", NOBODY_LETS_IN, person.id)
    ask = await _ask(visit, person, *head) if head is not None else None
    return Answer(says=(Say(inbound.chat, visit.text("share-received")), *((ask,) if ask else ())))


def _of_phone(visit: Visit, phone: str) -> Person | None:
    try:
        number = normal_phone(phone if phone.startswith("+") else f"+{phone}")  # Telegram names the country
    except ValueError:
        return None
    found = [each for each in visit.directory.people() if each.phone == number]
    return found[0] if len(found) == 1 and visit.directory.roles(found[0].id, visit.now) else None


def _heads(visit: Visit, person: str) -> list[str]:
    """Who may let them in, in this order: the heads, the coordinators of where they work, the admins; never they."""
    directory, now = visit.directory, visit.now
    held = directory.roles(person, now)
    found = [
        *(directory.head(each.facility, each.department, now) for each in held),
        *(directory.coordinator(each.facility, now) for each in held),
        *directory.admins(now),
    ]
    return [each for each in dict.fromkeys(found) if each is not None and each != person]


async def _who_says_yes(visit: Visit, person: str) -> tuple[str, int] | None:
    heads = _heads(visit, person)
    known = await addresses(visit.tx, heads, visit.now)
    reachable = ((head, each) for head in heads for each in known.get(head, ()) if each.blocked_at is None)
    return next(((head, int(each.chat)) for head, each in reachable), None)


async def _ask(visit: Visit, person: Person, head: str, chat: int) -> Say | None:
    about = f"joins-{visit.inbound.chat}-{person.id}"
    asked = (_TOKENS.c.about == about) & (_TOKENS.c.chat == chat) & (_TOKENS.c.created_at > visit.now - _ASKED_ONCE)
    # By the chat and not by an index of its own: whoever taps again does so within the hour.
    if (await visit.tx.execute(select(_TOKENS.c.token).where(_TOKENS.c.notice == "", asked).limit(1))).first():
        return None
    known = visit.directory.person(head)
    language = known.language if known else Language.zh
    params = {"person": person.id, "chat": str(visit.inbound.chat)}
    buttons = (
        Button(plain(language, "button-let-in"), YES, params),
        Button(plain(language, "button-keep-out"), NO, params),
    )
    rendered = Rendered(t(language, "share-ask", name=person.name(language)), (buttons,))
    outgoing, tokens = labelled(rendered, Asked(head, chat, "", about, 0), visit.now)
    for each in tokens:
        each["expires_at"] = visit.now + _ANSWERED_WITHIN
    await write_tokens(visit.tx, tokens)
    await write_audit(visit.tx, visit.now, f"chat:{visit.inbound.chat}", "ask to join", person.id)
    return Say(chat, outgoing)


async def let_in(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """The head says yes: the chat stands for the person from now on; their other chats are told."""
    person, chat, actor = visit.directory.person(params["person"]), int(params["chat"]), f"person:{standing.party.id}"
    if person is None or standing.party.id not in _heads(visit, person.id):
        return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)
    if not visit.directory.roles(person.id, visit.now):
        return Answer(toast=plain(standing.language, "share-left"), alert=True)
    others = await bind_chat(visit.tx, person.id, PartyKind.practitioner, str(chat), visit.now, actor)
    await mark_reachable(visit.tx, str(chat), visit.now, actor)
    await write_audit(visit.tx, visit.now, actor, "let in", person.id)
    welcome = Say(chat, Outgoing(t(person.language, "welcome-staff", name=person.name(person.language))))
    moved = Outgoing(t(person.language, "bound-old-chat"))
    old = tuple(Say(int(each.chat), moved) for each in others if each.blocked_at is None)
    return Answer(toast=plain(standing.language, "press-done"), says=(welcome, *old))


async def keep_out(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """The head says no: nothing changes, and it is written down."""
    actor = f"person:{standing.party.id}"
    await write_audit(visit.tx, visit.now, actor, "not let in", params["person"])
    return Answer(toast=plain(standing.language, "share-refused"))


def _says(visit: Visit, key: str) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, visit.text(key), politely=not visit.standings),))
