"""Drafts as they are kept, and as they are shown: one row per draft, its card in the doctor's chat."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from bot.answers import Answer, Say
from bot.cards.draft import DraftView, draft_card, emergency_card, emergency_who, question
from bot.channel import Outgoing
from bot.drafts.deciding import decided
from bot.drafts.draft import Draft, missing
from bot.drafts.hinting import hints_of, programmes_of
from bot.drafts.people import details_of, fits, found, open_referrals, recent, shown
from bot.drafts.placing import choices, placed, works_at
from bot.handlers import forms
from bot.handlers.forms import FormKind
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.view import Rendered
from events.intake.fhir_patient import age_in_years
from models.deliveries import DraftRow
from models.documents import DocumentRow
from models.sealed import SITE
from models.summaries import SummaryRow
from models.values import StreamKind
from workers.rules.triage import parameters_of

_DRAFTS = DraftRow.__table__  # type: ignore[attr-defined]
_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_DOCUMENTS = DocumentRow.__table__  # type: ignore[attr-defined]
# After a down-referral a question is the hospital's (flows: in chat).
ASK_AFTER_DISCHARGE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft and the referral it became, if it was sent."""

    draft: Draft
    sent: str | None = None


def _place(unique: str) -> str:
    return f"drafts|data|{unique}"


async def keep(visit: Visit, standing: Standing, draft: Draft) -> None:
    """Write a draft down: a restart between two presses loses nothing."""
    sealed = visit.side.keyring.seal(SITE, draft.model_dump_json(), _place(draft.id))
    values = {"data": sealed, "updated_at": visit.now}
    changed = await visit.tx.execute(update(_DRAFTS).where(_DRAFTS.c.id == draft.id).values(**values))
    if changed.rowcount == 0:
        row = {"id": draft.id, "chat": visit.inbound.chat, "party": standing.party.id, "sent": None, **values}
        await visit.tx.execute(insert(_DRAFTS), [row])


async def kept(visit: Visit, unique: str, standing: Standing) -> Kept | None:
    """A draft of this person in this chat, locked; None when it is gone."""
    query = select(_DRAFTS).where(_DRAFTS.c.id == unique).with_for_update()
    row = (await visit.tx.execute(query)).mappings().first()
    if row is None or row["chat"] != visit.inbound.chat or row["party"] != standing.party.id:
        return None
    return Kept(Draft.model_validate_json(visit.side.keyring.open(SITE, row["data"], _place(unique))), row["sent"])


async def mark_sent(visit: Visit, draft: Draft, stream: str) -> None:
    """The draft has become a referral; what was typed is forgotten."""
    empty = Draft(id=draft.id, facility=draft.facility)
    sealed = visit.side.keyring.seal(SITE, empty.model_dump_json(), _place(draft.id))
    values = {"sent": stream, "data": sealed, "updated_at": visit.now}
    await visit.tx.execute(update(_DRAFTS).where(_DRAFTS.c.id == draft.id).values(**values))


async def forget(visit: Visit, draft: Draft) -> None:
    """Throw a draft away, with its files."""
    await visit.tx.execute(delete(_DOCUMENTS).where(_DOCUMENTS.c.about == f"draft-{draft.id}"))
    await visit.tx.execute(delete(_DRAFTS).where(_DRAFTS.c.id == draft.id))


async def completed(visit: Visit, standing: Standing, draft: Draft) -> Draft:
    """The draft with what the registry knows: the patient, as far as nobody could mean another, and a recipient."""
    looks = bool(draft.name or draft.phone or draft.id_card)
    if draft.patient is None and not draft.somebody_new and looks:
        people = await found(visit, standing.party.id, draft.facility, draft.name, draft.phone, draft.id_card)
        one = people[0] if len(people) == 1 else None
        sure = one is not None and (bool(draft.id_card) or fits(one, draft.sex, draft.age, visit.now))
        draft = draft.with_(candidates=tuple(each.id for each in people), patient=one.id if one and sure else None)
    draft = draft.with_(programmes=await programmes_of(visit, draft.patient) if draft.patient else ())
    if draft.patient is not None and (draft.age is None or draft.sex is None):
        known, _ = await details_of(visit, draft.patient)
        age = draft.age if draft.age is not None else age_in_years(known.birth(visit.side.keyring), visit.now)
        draft = draft.with_(age=age, sex=draft.sex or known.sex)
    if draft.wants == "advice" and draft.patient is not None and draft.to_facility is None:
        draft = await _whoever_sent_them_home(visit, draft, draft.patient)
    pathway = decided(draft, visit.directory, visit.now, visit.side.rules()).pathway or draft.suspected
    return placed(draft, visit.directory, pathway, visit.now)


async def _whoever_sent_them_home(visit: Visit, draft: Draft, patient: str) -> Draft:
    """For thirty days a question goes to the hospital that sent the patient home, unless it names another place."""
    query = (
        select(_SUMMARIES.c.initiator_facility, _SUMMARIES.c.department)
        .where(
            _SUMMARIES.c.patient == patient, _SUMMARIES.c.kind == StreamKind.discharge,
            _SUMMARIES.c.begun_at > visit.now - ASK_AFTER_DISCHARGE,
        )
        .order_by(_SUMMARIES.c.begun_at.desc(), _SUMMARIES.c.stream)
    )  # fmt: skip
    last = (await visit.tx.execute(query)).first()
    if last is None or last.initiator_facility == draft.facility:
        return draft
    wanted = draft.to_department or last.department
    if wanted and visit.directory.department(last.initiator_facility, wanted) is None:
        wanted = None
    return draft.with_(to_facility=last.initiator_facility, to_department=wanted)


async def view_of(visit: Visit, standing: Standing, draft: Draft, menu: str = "") -> DraftView:
    """What the card of a draft shows now."""
    decision = decided(draft, visit.directory, visit.now, visit.side.rules())
    pathway = decision.pathway or draft.suspected
    people = await shown(visit, [draft.patient] if draft.patient else draft.candidates)
    return DraftView(
        draft=draft,
        language=standing.language,
        now=visit.now,
        directory=visit.directory,
        decision=decision,
        people=people,
        duplicates=(
            await open_referrals(visit, draft.patient, draft.to_department, draft.facility) if draft.patient else ()
        ),
        choices=choices(draft, visit.directory, pathway, visit.now),
        menu=menu,
        hints=hints_of(draft, decision, visit.directory, visit.now, visit.side.rules()),
        origins=works_at(standing),
        names=parameters_of(visit.side.pack("triage", draft.to_facility or draft.facility)).names,
    )


async def show(visit: Visit, standing: Standing, draft: Draft, menu: str = "", remove: tuple[int, ...] = ()) -> Answer:
    """The draft's card: the pressed message changes; after something typed there is a new one."""
    view = await view_of(visit, standing, draft, menu)
    await keep(visit, standing, draft)
    field = next((each for each in missing(draft) if each not in draft.skipped), None)
    if draft.guided and field is not None and not menu and not draft.undecided:
        await forms.begin(visit, FormKind.draft, draft=draft.id, field=field)
        return await _shown(visit, standing, draft, question(view, field), remove)
    return await _shown(visit, standing, draft, draft_card(view), remove)


async def show_emergency(visit: Visit, standing: Standing, draft: Draft) -> Answer:
    """/sos before its last press: the suspicion, then who it is."""
    view = await view_of(visit, standing, draft)
    await keep(visit, standing, draft)
    return await _shown(visit, standing, draft, emergency_card(view), ())


async def show_whom(visit: Visit, standing: Standing, draft: Draft) -> Answer:
    """/sos, second press: those whom this doctor referred last, or nobody yet."""
    people = await recent(visit, standing.party.id, draft.facility)
    draft = draft.with_(candidates=tuple(each.id for each in people))
    view = await view_of(visit, standing, draft)
    await keep(visit, standing, draft)
    return await _shown(visit, standing, draft, emergency_who(view), ())


async def _shown(visit: Visit, standing: Standing, draft: Draft, rendered: Rendered, remove: tuple[int, ...]) -> Answer:
    asked = Asked(standing.party.id, visit.inbound.chat, "", f"draft-{draft.id}", 0)
    outgoing, tokens = labelled(rendered, asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return said(visit, outgoing, remove)


def said(visit: Visit, outgoing: Outgoing, remove: tuple[int, ...] = ()) -> Answer:
    """An answer in the place of the pressed message, or as a new one after something typed."""
    if visit.inbound.token and visit.inbound.message is not None:
        return Answer(says=(Say(visit.inbound.chat, outgoing, over=visit.inbound.message),), remove=remove)
    return Answer(says=(Say(visit.inbound.chat, outgoing),), remove=remove)
