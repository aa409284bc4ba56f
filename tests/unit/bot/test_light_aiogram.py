"""aiogram's types are built when they are first used, and are then what they would have been."""

import subprocess
import sys

LOOK = """
import json

import bot.telegram
from aiogram import Bot
from aiogram import types
from aiogram.methods import SendMessage

unbuilt = [name for name in types.__all__ if not getattr(getattr(types, name), "__pydantic_complete__", True)]
assert {"Update", "Chat", "Poll"} <= set(unbuilt), unbuilt

class User:  # a caller's name is not what aiogram means by it
    pass

someone = {"id": 7, "is_bot": True, "first_name": "b"}
sent = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "from": someone}
button = types.InlineKeyboardButton(text="yes", callback_data="1")
keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[button]])
call = SendMessage(chat_id=5, text="x", reply_markup=keyboard)
talk = Bot("42:x")
answered = talk.session.check_response(talk, call, 200, json.dumps({"ok": True, "result": sent}))
for message in (answered.result, types.Update.model_validate({"update_id": 1, "message": sent}).message):
    assert (message.chat.id, message.from_user.first_name) == (5, "b"), message
    assert type(message.from_user) is types.User
said = call.model_dump(exclude_none=True)["reply_markup"]
assert said == {"inline_keyboard": [[{"text": "yes", "callback_data": "1"}]]}, said
"""


def test_a_type_is_built_when_it_is_used_and_knows_the_others() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
