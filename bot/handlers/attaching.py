"""A photo or PDF for a referral: as a reply to its card, with its code as the caption, or while a draft is open.

The bytes are fetched before the transaction begins (a download must hold up nobody) and kept in it.
"""

from dataclasses import dataclass

from sqlalchemy import select

from bot.answers import Answer, FileOut, Say
from bot.channel import Outgoing
from bot.drafts.documents import MOST_BYTES, MOST_FILES, kind_of_file, opened_about, rows_about, store
from bot.handlers import forms, patient_files
from bot.handlers.carrying_out import refusal
from bot.handlers.forms import WAITS, FormKind
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.card_rows import card_at
from bot.sending.views import load_subjects, may_open
from bot.texts import plain, quote
from events.actions import Action, actions
from events.base import Refused
from events.referral_commands import AttachDocument
from events.referral_state import ReferralState
from models.audit import write_audit
from models.deliveries import DraftRow
from models.documents import DocumentKind
from models.sealed import SITE
from models.summaries import SummaryRow
from models.values import StreamKind, kind_of, parse_referral_code

_DRAFTS = DraftRow.__table__  # type: ignore[attr-defined]
_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_DRAFT = "draft-"
_TAKEN = frozenset({"photo", "document"})  # of staff; what they say they type


@dataclass(frozen=True, slots=True)
class Target:
    """What a file is for: a referral's stream or a draft, and who sends it."""

    about: str
    standing: Standing


async def wanted(visit: Visit) -> bool:
    """Whether the file that came is for something, and so worth fetching."""
    if visit.inbound.medium in _TAKEN and await target(visit) is not None:
        return True
    return await patient_files.wanted(visit)


async def target(visit: Visit) -> Target | None:
    """What the file that came is for; None where nothing says so, or it is none of theirs."""
    standing = next((each for each in visit.standings if each.staff), None)
    if standing is None:
        return None
    about = await _named(visit, standing)
    if about is None:
        return None
    if about.startswith(_DRAFT):
        return Target(about, standing)
    subject = (await load_subjects(visit.tx, {about: about})).get(about)
    state = subject.referral if subject else None
    if state is None or Action.attach not in actions(state, standing.party):
        return None
    return Target(about, standing)


async def _named(visit: Visit, standing: Standing) -> str | None:
    inbound = visit.inbound
    if inbound.message is not None:
        card = await card_at(visit.tx, inbound.chat, inbound.message)
        if card is not None and card["recipient"] == standing.party.id:
            about: str = card["about"]
            return about if kind_of(about) is StreamKind.referral else None
    if (code := parse_referral_code(inbound.text.partition(" ")[0])) is not None:
        query = select(_SUMMARIES.c.stream).where(_SUMMARIES.c.code == code)
        stream: str | None = (await visit.tx.execute(query)).scalar()
        return stream
    mine = (_DRAFTS.c.chat == inbound.chat) & (_DRAFTS.c.party == standing.party.id) & _DRAFTS.c.sent.is_(None)
    fresh = _DRAFTS.c.updated_at > visit.now - WAITS
    latest = select(_DRAFTS.c.id).where(mine, fresh).order_by(_DRAFTS.c.updated_at.desc()).limit(1)
    draft = (await visit.tx.execute(latest)).scalar()
    return f"{_DRAFT}{draft}" if draft else None


async def attach(visit: Visit) -> Answer:
    """The answer to a file: kept, or why not."""
    inbound = visit.inbound
    if not inbound.medium:
        return _says(visit, visit.text("forwarded"))
    if not visit.staff:
        return await patient_files.sent(visit)
    found = await target(visit) if inbound.file is not None and inbound.medium in _TAKEN else None
    if found is None and any(each.party.patients for each in visit.standings):
        return await patient_files.sent(visit)  # staff who are somebody's relatives too
    if inbound.file is None or inbound.medium not in _TAKEN:
        return _says(visit, visit.text("press-or-type"))
    if inbound.file.size > MOST_BYTES:
        return _says(visit, visit.text("file-too-big", limit=MOST_BYTES // 1_000_000))
    if found is None:
        return _says(visit, visit.text("file-for-what"))
    if inbound.content is None:
        return _says(visit, visit.text("file-not-fetched"))
    kind = kind_of_file(inbound.content)
    if kind is None or kind in (DocumentKind.ogg, DocumentKind.mp4):
        return _says(visit, visit.text("file-kind"))
    if len(await rows_about(visit, found.about)) >= MOST_FILES:
        return _says(visit, visit.text("file-too-many", limit=MOST_FILES))
    person = found.standing.party.id
    if found.about.startswith(_DRAFT):
        await store(visit, found.about, SITE, kind, inbound.content, person)
    else:
        try:
            await _attach(visit, found, kind, inbound.content)
        except Refused as refused:
            return _says(visit, Outgoing(quote(refusal(visit, found.standing, refused), 300)))
    remove = (inbound.written,) if inbound.written is not None else ()
    says = [Say(inbound.chat, visit.text("file-stored"))]
    form = await forms.pending(visit)
    if form is not None and form.kind is FormKind.draft:
        # What was asked for is still wanted.
        says.append(Say(inbound.chat, visit.text(f"ask-{form.data['field']}")))
    return Answer(says=tuple(says), remove=remove)


async def _attach(visit: Visit, found: Target, kind: DocumentKind, data: bytes) -> None:
    journal = visit.side.journal
    working = (await journal.load(visit.tx, [found.about]))[found.about]
    state: ReferralState = working.state
    await visit.side.keyring.load(visit.tx, {state.patient_key})
    unique = await store(visit, found.about, state.patient_key, kind, data, found.standing.party.id)
    command = AttachDocument(stream=found.about, by=found.standing.party, document=unique, kind=kind)
    journal.decide(working, command, visit.caused_by(found.standing))
    await journal.record(visit.tx, [working])


async def show(visit: Visit, standing: Standing, about: str, document: str | None = None) -> Answer:
    """The files of a referral or plan, the newest ten, or the one that is named, for those who may see who the patient
    is; every look is an audit row.
    """
    subject = (await load_subjects(visit.tx, {about: about})).get(about)
    if subject is None or not may_open(subject, standing.party):
        return Answer(toast=plain(standing.language, "press-closed-to-you"), alert=True)
    found = await opened_about(visit, about, document)
    await write_audit(visit.tx, visit.now, f"person:{standing.party.id}", "open files", about)
    files = tuple(FileOut(visit.inbound.chat, f"{n}.{each.kind}", each.data) for n, each in enumerate(found, start=1))
    return Answer(toast=plain(standing.language, "press-done") if not files else "", files=files)


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
