"""What all other journeys rest on: an installation that calls itself quiet has nothing left in its hands."""

from tests.journeys.house import House


async def test_an_answer_on_its_way_is_waited_for(home: House) -> None:
    """An update counts as handled before its answer is given: no table shows that somebody still waits."""
    lin = home.hospital_doctor
    fault = await home.world.fault("delay", method="sendMessage", person=lin, seconds=0.5)
    await lin.say("/board")
    await home.quiet()
    assert len(lin.skim()) == 1
    await home.world.clear_faults(fault["id"])
    await home.proven()
