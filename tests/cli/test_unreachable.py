"""A server that can not be reached is for later, whatever keeps it away; host and cause are named."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme

ROWS = "id,City\n5545974000000500001,Cork\n"
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none")


class Cause(NamedTuple):
    """The address of a server, the proxy on the way there, and how the command names it."""

    address: str
    proxy: str | None
    says: str


@contextmanager
def listening(answer: bytes, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port of this machine where every request is answered so."""

    def serve(connected: socket.socket) -> None:
        with suppress(OSError), connected:
            if tls is not None:
                connected = tls.wrap_socket(connected, server_side=True)
            with connected:
                connected.recv(65_536)
                connected.sendall(answer)

    def accept() -> None:
        with suppress(OSError):
            while True:
                serve(server.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@pytest.fixture(scope="module")
def causes() -> Iterator[dict[str, Cause]]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    wants_password = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with ExitStack() as stack:
        stranger = stack.enter_context(listening(b"", tls))
        plain = stack.enter_context(listening(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
        proxy = f"http://127.0.0.1:{stack.enter_context(listening(wants_password))}"
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobody = closed.getsockname()[1]
        yield {
            "dns": Cause("http://crm.invalid", None, "crm.invalid: no such host is known"),
            "refused": Cause(f"http://127.0.0.1:{nobody}", None, "127.0.0.1: the connection was refused"),
            "certificate": Cause(
                f"https://127.0.0.1:{stranger}", None, "127.0.0.1: its certificate is not trusted"
            ),
            "tls": Cause(f"https://127.0.0.1:{plain}", None, "127.0.0.1: TLS failed"),
            "proxy": Cause(
                "http://crm.invalid", proxy, "crm.invalid through the proxy 127.0.0.1: the proxy wants a user"
            ),
            "proxy-tls": Cause(
                "https://crm.invalid",
                proxy,
                "crm.invalid through the proxy 127.0.0.1: the proxy did not let it through: 407",
            ),
        }


@pytest.fixture(scope="module")
def processes(
    causes: dict[str, Cause], zcrm_in: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """One for each cause, all at once: each waits for some seconds between its attempts."""
    running: dict[str, subprocess.Popen[str]] = {}
    for name, cause in causes.items():
        zcrm = zcrm_in(tmp_path_factory.mktemp(name))
        zcrm.write("rows.csv", ROWS)
        zcrm.env = {key: value for key, value in zcrm.env.items() if not key.lower().endswith("_proxy")}
        zcrm.env |= {
            "ZCRM_API_DOMAIN": cause.address,
            "ZCRM_ACCOUNTS_URL": cause.address,
            "ZCRM_CLIENT_ID": "1000.C",
            "ZCRM_CLIENT_SECRET": "secret",
            "ZCRM_REFRESH_TOKEN": "1000.r",
        }
        if cause.proxy is not None:
            zcrm.env |= {"HTTP_PROXY": cause.proxy, "HTTPS_PROXY": cause.proxy}
        running[name] = zcrm.start(*UPDATE)
    yield running
    for process in running.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize("name", ["dns", "refused", "certificate", "tls", "proxy", "proxy-tls"])
def test_it_is_5_and_named(
    causes: dict[str, Cause], processes: dict[str, subprocess.Popen[str]], name: str
) -> None:
    _, err = processes[name].communicate(timeout=60)
    assert processes[name].returncode == 5, err
    assert f"Stopped: The server could not be reached: {causes[name].says}" in err
    assert "To send the rest:\n  zcrm runs resume" in err
    assert "secret" not in err


def test_an_api_that_can_not_be_reached_after_signing_in_is_5(
    zcrm: Any, simulator: Any, causes: dict[str, Cause], ids: Callable[[int], list[str]]
) -> None:
    zcrm.write("rows.csv", ROWS)
    zcrm.env["ZCRM_API_DOMAIN"] = causes["refused"].address
    done = zcrm(*UPDATE)
    assert done.returncode == 5, done.stderr
    assert causes["refused"].says in done.stderr
    assert simulator.ledger.calls("create_token") == 1
    assert Path(zcrm.run_folder / "unsent.csv").read_text().count("\n") == 2
