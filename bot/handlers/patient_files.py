"""A photo, PDF, voice message or short video of a patient or contact: kept for their team, sealed, opened by a press.

It goes to the follow-up plan that runs, else to the one open referral; whose it is, is asked where a chat stands for
several. What cannot be kept (a place on the map, too big, not fetched) is told of in words.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.drafts.documents import MOST_FILES, SentFile, kind_of_file, store
from bot.handlers import forms, readings
from bot.handlers.carrying_out import refusal
from bot.handlers.forms import FormKind
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain, quote
from events.base import Personal, Refused
from events.referral_commands import AttachDocument
from models.documents import DocumentRow
from models.sealed import SITE
from models.summaries import SummaryRow
from models.values import StreamKind

_DOCUMENTS = DocumentRow.__table__  # type: ignore[attr-defined]
_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
# What may hold something that was meant; a sticker holds nothing.
_TELLING = frozenset({"voice", "audio", "photo", "video", "video_note", "document", "location", "venue"})
_A_DAY = timedelta(days=1)


async def wanted(visit: Visit) -> bool:
    """Whether the file that came is worth fetching: somebody of a patient's side sends it, and not too many a day."""
    speaking = _speaking(visit)
    return bool(speaking) and visit.inbound.medium in _TELLING and not await _too_many(visit, speaking)


async def sent(visit: Visit) -> Answer:
    """The answer to what a patient or contact sent instead of text."""
    inbound, speaking = visit.inbound, _speaking(visit)
    if not speaking or inbound.medium not in _TELLING:
        return _says(visit, visit.text("press-or-type"))
    kind = kind_of_file(inbound.content) if inbound.content is not None else None
    if kind is None or inbound.content is None:
        if inbound.file is not None and await _too_many(visit, speaking):
            return _says(visit, visit.text("file-too-many-today", limit=MOST_FILES))
        return await _told_of(visit, speaking)
    if len(speaking) > 1:
        about = f"whom-{visit.cause}"
        await store(visit, about, SITE, kind, inbound.content, speaking[0].party.id)
        data = {"file": about, "medium": inbound.medium, "text": inbound.text}
        return await readings.ask_whom(visit, speaking, **data)
    return await _keep(visit, speaking[0], SentFile(kind, inbound.content), inbound.medium, inbound.text)


async def chosen(visit: Visit, patient: str) -> Answer:
    """They said whose file, or whose reading, it was."""
    form = await forms.pending(visit)
    standing = next((each for each in visit.standings if patient in each.party.patients), None)
    if form is None or form.kind is not FormKind.whom or standing is None or "file" not in form.data:
        return await readings.chosen(visit, patient)
    await forms.drop(visit)
    file = await SentFile.waiting(visit, form.data["file"])
    if file is None:
        return _says(visit, visit.text("file-not-fetched"))
    return await _keep(visit, standing, file, form.data["medium"], form.data["text"])


async def _keep(visit: Visit, standing: Standing, file: SentFile, medium: str, caption: str) -> Answer:
    words = f"{plain(visit.language, 'media-kept', what=medium)} {caption}".strip()
    told = await readings.words_to_team(visit, standing, words, "patient-file-kept", file)
    return told or await _to_referral(visit, standing, file, caption) or _says(visit, visit.text("press-or-type"))


async def _to_referral(visit: Visit, standing: Standing, file: SentFile, caption: str) -> Answer | None:
    """With the one referral that is open; None where there is none, or where there are several to choose from."""
    query = select(_SUMMARIES.c.stream).where(
        _SUMMARIES.c.patient.in_(sorted(standing.party.patients)), _SUMMARIES.c.kind == StreamKind.referral,
        _SUMMARIES.c.open,
    )  # fmt: skip
    found = (await visit.tx.execute(query)).scalars().all()
    if len(found) != 1:
        return None
    journal = visit.side.journal
    working = (await journal.load(visit.tx, [found[0]]))[found[0]]
    unique = await file.keep(visit, found[0], working.state.patient_key, standing.party.id)
    text = Personal(text=caption) if caption else None
    command = AttachDocument(stream=found[0], by=standing.party, document=unique, kind=file.kind, caption=text)
    try:
        journal.decide(working, command, visit.caused_by(standing))
    except Refused as refused:
        return _says(visit, Outgoing(quote(refusal(visit, standing, refused), 300)))
    await journal.record(visit.tx, [working])
    return _says(visit, visit.text("patient-file-kept"))


async def _told_of(visit: Visit, speaking: Sequence[Standing]) -> Answer:
    if len(speaking) == 1:
        what = plain(visit.language, "media-came", what=visit.inbound.medium)
        words = f"{what} {visit.inbound.text}".strip()
        if (told := await readings.words_to_team(visit, speaking[0], words, "press-or-type-told")) is not None:
            return told
    return _says(visit, visit.text("press-or-type"))


async def _too_many(visit: Visit, speaking: Sequence[Standing]) -> bool:
    mine = _DOCUMENTS.c.added_by.in_([each.party.id for each in speaking])
    query = select(func.count()).where(mine, _DOCUMENTS.c.added_at > visit.now - _A_DAY)
    return bool((await visit.tx.execute(query)).scalar_one() >= MOST_FILES)


def _speaking(visit: Visit) -> list[Standing]:
    return [each for each in visit.standings if each.party.patients]


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
