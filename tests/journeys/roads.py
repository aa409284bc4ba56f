"""Where journeys begin: a patient at home with a plan, a referral that somebody has, and a look at the calendar."""

from tests.journeys.house import LI, House
from tests.phones import Card


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
