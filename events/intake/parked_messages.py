"""Parked messages of the intake: taken again once what kept us from it is mended, with other content where it is."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from events.intake.answers import Answer
from events.intake.keeping import Keeper
from events.intake.problems import Problem
from events.intake.translating import Body
from models.directory_cache import DirectoryCache

Take = Callable[..., Awaitable[list[Answer]]]


class ParkedMessages:
    """What the intake has parked; `take` is the reception's."""

    def __init__(self, keeper: Keeper, directory: DirectoryCache, take: Take) -> None:
        self._keeper = keeper
        self._directory = directory
        self._take = take

    async def take(self, unique: str) -> list[Answer]:
        """Take a parked message again, once whatever kept us from it is mended; [] where there is none of that id.

        It is settled where it was taken. A message that had been taken meanwhile is a repeat, and has no second effect.
        """
        found = await self._keeper.parked(unique)
        if found is None:
            return []
        answers = await self._take_as(*found)
        if all(answer.status < 400 for answer in answers):
            await self._keeper.settle(unique)
        return answers

    async def body(self, unique: str) -> Body | None:
        """What a parked message of the intake says; None where there is none of that id."""
        found = await self._keeper.parked(unique)
        return found[2] if found is not None else None

    async def edit(self, unique: str, content: bytes, actor: str) -> list[Answer]:
        """Put other content in the place of a parked message's, if it would be taken so: what it would be answered.

        The message as it came is kept. Nothing is changed where an answer is a refusal; [] where there is none of that
        id.
        """
        found = await self._keeper.parked(unique)
        if found is None:
            return []
        name, channel, body = found
        edited = replace(body, content=content)
        answers = await self._take_as(name, channel, edited, dry_run=True)
        if all(answer.status < 400 for answer in answers):
            await self._keeper.edit(unique, name, edited, actor)
        return answers

    async def _take_as(self, name: str | None, channel: str, body: Body, dry_run: bool = False) -> list[Answer]:
        source = (await self._directory.refresh()).source(name) if name else None
        if source is None or not source.active:
            return [Answer(401, problems=(Problem("its source is not known, or counts no longer", code="login"),))]
        return await self._take(source, channel, body.content, body.content_type, body.headers, dry_run=dry_run)
