"""Puts a phone into the hand of every person of the demo page, by the sandbox's people API."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from admin.demo.network import PERSONAS
from models.values import Language


async def hand_out(sandbox_url: str, numbers: Mapping[str, str] | None = None) -> None:
    """Make the phones that are not there yet, with their chats begun.

    `numbers`: telephone numbers by the id of a person; they are what "share my number" shares.
    """
    people = f"{sandbox_url}/sandbox/api/people"
    async with aiohttp.ClientSession() as session:
        known = {each["key"] for each in (await _call(session, "GET", people))["people"]}
        for persona in PERSONAS:
            person = {
                "key": persona.key, "id": persona.chat, "language": persona.language.value,
                "name": persona.name_zh if persona.language is Language.zh else persona.name_en,
                "phone": (numbers or {}).get(persona.parties[0], ""),
            }  # fmt: skip
            await _call(session, "POST", people, person)
            if persona.key not in known:
                await _call(session, "POST", f"{people}/{persona.key}/start", {})


async def _call(session: aiohttp.ClientSession, method: str, url: str, body: Any = None) -> Any:
    async with session.request(method, url, json=body) as answer:
        answer.raise_for_status()
        return await answer.json()
