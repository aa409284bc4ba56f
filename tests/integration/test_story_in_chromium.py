"""[Play the story] in a real browser: to its end, and stopped in the middle into free play."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import Page
from tests.demo_run import Demo, demo
from tests.integration.test_demo import words
from tests.phones import Sandbox

pytestmark = pytest.mark.timeout(300)  # a process of its own, which imports everything, and a browser

PLAYED_WITHIN = 120.0
# Every caption there was, in order.
_WATCH = """(() => {
  const root = document.getElementById("story");
  window.captions = [];
  new MutationObserver(() => {
    const words = root.querySelector(".story-words")?.textContent;
    if (words && words !== window.captions.at(-1)) window.captions.push(words);
  }).observe(root, { childList: true, subtree: true });
})()"""
_PLAY = "document.getElementById('play-story').click()"
_OVER = "!document.body.classList.contains('story-on')"

# Lin Hao's phone: the buttons of the newest card that asks for an answer at once.
_STAT = "[...document.querySelectorAll('.rfs-button')].findLast((one) => one.textContent === 'Accept, come now')"
_LABELS = "!!{}"
_PRESS = "{}.click()"
ROAD = [
    "ReferralRequested", "ReferralTriaged", "ReferralAccepted", "PatientArrived", "PatientDischarged", "ReturnFormSent",
    "OutcomeReported", "FollowUpPlanned", "ReturnFormAnswered", "ReadingRecorded",
]  # fmt: skip
BY = {"ReferralAccepted": "Zhou Min", "ReturnFormAnswered": "He Ping"}


def captions() -> list[str]:
    """What the story says, in its order."""
    script = words("en")
    return [text for key, text in script.items() if key.startswith("story-")]


async def timeline(shown: Demo, loop: str) -> list[dict[str, Any]]:
    """What happened in a loop, notices left out."""
    events = (await shown.get(f"/demo/loops/{loop}"))["events"]
    return [event for event in events if event["kind"] != "notice"]


async def test_the_story_plays_to_its_end_and_stops_into_free_play(tmp_path: Path, chromium: Page) -> None:
    async with demo(tmp_path / "data") as shown, await Sandbox.connect(await shown.sandbox()) as phones:
        before = {loop["loop"] for loop in (await shown.get("/demo/loops"))["open"]}
        # At its fastest: no rests to read, nothing that moves to be drawn; the acts are the same.
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        await chromium.call("Emulation.setEmulatedMedia", features=still)
        await chromium.open(f"{shown.url}/demo?lang=en&pace=0", 390, 844, mobile=True)
        await chromium.until("document.querySelectorAll('.rfs-phone').length >= 7")
        await chromium.evaluate(_WATCH)
        await chromium.evaluate(_PLAY)
        await chromium.until(f"window.captions.length === {len(captions())} && {_OVER}", PLAYED_WITHIN)
        assert await chromium.evaluate("window.captions") == captions()
        assert await chromium.evaluate("document.documentElement.scrollWidth") <= 390

        # The loop went the whole way, and the next one waits for somebody.
        new = [loop for loop in (await shown.get("/demo/loops"))["open"] if loop["loop"] not in before]
        [old] = [loop for loop in new if loop["kind"] == "plan"]
        assert (old["status"], old["situation"]) == ("running", "danger_asked")
        happened = [event for event in await timeline(shown, old["loop"]) if event["type"] in ROAD]
        assert [event["type"] for event in happened] == ROAD
        assert {event["type"]: event["actor"]["en"] for event in happened if event["type"] in BY} == BY
        [next_] = [loop for loop in new if loop["kind"] == "referral"]
        assert (next_["situation"], next_["priority"], next_["holder"]["person"]["en"]) == (
            "offered",
            "urgent",
            "Lin Hao",
        )

        # Again, stopped where the doctors are asked: all of it stays, and the phones are the reader's.
        await chromium.evaluate("window.captions.length = 0")
        await chromium.evaluate(_PLAY)
        await chromium.until("window.captions.length === 2")
        await chromium.evaluate(_PLAY)
        await chromium.until(_OVER)
        lin = await phones.person("hospital-doctor", name="林浩")
        await lin.expect("STAT")
        await chromium.until(_LABELS.format(_STAT))
        await chromium.evaluate(_PRESS.format(_STAT))
        accepted = await lin.world.wait_for(lambda: [each for each in lin.presses.values() if each["text"]], 20)
        assert accepted
        assert await chromium.evaluate("window.captions.length") == 2
        assert await chromium.evaluate("document.documentElement.scrollWidth") <= 390
        assert not chromium.complaints
