"""`make screenshots`: plays with the demo in Chromium, looks for what must not be, keeps the README's pictures.

On the page nothing may complain, nothing may be wider than the window, and the keyboard alone must be able to send a
sample. AssertionError says what was wrong.
"""

import asyncio
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.browser import Page, browser
from tests.demo_run import Demo, demo
from tests.phones import Sandbox

PLAYED_WITHIN = 180.0
_CAPTION = "(document.querySelector('.story-words')?.textContent ?? '').includes('{}')"
IMAGES = Path(__file__).parent.parent / "docs" / "images"
_ZONE = ZoneInfo("Asia/Shanghai")
_DRAWN = "document.querySelectorAll('.rfs-phone').length >= 7 && document.querySelectorAll('.loop').length >= {loops}"


async def play(shown: Demo) -> None:
    """A referral that went well so far, one to be routed, and an emergency that nobody has answered for two minutes."""
    phones = await Sandbox.connect(await shown.sandbox())
    try:
        await phones.settle()
        await phones.clock.to(_next_morning(await phones.clock.now()))
        lin = await phones.person("hospital-doctor", name="林浩")
        patient = await phones.person("patient", name="李秀英")
        await shown.send("nobody-named")
        await shown.send("high-pressure")
        card = await lin.expect("紧急转诊")
        await card.press(next(label for label in card.labels if label.startswith("接收")))
        asked = await patient.expect("澄溪县人民医院")
        await asked.press(asked.labels[0])
        await shown.send("chest-pain")
        await lin.expect("STAT")
        await phones.clock.forward(minutes=2)
    finally:
        await phones.close()


async def late_in_the_evening(shown: Demo) -> None:
    """The story is played when nothing routine is told any more."""
    phones = await Sandbox.connect(await shown.sandbox())
    try:
        await phones.settle()
        now = await phones.clock.now()
        late = now.astimezone(_ZONE).replace(hour=22, minute=30)
        await phones.clock.to(late if late > now else late + timedelta(days=1))
    finally:
        await phones.close()


def _next_morning(now: datetime) -> datetime:
    """09:40 of the next working day: at night patients are left in peace."""
    day = now.astimezone(_ZONE) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.replace(hour=9, minute=40, second=0, microsecond=0)


async def look(page: Page, url: str, width: int, height: int, loops: int) -> None:
    """Open the page and wait until it is drawn; it must fit."""
    await page.open(url, width, height, mobile=width < 500)
    await page.until(_DRAWN.format(loops=loops))
    await page.until("document.querySelectorAll('.event').length > 0")
    await asyncio.sleep(1)  # fonts and the little animations
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{url} is {wide} px wide in a window of {width}"


async def send_by_keyboard(page: Page) -> None:
    """Open the menu of samples and send the first with the keyboard alone."""
    await page.evaluate("document.querySelector('#samples button').focus()")
    await page.press("Enter", 13, "\r")
    await page.until("document.activeElement.getAttribute('role') === 'menuitem'")
    await page.press("ArrowDown", 40)
    await page.press("Enter", 13, "\r")
    await page.until("!!document.querySelector('.answer-taken')")


async def watch_the_story(page: Page, url: str, width: int, height: int, picture: Path | None) -> None:
    """Play it to its end; on the way, when somebody has the patient, keep what is to be seen."""
    await look(page, url, width, height, loops=5)
    await page.evaluate("document.getElementById('play-story').click()")
    await page.until(_CAPTION.format("Dr Zhou takes her"), PLAYED_WITHIN)
    await page.until("!!document.querySelector('.story-bar i:nth-child(7).done')", PLAYED_WITHIN)
    await page.until("document.getElementById('events').textContent.includes('PatientArrived')", PLAYED_WITHIN)
    if picture is not None:
        await page.picture(picture)
    await page.until(_CAPTION.format("That was it"), PLAYED_WITHIN)
    await page.until("!document.body.classList.contains('story-on')")


async def stop_the_story(page: Page, url: str) -> None:
    """On a phone's width; it stops where it is, and what it did stays."""
    await look(page, url, 390, 844, loops=5)
    await page.evaluate("document.getElementById('play-story').click()")
    await page.until(_CAPTION.format("chest pain"), PLAYED_WITHIN)
    await page.evaluate("document.getElementById('play-story').click()")
    await page.until("!document.body.classList.contains('story-on')")
    await page.until("!!document.querySelector('.story .tool')")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, f"the story is {wide} px wide"


async def main() -> None:
    """Take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        async with demo(Path(directory) / "data") as shown, browser() as page:
            url = f"{shown.url}/demo?lang=en&pace=0.3"
            await late_in_the_evening(shown)
            await watch_the_story(page, url, 1440, 900, IMAGES / "story.png")
            await stop_the_story(page, url)
            assert not page.complaints, page.complaints
        async with demo(Path(directory) / "again") as shown, browser() as page:
            await play(shown)
            await look(page, f"{shown.url}/demo?lang=en", 1440, 900, loops=8)
            await page.until("!document.querySelector('.rfs-row').textContent.includes('更多')", PLAYED_WITHIN)
            await asyncio.sleep(1)  # the little animations
            await page.picture(IMAGES / "demo.png")
            await look(page, f"{shown.url}/demo?lang=en&show=phones", 390, 844, loops=8)
            await page.evaluate("document.querySelectorAll('.rfs-tab')[2].click()")
            await asyncio.sleep(1)  # it scrolls
            await page.picture(IMAGES / "demo-phone.png")
            for part in ("loops", "events"):
                await look(page, f"{shown.url}/demo?lang=zh&show={part}", 390, 844, loops=8)
            await look(page, f"{shown.url}/demo?lang=zh", 1440, 900, loops=8)
            await send_by_keyboard(page)
            assert not page.complaints, page.complaints
    for picture in ("story.png", "demo.png", "demo-phone.png"):
        size = (IMAGES / picture).stat().st_size
        assert size < 400_000, f"{picture} has {size} bytes"
        sys.stdout.write(f"docs/images/{picture}: {size // 1024} kB\n")


if __name__ == "__main__":
    asyncio.run(main())
