"""A private RabbitMQ node for tests and for `make demo FULL=1`: no rights, no service, loopback only."""

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from admin.servers.process import Process, ServerFailed, Workplace, accepts, free_port

USER = "refloop"
START_SECONDS = 60
SETTLE = "[dets:sync(Table) || Table <- dets:all()]."


class ManagementFailed(Exception):
    """The management API refused; the text holds its status and reason."""


class Management:
    """RabbitMQ's HTTP management API with one user's rights."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address
        self._authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers, decoded; None for an empty answer. Raises ManagementFailed or OSError."""
        request = urllib.request.Request(  # noqa: S310 (the address is ours and http)
            f"{self.address}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self._authorization, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                reason = refusal.read().decode(errors="replace")
            raise ManagementFailed(f"{method} {path}: {refusal.code} {reason}") from None
        return json.loads(text) if text else None

    def create_vhost(self, name: str, user: str) -> None:
        """A new empty virtual host in which `user` may do everything."""
        vhost = urllib.parse.quote(name, safe="")
        self.ask("PUT", f"vhosts/{vhost}", {})
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.ask("PUT", f"permissions/{vhost}/{urllib.parse.quote(user, safe='')}", everything)

    def delete_vhost(self, name: str) -> None:
        self.ask("DELETE", f"vhosts/{urllib.parse.quote(name, safe='')}")


def installed() -> Path | None:
    """The folder of RabbitMQ's own scripts, or None. Not Debian's wrappers on the PATH: they do `su`."""
    folders = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"), reverse=True)
    for folder in folders:
        if (folder / "rabbitmq-server").exists():
            return folder
    found = shutil.which("rabbitmq-server")
    if found is None or Path(found).resolve().is_relative_to("/usr/lib/rabbitmq/bin"):
        return None
    return Path(found).resolve().parent


class PrivateBroker:
    """`with PrivateBroker() as broker:` one node on free loopback ports, with a user of its own and no guest.

    A `directory` is kept afterwards, without one it is temporary.
    """

    def __init__(self, directory: Path | None = None) -> None:
        scripts = installed()
        if scripts is None:
            raise ServerFailed("RabbitMQ is not installed; run: python -m admin.servers ensure")
        self._scripts = scripts
        self._workplace = Workplace(directory, "broker")
        self.directory = self._workplace.path
        self.port, self._dist, self._epmd_port, management = (free_port() for _ in range(4))
        self.user, self.password = USER, secrets.token_urlsafe(18)
        self.url = f"amqp://{self.user}:{self.password}@127.0.0.1:{self.port}/"
        self.management = Management(f"http://127.0.0.1:{management}", self.user, self.password)
        self._management_port = management
        self._node: Process | None = None
        self._epmd: Process | None = None
        self._environment = self._prepare()

    def _prepare(self) -> dict[str, str]:
        home = self.directory
        (home / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self._management_port}\n"
            f"default_user = {self.user}\ndefault_pass = {self.password}\n"
            "log.console = true\nlog.console.level = info\nlog.file = false\n"
            "disk_free_limit.absolute = 100MB\n"
        )
        (home / "rabbitmq.conf").chmod(0o600)
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(20))
            cookie.chmod(0o400)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RABBITMQ_", "ERL_"))}
        return inherited | {
            "HOME": str(home),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none.conf"),
            "RABBITMQ_NODENAME": f"refloop{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "none.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_DIST_PORT": str(self._dist),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # idle schedulers sleep: the tests share a few cores with it
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        }

    def start(self) -> None:
        """Start the node on its data, again after `kill`; returns when it takes connections (5–10 s)."""
        epmd = shutil.which("epmd")
        if epmd is not None and self._epmd is None:
            # In the foreground and ours: one that the node starts by itself would outlive it.
            self._epmd = self._workplace.start("epmd", [epmd], self._environment)
            self._epmd.expect(lambda: accepts(self._epmd_port), 10)
        self._node = self._workplace.start("rabbitmq", [str(self._scripts / "rabbitmq-server")], self._environment)
        self._node.expect(self._ready, START_SECONDS)

    def _ready(self) -> bool:
        if not (accepts(self.port) and accepts(self._management_port)):
            return False
        try:
            self.management.ask("GET", "vhosts")
        except (OSError, ManagementFailed):
            return False
        return True

    def settle(self) -> None:
        """Write down which queues there are. Call it between declaring a quorum queue and `kill`.

        RabbitMQ keeps a new quorum queue's directory entry in memory for about a second (dets auto_save).
        A node killed before that comes back with the queue empty and leaderless for ever (seen on 3.10.8).
        """
        self.ctl("eval", SETTLE)

    def kill(self) -> None:
        """SIGKILL, as a power cut of the broker alone."""
        if self._node is not None:
            self._node.kill()

    def stop(self) -> None:
        """An orderly stop of the node; its data stays."""
        if self._node is not None:
            self._node.stop(signal.SIGTERM, 20)

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl ARGUMENTS` prints. Raises ServerFailed with its words when it fails."""
        return self.tool("rabbitmqctl", "--quiet", *arguments)

    def tool(self, program: str, *arguments: str) -> str:
        """The same for any of RabbitMQ's command-line tools."""
        done = subprocess.run(
            [str(self._scripts / program), *arguments],
            env=self._environment, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode != 0:
            raise ServerFailed(f"{program} {' '.join(arguments)}: {(done.stdout + done.stderr).strip()}")
        return done.stdout

    def create_vhost(self, name: str) -> str:
        """The URL of a new, empty virtual host."""
        self.management.create_vhost(name, self.user)
        return self.url + urllib.parse.quote(name, safe="")

    def delete_vhost(self, name: str) -> None:
        self.management.delete_vhost(name)

    def close(self) -> None:
        """End the node at once and everything of it; use `stop` before to keep a clean data directory."""
        for process in (self._node, self._epmd):
            if process is not None:
                process.kill()
        self._workplace.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
