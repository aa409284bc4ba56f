"""One loop from the request to the follow-up of somebody who went home, for tests that need a history."""

from datetime import timedelta

from events.discharge import FormAnswer
from events.discharge_decider import AnswerReturnForm, SendReturnForm
from events.referral import Appointment, OutcomeKind
from events.referral_commands import AcceptReferral, ConfirmTime, RecordArrival, ReportOutcome
from models.values import Role
from tests.integration.world import START, Core, core, prepare
from tests.unit.events.story import DESK, LI, LIN, staff, words

FAMILY_DOCTOR = staff("he-ping", "liantang", Role.family_doctor)


TRAVELLED = START + timedelta(days=9)  # when the whole road is behind


async def whole_road(world: Core) -> str:
    """From the request to the follow-up of somebody who went home."""
    stream: str = (await world.request()).state.id
    at = world.clock.now() + timedelta(days=1)
    await world.do(AcceptReferral(stream=stream, by=LIN, appointment=Appointment(at=at)))
    await world.do(ConfirmTime(stream=stream, by=LI))
    await world.forward(timedelta(days=1))
    await world.do(RecordArrival(stream=stream, by=LIN))
    await world.do(ReportOutcome(stream=stream, by=LIN, kind=OutcomeKind.discharged))
    [papers] = await world.rows("SELECT stream FROM summaries WHERE kind = 'discharge' AND loop = :l", l=stream)
    await world.do(SendReturnForm(stream=papers.stream, by=DESK, diagnosis=words()))
    await world.do(AnswerReturnForm(stream=papers.stream, by=FAMILY_DOCTOR, answer=FormAnswer.received))
    await world.forward(timedelta(days=8))
    return stream


async def travel(url: str) -> None:
    """Make the tables, load the demo network, and go the whole road once."""
    await prepare(url)
    async with core(url) as parts:
        await whole_road(parts)
        assert parts.clock.now() == TRAVELLED
