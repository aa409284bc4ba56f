"""Whatever a bot sends, it gets an answer or a refusal in Telegram's manner; never a crash."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.sandbox.core import Core, SandboxConfig
from bot.sandbox.methods.table import METHODS
from bot.sandbox.people import Phones
from bot.sandbox.refusals import Refusal
from bot.sandbox.transcript import transcript
from bot.sandbox.wire import Params, Upload
from bot.sandbox.world import Chat

ARGUMENTS = [
    "chat_id", "text", "caption", "parse_mode", "entities", "reply_markup", "reply_parameters", "message_id",
    "reply_to_message_id", "photo", "document", "media", "latitude", "longitude", "phone_number", "first_name",
    "action", "callback_query_id", "show_alert", "commands", "scope", "language_code", "name", "menu_button",
    "url", "secret_token", "allowed_updates", "max_connections", "file_id", "disable_notification",
]  # fmt: skip
USUAL = {"chat_id": "5000000001", "text": "x", "message_id": "2", "callback_query_id": "1", "file_id": "1"}
leaves = st.none() | st.booleans() | st.integers(-9, 10**13) | st.text(max_size=9) | st.just("5000000001")
names = st.sampled_from(
    ["inline_keyboard", "keyboard", "text", "callback_data", "url", "offset", "length", "type", "message_id", "media",
     "remove_keyboard", "force_reply", "command", "description", "chat_id"]
)  # fmt: skip
trees: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
values = st.text(max_size=30) | trees.map(json.dumps) | st.sampled_from(["5000000001", "1", "HTML", "<b>x</b>"])


@example(method="deletemycommands", arguments={"scope": '{"type": []}'}, files={}, started=False)
@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(sorted(METHODS)),
    arguments=st.dictionaries(st.sampled_from(ARGUMENTS), values, max_size=8),
    files=st.dictionaries(st.sampled_from(["photo", "document"]), st.binary(max_size=40), max_size=2),
    started=st.booleans(),
)
def test_any_call_is_answered_or_refused(
    method: str, arguments: dict[str, str], files: dict[str, bytes], started: bool
) -> None:
    core = Core(SandboxConfig(rates=False))
    account = core.account("42:secret")
    person = core.world.add_person("lin", "Lin Yue", "", "", "en", "")
    chat = account.chats[person.id] = Chat(person.id, "private")
    if started:
        Phones(core, account).say(chat, person, "/start")
        core.execute(account, "sendmessage", Params(USUAL))
    uploads = {name: Upload(f"{name}.bin", "", data) for name, data in files.items()}
    try:
        answer: Any = core.execute(account, method, Params(USUAL | arguments, uploads))
    except Refusal as refusal:
        answer = refusal.body()
    assert json.dumps(answer) is not None
    shown = transcript(core.world, account, chat, person, everything=True)
    assert json.dumps(shown) is not None
