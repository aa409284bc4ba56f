"""What the demo plays with instead of Telegram: phones and a clock that can be moved, both on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from pydantic import SecretStr

from admin.demo.phones import hand_out
from admin.demo.setup import key_file
from admin.refusals import CommandRefused
from admin.settings import Settings, is_loopback
from bot.sandbox.app import SandboxConfig, serve
from models.clock import SystemClock

# Telegram's shape, and nobody's: the demo never takes a real bot's token into its hands.
TOKEN = "7000000001:fictional-token-of-the-demo"  # noqa: S105


@asynccontextmanager
async def begin_play(settings: Settings, app_url: str) -> AsyncIterator[tuple[Settings, str]]:
    """Start the phones for an app that will answer at `app_url`; the settings to run with, and the phones' address.

    A sandbox that runs already may be named as the Telegram address; CommandRefused when it is on another machine.
    """
    given = settings.telegram_api_url
    if given is not None and not is_loopback(given):
        raise CommandRefused(
            f"--telegram-api: {given} is not on this machine; the demo writes to fictional people, so right is "
            "nothing (the demo brings its own phones) or the address of refloop sandbox"
        )
    if given is not None:
        token = settings.telegram_token or SecretStr(TOKEN)
        yield settings.model_copy(update={"telegram_token": token, "telegram_webhook_url": None}), given
        return
    clock_file = settings.clock_file or settings.data_dir / "clock"
    config = SandboxConfig(
        clock_file=clock_file,
        app_urls=(app_url,),
        allowed_origins=origins(app_url),
        # A demo that is started again knows the cards of the last time by their ids: none may come twice.
        first_message=int(SystemClock().now().timestamp()),
        # Days pass in seconds, and the bot's own waits with them: Telegram's rates are for whoever switches them on.
        rates=False,
    )
    phones = await serve(config)
    try:
        if key_file(settings.data_dir).exists():
            # Prepared before: whom the bot writes to in its first second must have their chats open.
            await hand_out(phones.url)
        changes = {
            "telegram_api_url": phones.url,
            "telegram_token": SecretStr(TOKEN),
            "clock_file": clock_file,
            "telegram_webhook_url": None,
        }
        yield settings.model_copy(update=changes), phones.url
    finally:
        await phones.close()


def origins(app_url: str) -> tuple[str, ...]:
    """The names under which a browser on this machine may have opened the page."""
    port = urlsplit(app_url).port
    return tuple(dict.fromkeys((app_url, f"http://127.0.0.1:{port}", f"http://localhost:{port}")))
