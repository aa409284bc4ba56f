"""Where journeys begin: a patient at home with a plan, a referral that somebody has, and a look at the calendar."""

from models.history import Origin, as_of, end
from models.installation import remember
from models.registry import DutyRow
from tests.journeys.house import DUTY, LI, House
from tests.phones import Card
from workers.rounds import READINESS


async def at_home(home: House) -> None:
    """Li Xiuying went home from the county hospital; her papers are with the team."""
    discharge = {
        "id": "stay-1", "patient": LI, "discharged_at": (await home.world.clock.now()).isoformat(),
        "conditions": ["hypertension"], "form": {"diagnosis": "高血压 2 级"},
    }  # fmt: skip
    answer = await home.post("chengxi-1", "refloop.discharge.v1", discharge)
    assert answer.status_code == 201, answer.text
    await (await home.community_doctor.expect("回转单")).press("已收到")


async def next_reminder(home: House) -> Card:
    """The next question to the patient, within twenty days."""
    for _ in range(20):
        await home.world.clock.forward(days=1)
        if found := home.patient.skim():
            return found[0]
    raise AssertionError("no reminder in twenty days")


_NEVER = "9999-01-01T00:00:00+00:00"


async def no_shifts(home: House) -> None:
    """Nobody keeps a rota: months go by without the shifts of thirteen houses; coordinators are asked instead.

    Nor is tomorrow's duty looked at each evening: with no rota it finds nothing, and a year has 365 evenings.
    """
    now = await home.world.clock.now()
    async with home.database() as database, database.transaction() as tx:
        rota = [row["id"] for row in await as_of(tx, DutyRow, now)]
        await end(tx, DutyRow, rota, now, "person:tests", Origin.command)
        await remember(tx, READINESS, _NEVER)


async def silence(home: House, **span: float) -> dict[str, list[str]]:
    """Nobody does anything for so long: who got which messages meanwhile (changes in place are silent)."""
    await home.quiet()  # what was said before is no part of the silence
    for phone in home.phones.values():
        phone.skim()
    await home.world.clock.forward(**span)
    heard = {key: [card.text for card in phone.skim()] for key, phone in home.phones.items()}
    heard = {key: [text for text in texts if not DUTY.search(text)] for key, texts in heard.items()}
    return {key: texts for key, texts in heard.items() if texts}
