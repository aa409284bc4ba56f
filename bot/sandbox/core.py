"""The sandbox's one piece of shared state and the road every call of a bot takes through it."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Fault, FaultBoard
from bot.sandbox.limits import Rates
from bot.sandbox.methods.ask import Ask
from bot.sandbox.methods.table import COUNTED, METHODS, NOT_BUILT
from bot.sandbox.refusals import Refusal, flood, not_built
from bot.sandbox.transcript import iso
from bot.sandbox.wire import Params
from bot.sandbox.world import BotAccount, Json, World

KEPT_CALLS = 20_000
ACTIVE_POLLER_SECONDS = 10.0  # a bot on a busy machine may take this long to store what it was given


@dataclass(frozen=True)
class SandboxConfig:
    """Where to listen and with whom to talk.

    `clock_file` holds the clock's offset in seconds; `app_urls` are the programs that must be quiet before
    the clock moves on; `allowed_origins` are pages on other ports that may use the people API; `rates`
    switches Telegram's rates on from the start; `webhook_retry_seconds` is the unit of a webhook's delays;
    `first_message` is the id of the first message: higher with every start keeps ids unique, as Telegram does.
    """

    host: str = "127.0.0.1"
    port: int = 0
    clock_file: Path | None = None
    app_urls: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    rates: bool = True
    webhook_retry_seconds: float = 1.0
    first_message: int = 1


@dataclass
class Line:
    """How updates leave: the open long poll, when the last one ended, whom to wake."""

    waiting: asyncio.Future[str] | None = None
    waits_until: float = 0.0  # by the clock
    last_poll: float | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Core:
    """World, clock, faults, rates and the call log of one running sandbox."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.world = World(config.first_message)
        self.clock = SandboxClock(config.clock_file)
        self.faults = FaultBoard()
        self.rates_on = config.rates
        self.app_urls = list(config.app_urls)
        self.calls: deque[Json] = deque(maxlen=KEPT_CALLS)
        self.press_ids = itertools.count(1)
        self.on_new_bot: Callable[[], None] = lambda: None
        self._call_numbers = itertools.count(1)
        self._rates: dict[int, Rates] = {}
        self._lines: dict[int, Line] = {}

    def account(self, token: str) -> BotAccount:
        account = self.world.account(token)
        if id(account) not in self._lines:
            self.line(account)
            self.on_new_bot()
        return account

    def line(self, account: BotAccount) -> Line:
        """How this bot gets its updates."""
        line = self._lines.get(id(account))
        if line is None:
            line = self._lines[id(account)] = Line()
            account.queue.on_new = lambda: _ring(line)
        return line

    def execute(self, account: BotAccount, name: str, params: Params) -> Any:
        """Carries out one method (not getUpdates). Raises Refusal as Telegram would."""
        if name in NOT_BUILT:
            raise not_built(f"method {name}")
        method = METHODS.get(name)
        if method is None:
            raise Refusal(404, "Not Found")
        if self.rates_on and name in COUNTED:
            chat = _number(params.text("chat_id"))
            wait = self._rates.setdefault(id(account), Rates()).take(chat or 0, monotonic())
            if wait is not None:
                raise flood(wait)
        return method(Ask(self.world, account, params, self.clock.stamp()))

    def chat_of(self, account: BotAccount, params: Params) -> int | None:
        """Which chat a call is about, as far as it says so."""
        press = account.presses.get(params.text("callback_query_id"))
        return press.chat_id if press else _number(params.text("chat_id"))

    def hit_fault(self, account: BotAccount, name: str, params: Params) -> Fault | None:
        """The fault a call runs into, if one is armed for it."""
        fault = self.faults.hit(name, self.chat_of(account, params))
        if fault is not None:
            self.tell_faults()
        return fault

    def tell_faults(self) -> None:
        """Journals which faults are armed now."""
        faults = [fault.view() for fault in self.faults.armed()]
        self.world.journal.add("faults", self.clock.stamp(), {"faults": faults})

    def log_call(
        self, account: BotAccount, method: str, params: Params, status: int, answer: Any, fault: Fault | None
    ) -> None:
        """Notes what a bot asked and what it was told (or, cut off, not told)."""
        now = self.clock.stamp()
        call = {
            "number": next(self._call_numbers),
            "at": iso(now),
            "bot": account.id,
            "method": method,
            "chat": self.chat_of(account, params),
            "params": params.for_log(),
            "status": status,
            "answer": answer,
            "fault": fault.kind.value if fault else None,
        }
        self.calls.append(call)
        self.world.journal.add("call", now, call)

    def add_update(self, account: BotAccount, kind: str, payload: Json, chat_id: int) -> bool:
        """Queues an update; an armed fault may make it come twice. False: the bot wants none of its kind."""
        self.line(account)
        if kind not in account.queue.allowed:
            return False
        twice = self.faults.doubles_update(chat_id)
        if twice:
            self.tell_faults()
        return account.queue.add(kind, payload, self.clock.stamp(), repeat=twice)

    def unconfirmed(self) -> str | None:
        """In words, the updates a listening bot has not confirmed yet; None when there are none."""
        for account in self.world.accounts:
            last = self.line(account).last_poll
            waiting = self.line(account).waiting is not None
            active = account.webhook.url or waiting or (last and monotonic() - last < ACTIVE_POLLER_SECONDS)
            pending = account.queue.pending(self.clock.stamp())
            if active and pending:
                return f"bot {account.id} to confirm {pending} update(s)"
        return None

    def reset(self) -> None:
        """Empty world, no faults, no calls; the clock stays (it never goes back), running bots go on."""
        self.faults.clear()
        self.calls.clear()
        self._rates.clear()
        self.rates_on = self.config.rates
        self.world.clear(self.clock.stamp())


def _ring(line: Line) -> None:
    line.wake.set()
    if line.waiting is not None and not line.waiting.done():
        line.waiting.set_result("update")


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
