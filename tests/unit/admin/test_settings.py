"""Settings: what is accepted, and the one line that refuses the rest."""

from pathlib import Path

import pytest

from admin.settings import Settings, is_loopback, without_password
from admin.settings_reading import SettingsRefused, load_settings

CANARY = "canary-pa55word"
TOKEN = "123456789:AAcanary_CANARY-canary"


def read(env_file: Path | None = None, /, **variables: str) -> Settings:
    return load_settings({f"REFLOOP_{name}": value for name, value in variables.items()}, env_file)


def test_nothing_set_is_the_embedded_deployment() -> None:
    settings = read()
    assert settings.embedded
    assert settings.is_sqlite
    assert settings.database == f"sqlite+aiosqlite:///{Path.cwd() / 'refloop-data' / 'refloop.db'}"
    assert settings.broker is None
    assert settings.telegram_api == "https://api.telegram.org"


@pytest.mark.parametrize(
    "given, meant",
    [
        ("postgresql://u@db/x", "postgresql+asyncpg://u@db/x"),
        ("postgres://u:p@db:6432/x", "postgresql+asyncpg://u:p@db:6432/x"),
        ("postgresql+asyncpg://u@db/x", "postgresql+asyncpg://u@db/x"),
        ("postgresql://u@db/x?sslmode=require", "postgresql+asyncpg://u@db/x?ssl=require"),
        ("sqlite:////var/x.db", "sqlite+aiosqlite:////var/x.db"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:///x.db"),
    ],
)
def test_a_database_may_be_named_as_people_write_it(given: str, meant: str) -> None:
    assert read(DATABASE_URL=given).database == meant


def test_a_password_is_put_into_the_address_whole() -> None:
    settings = read(DATABASE_URL="postgresql://u@db/x", DATABASE_PASSWORD="p@ss:/?#")
    assert settings.database == "postgresql+asyncpg://u:p%40ss%3A%2F%3F%23@db/x"
    assert read(BROKER_URL="amqp://u@mq/v", BROKER_PASSWORD="x y").broker == "amqp://u:x%20y@mq/v"


@pytest.mark.parametrize(
    "name, value, right",
    [
        ("DATABASE_URL", "mysql://u:" + CANARY + "@db/x", "postgresql://"),
        ("DATABASE_URL", "sqlite://", "sqlite:////PATH"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:////PATH"),
        ("DATABASE_URL", "postgresql+psycopg://u@db/x", "postgresql://"),
        ("DATABASE_URL", "nonsense", "postgresql://"),
        ("BROKER_URL", "http://mq", "amqp://"),
        ("TELEGRAM_TOKEN", CANARY, "BotFather"),
        ("TELEGRAM_API_URL", "ftp://x", "http(s)://HOST"),
        ("TELEGRAM_API_URL", "api.telegram.org", "http(s)://HOST"),
        ("TIMEZONE", "Mars/Olympus", "Asia/Shanghai"),
        ("TIMEZONE", "../etc/passwd", "Asia/Shanghai"),
        ("PORT", "abc", "0 to 65535"),
        ("PORT", "65536", "0 to 65535"),
        ("LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("METRICS_PUBLIC", "perhaps", "yes or no"),
        ("FAILPOINT", "x:0", "NAME:HITS"),
        ("FAILPOINT", ":3", "NAME:HITS"),
    ],
)
def test_a_value_nobody_can_use_is_refused_in_one_line(name: str, value: str, right: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        read(**{name: value})
    line = str(refused.value)
    assert line.startswith(f"REFLOOP_{name}: ")
    assert right in line
    assert "\n" not in line
    assert CANARY not in line


@pytest.mark.parametrize("name", ["DATABSE_URL", "TELEGRAM", "DATABASE_URL_FIEL", "X"])
def test_a_name_nobody_knows_is_refused_with_the_nearest(name: str) -> None:
    with pytest.raises(SettingsRefused, match=rf"^REFLOOP_{name}: there is no such setting; .*REFLOOP_"):
        read(**{name: "1"})


def test_other_programs_variables_and_those_of_the_tests_are_not_ours() -> None:
    others = {"HOME": "/", "PORT": "x", "REFLOOP_TEST_BROKER_URL": "x", "REFLOOP_FOREIGN_DATA": "x"}
    assert load_settings(others) == Settings()


def test_an_empty_variable_is_not_set() -> None:
    assert read(BROKER_URL="", PORT="").port == 8080


def test_any_setting_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    settings = read(TELEGRAM_TOKEN_FILE=str(tmp_path / "token"))
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == TOKEN


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"REFLOOP_TELEGRAM_TOKEN_FILE: cannot read .*/nowhere"):
        read(TELEGRAM_TOKEN_FILE=str(tmp_path / "nowhere"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsRefused, match="it is not text"):
        read(TELEGRAM_TOKEN_FILE=str(tmp_path / "binary"))


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    with pytest.raises(SettingsRefused, match="given twice"):
        read(TELEGRAM_TOKEN_FILE=str(tmp_path / "token"), TELEGRAM_TOKEN=TOKEN)
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_DATABASE_PASSWORD: given twice"):
        read(DATABASE_URL="postgresql://u:p@db/x", DATABASE_PASSWORD=CANARY)


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("REFLOOP_PORT=1\nREFLOOP_HOST=::1\nREFLOOP_TIMEZONE=Europe/London\nOTHER=1\n")
    environment = {"REFLOOP_PORT": "2", "REFLOOP_HOST": "0.0.0.0"}
    settings = load_settings(environment, env_file, {"port": 3, "host": None})
    assert (settings.port, settings.host, settings.timezone) == (3, "0.0.0.0", "Europe/London")


def test_a_refusal_names_where_the_value_came_from(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("REFLOOP_PORT=x\n")
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_PORT in .*\.env: 'x' will not do"):
        read(env_file)
    with pytest.raises(SettingsRefused, match=r"^--port: 70000 will not do"):
        load_settings({}, options={"port": 70000})
    with pytest.raises(SettingsRefused, match=r"^--telegram-api: 'x' will not do"):
        load_settings({}, options={"telegram_api_url": "x"})
    env_file.write_text("REFLOOP_PROT=1\n")
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_PROT in .*\.env: there is no such setting"):
        read(env_file)


def test_a_clock_that_a_file_moves_is_only_for_a_telegram_on_this_machine(tmp_path: Path) -> None:
    clock = str(tmp_path / "clock")
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_CLOCK_FILE: only with a Telegram address on this machine"):
        read(CLOCK_FILE=clock)
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_CLOCK_FILE"):
        read(CLOCK_FILE=clock, TELEGRAM_API_URL="http://127.0.0.1.example.org")
    assert read(CLOCK_FILE=clock, TELEGRAM_API_URL="http://127.0.0.1:8081").clock_file == Path(clock)


def test_a_webhook_needs_its_secret_and_an_address_telegram_can_reach() -> None:
    url = "https://refloop.example/telegram"
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_TELEGRAM_WEBHOOK_SECRET: a webhook needs one"):
        read(TELEGRAM_WEBHOOK_URL=url)
    secret = {"TELEGRAM_WEBHOOK_SECRET": "0123456789-abcdef"}
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_TELEGRAM_WEBHOOK_URL: https only"):
        read(TELEGRAM_WEBHOOK_URL="http://refloop.example/telegram", **secret)
    for wrong in ("https://refloop.example", "https://refloop.example/other", "https://u:p@refloop.example/telegram"):
        with pytest.raises(SettingsRefused, match=r"^REFLOOP_TELEGRAM_WEBHOOK_URL: .* right is https://HOST/telegram"):
            read(TELEGRAM_WEBHOOK_URL=wrong, **secret)
    settings = read(TELEGRAM_WEBHOOK_URL=url, **secret)
    assert settings.telegram_webhook_url == url
    assert "0123456789-abcdef" in settings.secrets()
    assert "0123456789-abcdef" not in repr(settings)


@pytest.mark.parametrize("secret", ["short", "0123456789 abcdef", "0123456789abcdeé", "x" * 257])
def test_a_webhooks_secret_that_telegram_would_not_take_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(SettingsRefused, match=r"^REFLOOP_TELEGRAM_WEBHOOK_SECRET: this value will not do") as refused:
        read(TELEGRAM_WEBHOOK_SECRET=secret)
    assert secret not in str(refused.value)


@pytest.mark.parametrize(
    "url, loopback",
    [
        ("http://127.0.0.1:8081", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:1", True),
        ("http://localhost/x", True),
        ("http://127.0.0.1@evil.example", False),
        ("http://localhost.example", False),
        ("https://api.telegram.org", False),
        ("http://0.0.0.0", False),
        ("http://2130706433", False),
    ],
)
def test_what_is_this_machine(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


def test_secrets_are_not_printed_and_all_are_known_to_the_logs() -> None:
    settings = read(
        DATABASE_URL="postgresql://u@db/x", DATABASE_PASSWORD=CANARY, TELEGRAM_TOKEN=TOKEN,
        BROKER_URL="amqp://u:br0ker%40pw@mq/v", SITE_KEY="c2l0ZS1rZXk=",
    )  # fmt: skip
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        for secret in (CANARY, TOKEN, "br0ker", "c2l0ZS1rZXk="):
            assert secret not in shown
    assert {CANARY, TOKEN, "br0ker@pw", "br0ker%40pw", "c2l0ZS1rZXk="} <= set(settings.secrets())


def test_an_address_is_shown_without_its_password() -> None:
    assert without_password(f"postgresql://u:{CANARY}@db:1/x?a=b") == "postgresql://u@db:1/x?a=b"
    assert without_password("sqlite+aiosqlite:////x.db") == "sqlite+aiosqlite:////x.db"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_is_right(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert "\n" not in description
