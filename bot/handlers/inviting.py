"""/invite R-7K2F4: a QR code on the doctor's screen, for the phone of the patient who sits before them.

The code lets in once and only with a second factor (birth year or last four of the phone). Whoever may open who the
patient is may invite them; each invitation is an audit row.
"""

import io

import segno
from sqlalchemy import select

from bot.answers import Answer, FileOut, Say
from bot.handlers.visit import Visit
from bot.identity import Standing, issue_invite
from events.actions import relations
from events.referral_state import ReferralState
from models.audit import write_audit
from models.installation import BOT_NAME, remembered
from models.summaries import SummaryRow
from models.values import parse_referral_code

_S = SummaryRow.__table__  # type: ignore[attr-defined]


async def invite(visit: Visit, standing: Standing, rest: str) -> Answer:
    """The QR code and what it is for."""
    code = parse_referral_code(rest)
    if code is None:
        return _says(visit, "invite-usage")
    stream = (await visit.tx.execute(select(_S.c.stream).where(_S.c.code == code))).scalar()
    loaded = await visit.side.journal.load(visit.tx, [stream] if stream else [])
    state = loaded[stream].state if stream else None
    if not isinstance(state, ReferralState) or not relations(state, standing.party):
        return _says(visit, "refused-unknown-referral")
    if state.provisional:
        return _says(visit, "invite-unidentified")
    actor = f"person:{standing.party.id}"
    try:
        made = await issue_invite(
            visit.tx, visit.side.keyring, state.patient, visit.directory, visit.now, standing.party.id
        )
    except ValueError:  # neither a birth year nor a phone: nothing to prove who joins
        return _says(visit, "invite-unidentified")
    await write_audit(visit.tx, visit.now, actor, "invite", state.patient)
    bot = await remembered(visit.tx, BOT_NAME)
    picture = io.BytesIO()
    link = f"https://t.me/{bot}?start={made.text}" if bot else made.text
    segno.make(link, micro=False).save(picture, kind="png", scale=8, border=4)
    said = Say(visit.inbound.chat, visit.text("invite-shown", code=code))
    return Answer(says=(said,), files=(FileOut(visit.inbound.chat, f"{code}.png", picture.getvalue(), photo=True),))


def _says(visit: Visit, key: str) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, visit.text(key)),))
