"""The people API: what phones, tests and the page may rely on (docs/sandbox.md)."""

import json
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientSession

from bot.sandbox.app import SandboxConfig, Served, create_app, serve
from tests.integration.sandbox.conftest import Api
from tests.phones import Phone, PhoneError, Sandbox

BUTTON = {"inline_keyboard": [[{"text": "Accept", "callback_data": "a"}]]}


async def test_people_may_write_before_the_bot_has_started(world: Sandbox, api: Api) -> None:
    mei = await world.person("mei", name="Mei")
    await mei.say("anybody there?")
    (update,) = await api.updates()
    assert update["message"]["text"] == "anybody there?"
    sent = (await api("sendMessage", chat_id=mei.id, text="yes")).result
    assert sent["from"]["id"] == 4200000001


async def test_each_bot_has_its_own_chat_with_a_person(world: Sandbox, api: Api) -> None:
    other = Api(api.session, api.url, "777:another-secret")
    await api("getMe")
    await other("getMe")
    mei = await world.person("mei", name="Mei")
    await world.post("/people/mei/say", text="to the second", bot=777)
    assert await api.updates() == []
    assert len(await other.updates()) == 1
    assert (await api("sendMessage", chat_id=mei.id, text="x")).status == 403
    with pytest.raises(PhoneError, match="bot: no bot 5 has called"):
        await world.post("/people/mei/say", text="to nobody", bot=5)


async def test_a_person_keeps_the_id_when_changed(world: Sandbox) -> None:
    first = await world.post("/people", key="mei", name="Mei", phone="+8613900000002")
    again = await world.post("/people", key="mei", name="Dr Mei", language="zh")
    assert (again["id"], again["name"], again["phone"], again["language"]) == (
        first["id"], "Dr Mei", "+8613900000002", "zh",
    )  # fmt: skip


@pytest.mark.parametrize(
    "path, body, why",
    [
        ("/people", {"name": ""}, "name: 1 to 64"),
        ("/people", {"name": "x", "key": "no spaces please"}, "key: a short word"),
        ("/people", {"name": "x", "phone": "call me"}, "phone: digits"),
        ("/people", {"name": 5}, "name: expected a text"),
        ("/people/nobody/say", {"text": "x"}, "person: nobody here is called 'nobody'"),
        ("/people/lin/say", {"text": " "}, "text: there is nothing in it"),
        ("/people/lin/say", {"text": "x" * 4097}, "text: 4097 characters"),
        ("/people/lin/say", {"text": "x", "reply_to": 999}, "message: there is no message 999"),
        ("/people/lin/say", {"text": "\ud800"}, "text: half a character"),
        ("/people/lin/press", {}, "label: name the button"),
        ("/people/lin/press", {"message": "1", "data": "x"}, "message: expected a whole number"),
        ("/people/lin/location", {"latitude": 91, "longitude": 0}, "latitude, longitude: outside"),
        ("/people/lin/photo", {"data": "%%%"}, "data: expected base64"),
        ("/people/lin/photo", {"data": "AAAA"}, "IMAGE_PROCESS_FAILED"),
        ("/people/lin/unblock", {}, "the bot is not blocked"),
        ("/people/lin/say", {"text": "x", "chat": -1}, "chat: lin is in no chat -1"),
        ("/rates", {"on": "yes"}, "on: expected true or false"),
        (
            "/apps",
            {"urls": ["https://example.org"]},
            "urls: expected a list of http addresses on this machine",
        ),
        ("/groups", {"title": "x"}, "members: expected a list"),
    ],
)
async def test_bad_input_is_answered_with_the_field(lin: Phone, path: str, body: dict[str, Any], why: str) -> None:
    with pytest.raises(PhoneError, match=why):
        await lin.world.post(path, **body)


@pytest.mark.parametrize("raw, why", [(b"{", "body: expected JSON"), (b"[1]", "body: expected a JSON object")])
async def test_a_body_that_is_no_object(sandbox: Served, session: ClientSession, raw: bytes, why: str) -> None:
    async with session.post(f"{sandbox.url}/sandbox/api/people", data=raw) as response:
        assert response.status == 400
        assert (await response.json())["error"] == why


async def test_a_blocked_bot_and_a_deleted_account_hear_nothing(lin: Phone) -> None:
    await lin.block()
    with pytest.raises(PhoneError, match="blocked: unblock it first"):
        await lin.say("x")
    await lin.start("again")
    assert (await lin.transcript())["blocked"] is False
    await lin.delete_account()
    with pytest.raises(PhoneError, match="account is deleted"):
        await lin.say("x")


async def test_a_reply_keyboard_shares_the_own_number(lin: Phone, api: Api) -> None:
    await lin.share_contact()
    (update,) = await api.updates()
    assert update["message"]["contact"]["user_id"] == update["message"]["from"]["id"]


async def test_unread_and_pushes_until_the_person_looks(api: Api, lin: Phone) -> None:
    await api("sendMessage", chat_id=lin.id, text="loud")
    await api("sendMessage", chat_id=lin.id, text="quiet", disable_notification=True)
    shown = await lin.transcript()
    assert (shown["unread"], shown["pushes"]) == (2, 1)
    await lin.world.post("/people/lin/read")
    shown = await lin.transcript()
    assert (shown["unread"], shown["pushes"]) == (0, 0)


async def test_a_toast_is_kept_with_its_press(api: Api, lin: Phone) -> None:
    await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=BUTTON)
    await lin.world.post("/people/lin/press", label="Accept")
    query = (await api.updates())[0]["callback_query"]["id"]
    await api("answerCallbackQuery", callback_query_id=query, text="Taken", show_alert=True)
    (press,) = (await lin.transcript())["presses"]
    assert (press["label"], press["text"], press["alert"]) == ("Accept", "Taken", True)


async def test_the_call_log_tells_what_the_bot_did_and_never_its_token(api: Api, lin: Phone) -> None:
    await api("sendMessage", chat_id=lin.id, text="hello")
    await api("sendMessage", chat_id=1, text="nobody")
    calls = await lin.world.calls("sendmessage")
    assert [(call["params"]["text"], call["status"]) for call in calls] == [("hello", 200), ("nobody", 400)]
    assert api.token.split(":")[1] not in json.dumps(calls)
    later = (await lin.world.get("/calls", since=str(calls[0]["number"])))["calls"]
    assert [call["params"]["text"] for call in later] == ["nobody"]


async def test_changes_stream_and_go_on_after_a_break(api: Api, lin: Phone, session: ClientSession) -> None:
    start = (await lin.world.get(""))["last"]
    await api("sendMessage", chat_id=lin.id, text="one")
    await api("sendMessage", chat_id=lin.id, text="two")

    async def texts(headers: dict[str, str], count: int) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        number = ""
        async with session.get(f"{api.url}/sandbox/api/events", headers=headers) as response:
            assert response.content_type == "text/event-stream"
            async for raw in response.content:
                line = raw.decode().strip()
                number = line.removeprefix("id: ") if line.startswith("id: ") else number
                if line.startswith("data: ") and (data := json.loads(line[6:]))["kind"] == "message":
                    found.append((number, data["message"]["text"]))
                    if len(found) == count:
                        return found
        return found

    first = await texts({"Last-Event-ID": str(start)}, 1)
    assert first[0][1] == "one"
    assert [text for _, text in await texts({"Last-Event-ID": first[0][0]}, 1)] == ["two"]


async def test_reset_empties_the_world_and_leaves_the_bot_running(api: Api, lin: Phone) -> None:
    await lin.say("old")
    await lin.world.fault("restart")
    await lin.world.reset()
    state = await lin.world.get("")
    assert (state["people"], state["faults"]) == (0, [])
    assert await api.updates() == []
    mei = await lin.world.person("mei", name="Mei")
    await mei.say("new")
    assert len(await api.updates()) == 1


async def test_foreign_hosts_and_origins_are_kept_out(sandbox: Served, session: ClientSession) -> None:
    url = f"{sandbox.url}/sandbox/api/people"
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        async with session.get(url, headers=headers) as response:
            assert response.status == 403
            assert "Access-Control-Allow-Origin" not in response.headers
    async with session.get(url, headers={"Host": "localhost:1"}) as response:
        assert response.status == 200
    async with session.get(url, headers={"Origin": sandbox.url}) as response:
        assert response.status == 200


async def test_a_page_named_at_the_start_may_embed_the_phones(session: ClientSession) -> None:
    page = "http://127.0.0.1:8000"
    served = await serve(SandboxConfig(allowed_origins=(page,)))
    url = f"{served.url}/sandbox/api/people"
    try:
        asking = {"Origin": page, "Access-Control-Request-Method": "POST"}
        async with session.options(url, headers=asking) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == page
        async with session.get(url, headers={"Origin": page}) as response:
            assert response.headers["Access-Control-Allow-Origin"] == page
        async with session.get(f"{served.url}/sandbox/api/events", headers={"Origin": page}) as response:
            assert response.headers["Access-Control-Allow-Origin"] == page
    finally:
        await served.close()


def test_only_this_machine_is_served() -> None:
    with pytest.raises(ValueError, match=r"host: '0\.0\.0\.0' is not loopback"):
        create_app(SandboxConfig(host="0.0.0.0"))


async def test_the_page_says_that_its_data_is_fictional(sandbox: Served, session: aiohttp.ClientSession) -> None:
    async with session.get(sandbox.url + "/") as response:
        assert response.content_type == "text/html"
        assert "fictional data only" in (await response.text()).lower()
