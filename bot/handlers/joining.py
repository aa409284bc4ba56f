"""How a chat comes to stand for somebody: a one-time code, for patients and contacts with a second factor."""

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.handlers import forms
from bot.handlers.forms import FormKind
from bot.handlers.guesses import Guesses
from bot.handlers.visit import Visit
from bot.identity import standings
from bot.texts import t
from models.binding import MOST_TRIES, BindingCodeRow, Bound, Refused, redeem_code
from models.parties import PartyKind, mark_reachable
from models.values import Language

_CODES = BindingCodeRow.__table__  # type: ignore[attr-defined]
_CODE_LENGTH = 22  # 16 random bytes in base64


async def redeem(visit: Visit, guesses: Guesses, code: str, factor: str | None = None) -> Answer:
    """Try a code. Every reason why it does not work reads the same, but for what the holder of the link can mend."""
    side, chat, user = visit.side, visit.inbound.chat, visit.inbound.user
    now = side.clock.monotonic()
    if minutes := guesses.locked_minutes(user, now):
        return _says(visit, visit.text("bind-locked", minutes=minutes))
    if guesses.busy(now):
        return _says(visit, visit.text("bind-busy"))
    outcome: Bound | Refused = Refused.unknown
    if len(code) == _CODE_LENGTH and user == chat:
        outcome = await redeem_code(visit.tx, side.keyring, code, str(chat), visit.now, factor)
    if isinstance(outcome, Bound):
        guesses.right(user)
        return await _welcome(visit, outcome)
    if outcome is Refused.second_factor:
        await forms.begin(visit, FormKind.second_factor, code=code)
        return _says(visit, visit.text("bind-second-factor"))
    guesses.wrong(user, now)
    if outcome is Refused.wrong_factor and (left := await _tries_left(visit, code)):
        await forms.begin(visit, FormKind.second_factor, code=code)
        return _says(visit, visit.text("bind-wrong-factor", left=left))
    await forms.drop(visit)
    return _says(visit, visit.text("bind-failed"))


async def _tries_left(visit: Visit, code: str) -> int:
    blind = visit.side.keyring.blind(f"code|{code}")
    tries = (await visit.tx.execute(select(_CODES.c.tries).where(_CODES.c.code == blind))).scalar()
    return max(0, MOST_TRIES - (tries or 0))


async def _welcome(visit: Visit, bound: Bound) -> Answer:
    await forms.drop(visit)
    chat = visit.inbound.chat
    await mark_reachable(visit.tx, str(chat), visit.now, bound.party)
    now_here = await standings(visit.tx, chat, visit.now, visit.directory)
    mine = next((each for each in now_here if each.party.id == bound.party), None)
    language = mine.language if mine else Language.zh
    person = visit.directory.person(bound.party)
    if bound.party_kind is PartyKind.practitioner and person is not None:
        said = t(language, "welcome-staff", name=person.name(language))
        moved = t(language, "bound-old-chat")
    else:
        said = t(language, "welcome-patient")
        moved = t(language, "bound-old-chat-patient")
    old = [int(each.chat) for each in bound.others if each.blocked_at is None]
    says = (Say(chat, Outgoing(said)), *(Say(each, Outgoing(moved)) for each in old))
    return Answer(says=says, stands_anew=True)


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
