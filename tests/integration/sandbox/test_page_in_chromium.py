"""The sandbox's page in a real browser: what it shows in the end, and where the keyboard stands meanwhile."""

from bot.sandbox.app import Served
from tests.browser import Page
from tests.integration.sandbox.conftest import Api
from tests.phones import Phone

# A transcript that has been answered waits for us until `letGo()`: the network may be that slow.
_HOLD = """(() => {
  const fetched = window.fetch;
  window.held = [];
  window.letGo = () => window.held.splice(0).forEach((go) => go());
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    if (String(asked[0]).endsWith("/transcript")) await new Promise((go) => window.held.push(go));
    return answer;
  };
})()"""
_WORDS = "!!document.querySelector('.rfs-chat')?.innerText.includes('{}')"
_FOCUSED = "document.activeElement.textContent"


async def test_what_changes_while_a_chat_is_fetched_is_shown(
    chromium: Page, sandbox: Served, lin: Phone, api: Api
) -> None:
    card = (await api("sendMessage", chat_id=lin.id, text="first")).result["message_id"]
    await chromium.open(f"{sandbox.url}/", 800, 700)
    await chromium.until(_WORDS.format("first"))
    await chromium.evaluate(_HOLD)
    await api("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await chromium.until("window.held.length > 0")
    await api("editMessageText", chat_id=lin.id, message_id=card, text="second")
    await api("sendMessage", chat_id=lin.id, text="third")
    await chromium.until(_WORDS.format("third"))
    await chromium.evaluate("window.letGo()")
    await chromium.until("!!document.querySelector('.rfs-menu-up').textContent.includes('/help')")
    assert await chromium.evaluate(_WORDS.format("second"))
    assert await chromium.evaluate(_WORDS.format("third"))
    assert not await chromium.evaluate(_WORDS.format("first"))
    assert not chromium.complaints


async def test_the_keyboard_stays_where_it_is_when_something_arrives(
    chromium: Page, sandbox: Served, lin: Phone, api: Api
) -> None:
    buttons = {"inline_keyboard": [[{"text": word, "callback_data": word} for word in ("Accept", "Decline")]]}
    sent = await api("sendMessage", chat_id=lin.id, text="a card", reply_markup=buttons)
    await chromium.open(f"{sandbox.url}/", 800, 700)
    await chromium.until("document.querySelectorAll('.rfs-button').length === 2")
    await chromium.evaluate("document.querySelectorAll('.rfs-button')[1].focus()")
    await api("sendMessage", chat_id=lin.id, text="another")
    await chromium.until(_WORDS.format("another"))
    assert await chromium.evaluate(_FOCUSED) == "Decline"
    await chromium.press("Enter", 13, "\r")
    await lin.world.wait_for(lambda: lin.presses, 10)
    assert [press["label"] for press in lin.presses.values()] == ["Decline"]
    await api("editMessageText", chat_id=lin.id, message_id=sent.result["message_id"], text="decided")
    await chromium.until(_WORDS.format("decided"))
    assert await chromium.evaluate("document.activeElement.closest('.rfs-chat') !== null")
    # The strip of faces counts what is unread, and is drawn anew for it.
    await chromium.evaluate("document.querySelector('.rfs-tab').focus()")
    await api("sendMessage", chat_id=lin.id, text="one more")
    await chromium.until(_WORDS.format("one more"))
    assert await chromium.evaluate("document.activeElement.classList.contains('rfs-tab')")
    assert not chromium.complaints
