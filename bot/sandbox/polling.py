"""getUpdates: the long poll."""

import asyncio
from time import monotonic

from bot.sandbox.core import Core
from bot.sandbox.methods.ask import Ask
from bot.sandbox.methods.profile import take_allowed
from bot.sandbox.refusals import ENDED_BY_WEBHOOK, POLLED_TWICE, WEBHOOK_ACTIVE, Refusal
from bot.sandbox.wire import Params
from bot.sandbox.world import BotAccount, Json

LONGEST_POLL_SECONDS = 50


async def get_updates(core: Core, account: BotAccount, params: Params) -> list[Json]:
    """Waits up to `timeout` seconds for an update, real ones or those of the clock, whichever are over first.

    Of two waiting polls the older is ended with 409.
    """
    if account.webhook.url:
        raise Refusal(409, WEBHOOK_ACTIVE)
    take_allowed(Ask(core.world, account, params, core.clock.stamp()))
    limit = min(max(params.number("limit", 100), 1), 100)
    timeout = min(max(params.number("timeout"), 0), LONGEST_POLL_SECONDS)
    offset = params.number("offset")
    line = core.line(account)
    line.last_poll = monotonic()
    updates = account.queue.take(offset, limit, core.clock.stamp())
    if updates or not timeout:
        return [update.wire() for update in updates]

    end_poll(core, account, "conflict")
    waiting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    line.waiting, line.waits_until = waiting, core.clock.stamp() + timeout
    try:
        async with asyncio.timeout(timeout):
            why = await waiting
    except TimeoutError:
        return []
    finally:
        line.last_poll = monotonic()
        if line.waiting is waiting:
            line.waiting = None
    if why == "over":
        return []
    if why == "conflict":
        raise Refusal(409, POLLED_TWICE)
    if why == "webhook":
        raise Refusal(409, ENDED_BY_WEBHOOK)
    return [update.wire() for update in account.queue.take(offset, limit, core.clock.stamp())]


def end_poll(core: Core, account: BotAccount, why: str) -> None:
    """Ends the open long poll of a bot: `conflict` (a newer one came), `webhook` (one was set) or `over` (its time)."""
    waiting = core.line(account).waiting
    if waiting is not None and not waiting.done():
        waiting.set_result(why)


def end_old_polls(core: Core) -> None:
    """The clock has moved: no poll lasts longer than it asked for, else one would span a week of silence."""
    for account in core.world.accounts:
        if core.line(account).waits_until <= core.clock.stamp():
            end_poll(core, account, "over")
