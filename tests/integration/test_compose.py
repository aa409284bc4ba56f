"""docker-compose.yml and the image: valid, closed to the outside, and every command in them exists."""

import base64
import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from admin.servers.database import installed
from admin.servers.provide import Database
from admin.settings_reading import load_settings

ROOT = Path(__file__).resolve().parents[2]
OURS = ["migrate", "gateway", "relay", "workers", "ticker", "bot"]
ROLES = OURS[1:]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_it_is_valid_by_the_compose_specification(compose: dict[str, Any]) -> None:
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(compose, json.loads(vendored.read_text()))


def test_every_role_of_the_road_has_a_container(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"database", "broker", *OURS}
    assert compose["services"]["database"]["image"].startswith("postgres:17")
    assert compose["services"]["broker"]["image"].startswith("rabbitmq:4")


def test_nothing_is_published_beyond_this_host(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:${PUBLISHED_PORT:-8080}:8080", "127.0.0.1:${PUBLISHED_WEBHOOK_PORT:-8081}:8080"]


def test_no_secret_is_written_in_the_file(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|PASS$", variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
            assert not re.search(r"://[^/@]*:[^/@]+@", str(value)), f"{name}: {variable} holds a password"
        for secret in service.get("secrets", []):
            assert secret in compose["secrets"]


def test_only_the_bot_holds_the_bots_token(compose: dict[str, Any]) -> None:
    holders = [n for n, service in compose["services"].items() if "telegram_token" in service.get("secrets", [])]
    assert holders == ["bot"]


def test_the_broker_gets_its_own_user_so_there_is_no_guest(compose: dict[str, Any]) -> None:
    broker = compose["services"]["broker"]
    assert broker["environment"]["RABBITMQ_DEFAULT_USER"] != "guest"
    assert "RABBITMQ_DEFAULT_PASS=" in broker["command"][-1]
    assert "guest" not in (ROOT / "docker-compose.yml").read_text().replace("makes no guest", "")


@pytest.mark.parametrize("name", ["database", "broker", *ROLES])
def test_a_container_restarts_is_watched_and_has_no_rights(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_ours_wait_for_what_they_need_and_cannot_write_their_own_code(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    waits = {other: how["condition"] for other, how in service["depends_on"].items()}
    assert waits["database"] == "service_healthy"
    if name != "migrate":
        assert waits == {
            "migrate": "service_completed_successfully",
            "database": "service_healthy",
            "broker": "service_healthy",
        }


@pytest.mark.parametrize("name", OURS)
def test_our_variables_are_settings_and_a_password_comes_from_its_file(
    compose: dict[str, Any], name: str, tmp_path: Path
) -> None:
    contents = {
        "database_password": "of the database",
        "broker_password": "of/the broker",
        "site_key": base64.urlsafe_b64encode(bytes(32)).decode(),
        "telegram_token": "123456:token",
        "webhook_secret": "0123456789abcdef",
    }
    service = compose["services"][name]
    for secret in service["secrets"]:
        (tmp_path / secret).write_text(contents[secret] + "\n")
    environment = {
        variable: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value).replace("/run/secrets", str(tmp_path))
        for variable, value in service["environment"].items()
    }
    settings = load_settings(environment)
    assert settings.database == "postgresql+asyncpg://refloop:of%20the%20database@database:5432/refloop"
    assert settings.broker == "amqp://refloop:of%2Fthe%20broker@broker:5672/refloop"
    assert settings.timezone == "Asia/Shanghai"
    assert str(settings.data_dir) == "/var/lib/refloop"
    assert settings.host == ("0.0.0.0" if name in ("gateway", "bot") else "127.0.0.1")
    assert settings.telegram_webhook_url is None
    assert (settings.telegram_token is not None) == (name == "bot")


def test_make_secrets_makes_each_once_and_keeps_it(compose: dict[str, Any], tmp_path: Path) -> None:
    command = ["make", "-f", str(ROOT / "Makefile"), "secrets"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "secrets/telegram_token" in said
    files = {name: tmp_path / secret["file"] for name, secret in compose["secrets"].items()}
    first = {name: path.read_text() for name, path in files.items()}
    assert len(base64.urlsafe_b64decode(first["site_key"])) == 32
    assert len(first["database_password"]) == 48
    assert first["database_password"] != first["broker_password"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert {name: path.read_text() for name, path in files.items()} == first


@pytest.mark.parametrize("name", ROLES)
def test_each_role_is_asked_for_its_health(compose: dict[str, Any], name: str) -> None:
    """test_compose_runs.py runs these commands."""
    service = compose["services"][name]
    assert service["command"] == ["refloop", "run", name]
    assert service["healthcheck"]["test"][1:] == ["refloop", "health", name]


def test_the_databases_health_check_sees_a_cluster_that_is_up_and_one_that_is_not(
    compose: dict[str, Any], private_database: Database
) -> None:
    program, *words = compose["services"]["database"]["healthcheck"]["test"][1:]
    programs = installed()
    if programs is None:
        pytest.fail("the health check is PostgreSQL's own program. Run: sudo apt-get install postgresql")
    for port, expected in ((private_database.url.rsplit(":", 1)[1].split("/")[0], 0), ("1", 2)):
        done = subprocess.run([program, *words], env=os.environ | {"PGPORT": port}, capture_output=True, timeout=120)
        assert done.returncode == expected, done.stdout


def test_the_image_runs_as_nobody_special_from_pinned_packages() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert text.count("FROM python:3.13-slim") == 2
    assert "USER 10001:10001" in text
    assert "--require-hashes" in text
    assert "requirements-dev" not in text
    assert re.search(r"^USER ", text, flags=re.MULTILINE)
    assert "apt-get" not in text


def test_the_image_gets_only_what_runs() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    taken = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert {"models", "events", "workers", "bot", "admin"} < taken
    assert not taken & {"tests", "docs", "bench", "requirements-dev.txt", ".git", "secrets"}


@pytest.mark.parametrize("listed", ["requirements.txt", "requirements-dev.txt"])
def test_pinned_requirements_carry_hashes_and_no_address(listed: str) -> None:
    text = (ROOT / listed).read_text()
    assert "://" not in text
    assert not re.search(r"^--(?!hash)", text, flags=re.MULTILINE)
    pinned = re.split(r"^(?=[a-zA-Z0-9_.\[\]-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(pinned) > 40
    assert all("--hash=sha256:" in one for one in pinned)
