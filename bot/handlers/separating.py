"""Two patients who were taken for one are two again: an unmerge, by whoever may merge (flows: people).

Every loop that had moved goes back, as an event in each; what still waits for the wrong patient is
not sent, and what they or their family were sent already is withdrawn in place.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.answers import Answer, Say
from bot.board import houses
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import plain, t
from bot.view import Button, Rendered
from events.base import Refused
from events.purposes import PURPOSES, Audience
from events.referral_commands import IdentifyPatient
from events.taking_back import take_back
from models.audit import write_audit
from models.deliveries import NoticeRow
from models.history import Dated, Origin, change, open_rows, table_of
from models.patient_reading import contacts_of_ids
from models.patients import PatientRow

SEPARATE = "separate_patients"
_N = table_of(NoticeRow)
_TO_PATIENTS = tuple(purpose for purpose, rule in PURPOSES.items() if rule.audience is Audience.patient)


async def merged(visit: Visit, standing: Standing, before: RowMapping, known: str, streams: Sequence[str]) -> Answer:
    """They were joined; [They are two] takes it back. `before`: the row of the one who was not known."""
    params = {
        "patient": str(before["id"]), "known": known, "streams": " ".join(streams),
        "provisional": "yes" if before["provisional"] else "",
        "doubts": " ".join(before["doubts"] or ()),
    }  # fmt: skip
    button = Button(plain(standing.language, "button-separate"), SEPARATE, params)
    asked = Asked(standing.party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(Rendered(t(standing.language, "identified"), ((button,),)), asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))


async def separate(visit: Visit, standing: Standing, params: Mapping[str, str]) -> Answer:
    """They are two: each loop goes back to the one it came for, who is to be identified again."""
    patient, known = params["patient"], params["known"]
    row = (await open_rows(visit.tx, PatientRow, [patient])).get(patient)
    if row is None or row["merged_into"] != known:
        return Answer(toast=plain(standing.language, "refused-not-now"), alert=True)
    back = 0
    for stream in params["streams"].split():
        command = IdentifyPatient(stream=stream, by=standing.party, patient=patient)
        try:
            await visit.side.journal.handle(visit.tx, command, visit.caused_by(standing, f"{visit.cause}|{stream}"))
        except Refused:
            continue  # it has ended, or is not theirs any more
        back += 1
    if not back and not houses(standing):
        return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)
    await _take_back(visit, standing, known, params["streams"].split())
    actor = f"person:{standing.party.id}"
    values = {name: row[name] for name in ("id", *PatientRow.model_fields.keys() - Dated.model_fields.keys())}
    values |= {"merged_into": None, "provisional": bool(params["provisional"]), "doubts": params["doubts"].split()}
    await change(visit.tx, PatientRow, [values], visit.now, actor, Origin.chat)
    await write_audit(visit.tx, visit.now, actor, "separate patients", patient, known)
    return Answer(says=(Say(visit.inbound.chat, visit.text("separated"), over=visit.inbound.message),))


async def _take_back(visit: Visit, standing: Standing, known: str, loops: Sequence[str]) -> None:
    """What the wrong patient and their family were told of these loops, those that have ended since too."""
    query = select(_N.c.stream, _N.c.recipient).where(_N.c.about.in_(loops), _N.c.purpose.in_(_TO_PATIENTS))
    told = (await visit.tx.execute(query)).all()
    family = await contacts_of_ids(visit.tx, {row.recipient for row in told}, visit.now)
    ours = {known, *(unique for unique, each in family.items() if each.patient == known)}
    wrong = [row.stream for row in told if row.recipient in ours]
    await take_back(visit.tx, visit.side.journal, wrong, visit.caused_by(standing, f"{visit.cause}|back"), "two people")
