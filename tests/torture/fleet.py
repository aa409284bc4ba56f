"""The processes under torture: started, killed by their own pid, started again; what they said is kept."""

import asyncio
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests import forked
from tests.torture.ground import Ground

KILLED = -signal.SIGKILL


@dataclass
class Member:
    """One process by its name, such as `bot` or `relay.1`."""

    name: str
    running: forked.Forked
    since: float
    lives_until: float = float("inf")


@dataclass
class Fleet:
    """All processes of a ground. `died` names those that ended without being killed by us."""

    ground: Ground
    members: dict[str, Member] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    died: list[str] = field(default_factory=list)

    def log(self, name: str) -> Path:
        """Where a process writes what it has to say."""
        return self.ground.directory / f"{name}.log"

    async def start(self, name: str, **more: str) -> Member:
        """Start one process; it is not waited for."""
        with self.log(name).open("ab") as log:
            running = await forked.refloop(self.ground.commands[name], self.ground.environment(name, **more), log)
        member = self.members[name] = Member(name, running, time.monotonic())
        return member

    async def start_all(self) -> None:
        """Start what does not run."""
        for name in self.ground.commands:
            if name not in self.members:
                await self.start(name)

    async def kill(self, name: str) -> None:
        """SIGKILL to one process, by its own pid, and wait until it is gone."""
        member = self.members.pop(name, None)
        if member is None:
            return
        if member.running.returncode is None:
            member.running.kill()
        if await member.running.wait() == KILLED:
            self.kills[name.partition(".")[0]] += 1
        else:
            self._note(member)

    async def pause(self, name: str, seconds: float) -> None:
        """Stop one process in the middle of whatever it does, and let it go on: it does not know that it was away."""
        running = self.members[name].running
        running.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        running.send_signal(signal.SIGCONT)

    async def killed_itself(self, name: str, within: float) -> bool:
        """Whether a process died at its failpoint within so many seconds."""
        member = self.members[name]
        try:
            async with asyncio.timeout(within):
                status = await member.running.wait()
        except TimeoutError:
            return False
        del self.members[name]
        if status != KILLED:
            self._note(member)
        return status == KILLED

    async def kill_at_random(
        self, kills: int, chance: random.Random, lives: Callable[[str], float], on_kill: Callable[[str], None]
    ) -> None:
        """Kill so many times, each process after a life (in seconds) drawn by `lives`, and start it again at once."""
        for _ in range(kills):
            for member in self.members.values():
                if member.lives_until == float("inf"):
                    member.lives_until = member.since + lives(member.name)
            victim = min(self.members.values(), key=lambda member: member.lives_until)
            await asyncio.sleep(max(0.0, victim.lives_until - time.monotonic()))
            self.look()
            await self.kill(victim.name)
            on_kill(victim.name)
            await self.start(victim.name)

    def look(self) -> None:
        """Note and forget processes that have ended by themselves."""
        for member in list(self.members.values()):
            if member.running.returncode is not None:
                self._note(member)
                del self.members[member.name]

    def _note(self, member: Member) -> None:
        words = self.log(member.name).read_text(errors="replace").splitlines()[-3:]
        self.died.append(f"{member.name} ended by itself with {member.running.returncode}: {' | '.join(words)[-600:]}")

    async def stop(self) -> None:
        """An orderly end for all; one that does not end well is noted."""
        self.look()
        for member in self.members.values():
            if member.running.returncode is None:
                member.running.terminate()
        for member in self.members.values():
            try:
                async with asyncio.timeout(60):
                    status = await member.running.wait()
            except TimeoutError:
                member.running.kill()
                status = await member.running.wait()
            if status != 0:
                self._note(member)
        self.members.clear()

    def complaints(self) -> Counter[str]:
        """The errors that processes logged, by process and words."""
        found: Counter[str] = Counter()
        for name in self.ground.commands:
            if not self.log(name).exists():
                continue
            for line in self.log(name).read_text(errors="replace").splitlines():
                found.update(_complaint(name, line))
        return found


def _complaint(name: str, line: str) -> list[str]:
    try:
        said = json.loads(line)
    except ValueError:
        # A line cut by a kill is no complaint; a traceback on its own is one.
        return [f"{name}: {line[:200]}"] if line.startswith(("Traceback", "Fatal")) else []
    if not isinstance(said, dict) or said.get("level") not in ("error", "critical"):
        return []
    return [f"{name}: {said.get('event')} ({said.get('error', '')})"]


__all__ = ["Fleet", "Member"]
