"""What an installation is told from outside: REFLOOP_* variables, a `.env` file, options of the command line.

Read once, at the start. A name we do not know, or a value nobody can use, is refused in one line that
names the variable and says what would be right.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

TELEGRAM = "https://api.telegram.org"


def _database_url(secret: SecretStr) -> SecretStr:
    """One of the two engines, with the driver that we speak."""
    scheme, separator, rest = secret.get_secret_value().partition("://")
    if scheme in {"postgresql", "postgres", "postgresql+asyncpg"} and separator and urlsplit(f"x://{rest}").hostname:
        # The libpq spelling, which most hosts hand out; the driver has another.
        return SecretStr(f"postgresql+asyncpg://{rest}".replace("sslmode=", "ssl="))
    names_a_file = rest.startswith("/") and len(rest) > 1 and ":memory:" not in rest
    if scheme in {"sqlite", "sqlite+aiosqlite"} and names_a_file:
        return SecretStr(f"sqlite+aiosqlite://{rest}")
    raise ValueError("neither PostgreSQL nor a SQLite file")


def _broker_url(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
        raise ValueError("not an AMQP address")
    return secret


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not an HTTP address")
    return text.rstrip("/")


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("no such time zone")
    return text


def _token(secret: SecretStr) -> SecretStr:
    number, colon, rest = secret.get_secret_value().partition(":")
    if not (number.isdigit() and colon and rest.replace("-", "").replace("_", "").isalnum()):
        raise ValueError("not a bot token")
    return secret


def _webhook_url(text: str) -> str:
    parts = urlsplit(_http_url(text))
    if parts.path != "/telegram" or parts.username is not None:
        raise ValueError("not the address of a webhook")
    return text


def _webhook_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not (16 <= len(text) <= 256 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()):
        raise ValueError("not a webhook's secret")
    return secret


def _failpoint(text: str) -> str:
    name, colon, hits = text.partition(":")
    if text and not (name and (not colon or (hits.isdigit() and int(hits) > 0))):
        raise ValueError("not a failpoint")
    return text


class Settings(BaseModel):
    """Everything that can be set. Each description says what a right value is."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = Field(
        None, description="postgresql://USER@HOST:PORT/DATABASE, or sqlite:////PATH/FILE.db"
    )
    database_password: SecretStr | None = Field(None, description="the password of the database's user")
    broker_url: Annotated[SecretStr, AfterValidator(_broker_url)] | None = Field(
        None, description="amqp://USER@HOST:PORT/VHOST, or nothing for the embedded broker"
    )
    broker_password: SecretStr | None = Field(None, description="the password of the broker's user")
    telegram_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        None, description="the token that BotFather gave, such as 123456789:AbC..."
    )
    telegram_api_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        None, description=f"http(s)://HOST[:PORT] of a Bot API server, or nothing for {TELEGRAM}"
    )
    telegram_webhook_url: Annotated[str, AfterValidator(_webhook_url)] | None = Field(
        None, description="https://HOST/telegram, which Telegram can reach, or nothing to poll"
    )
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = Field(
        None, description="16 to 256 letters, digits, _ or -, for the webhook only"
    )
    data_dir: Path = Field(Path("refloop-data"), description="a directory that we may write to")
    site_key: SecretStr | None = Field(
        None, description="32 random bytes in base64, or nothing for the file site.key in the data directory"
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "Asia/Shanghai", description="the site's zone by its IANA name, such as Asia/Shanghai"
    )
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on, such as 127.0.0.1")
    port: int = Field(8080, ge=0, le=65535, description="a port from 0 to 65535; 0 takes a free one")
    clock_file: Path | None = Field(None, description="a file with an offset in seconds; for tests only")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="one of debug, info, warning, error"
    )
    metrics_public: bool = Field(False, description="yes or no: whether others may read /metrics")
    docs_public: bool = Field(False, description="yes or no: whether others may read /docs")
    flood_least: int = Field(
        60, ge=1, description="a number from 1: fewer notices of a purpose in an hour are never a flood"
    )
    failpoint: Annotated[str, AfterValidator(_failpoint)] = Field(
        "", description="NAME or NAME:HITS: where this process kills itself, for tests of crashes"
    )
    debug: bool = Field(False, description="yes or no: whether errors of commands show a traceback")

    @model_validator(mode="after")
    def _fit_together(self) -> "Settings":
        # A clock that a file moves would send real people's messages at the wrong time.
        if self.clock_file is not None and not is_loopback(self.telegram_api):
            raise ValueError("clock_file: only with a Telegram address on this machine (REFLOOP_TELEGRAM_API_URL)")
        if self.telegram_webhook_url is not None:
            # Without it anybody could post answers in a doctor's name.
            if self.telegram_webhook_secret is None:
                raise ValueError("telegram_webhook_secret: a webhook needs one (16 to 256 letters, digits, _ or -)")
            if urlsplit(self.telegram_webhook_url).scheme != "https" and not is_loopback(self.telegram_api):
                raise ValueError("telegram_webhook_url: https only; right is https://HOST/telegram")
        for name, url, password in (
            ("database_password", self.database_url, self.database_password),
            ("broker_password", self.broker_url, self.broker_password),
        ):
            if password is not None and url is not None and urlsplit(url.get_secret_value()).password:
                raise ValueError(f"{name}: given twice; the address has a password already")
        return self

    @property
    def database(self) -> str:
        """The database's address with its password: for connecting, never for showing."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{(self.data_dir / 'refloop.db').absolute()}"
        return _with_password(self.database_url, self.database_password)

    @property
    def broker(self) -> str | None:
        """The broker's address with its password, or None for the embedded one."""
        return None if self.broker_url is None else _with_password(self.broker_url, self.broker_password)

    @property
    def telegram_api(self) -> str:
        """Where the Bot API is."""
        return self.telegram_api_url or TELEGRAM

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is one file, which one process writes."""
        return self.database.startswith("sqlite")

    @property
    def embedded(self) -> bool:
        """One process with the broker inside; else any number of them on RabbitMQ and PostgreSQL."""
        return self.broker_url is None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the site's times are shown."""
        return ZoneInfo(self.timezone)

    def secrets(self) -> tuple[str, ...]:
        """Every secret text in here, for the logs to look out for."""
        own = (
            self.database_password, self.broker_password, self.telegram_token, self.telegram_webhook_secret,
            self.site_key,
        )  # fmt: skip
        urls = (self.database_url, self.broker_url)
        found = [each.get_secret_value() for each in own if each is not None]
        found += [urlsplit(each.get_secret_value()).password or "" for each in urls if each is not None]
        return tuple({text for each in found for text in (each, unquote(each)) if text})


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine and cannot be reached from another."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def without_password(url: str) -> str:
    """An address as it may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=f"{parts.username}@{parts.netloc.rpartition('@')[2]}").geturl()


def _with_password(url: SecretStr, password: SecretStr | None) -> str:
    text = url.get_secret_value()
    if password is None:
        return text
    parts = urlsplit(text)
    secret = quote(password.get_secret_value(), safe="")
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:{secret}@{place}").geturl()
