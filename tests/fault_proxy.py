"""A proxy in front of an S3 server that fails as it is told: for tests of what happens then."""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BUSY = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>"


@dataclass
class Fault:
    """What happens to one request instead of what should."""

    kind: str
    """``reset``: the connection breaks before an answer. ``lost``: the server does it, then the connection breaks.
    ``cut``: the body breaks off after `after` bytes. ``answer``: the server is not asked."""
    method: str = ""
    """Only requests of this method; empty: all."""
    after: int = 0
    status: int = 503
    body: bytes = BUSY
    content_type: str = "application/xml"


@dataclass
class FaultProxy:
    """The proxy; faults are used up in order, by requests that they apply to."""

    port: int
    scheme: str
    faults: deque[Fault] = field(default_factory=deque)
    broken: Callable[[], bool] = lambda: False
    """While it is true every connection breaks, as if the server were down."""
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers of each request."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def next_fault(self, method: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.method in ("", method):
                    self.faults.remove(fault)
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream_port: int, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = tls
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.upstream_port = upstream_port
        self.proxy = FaultProxy(self.server_address[1], "https" if tls else "http")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that are broken on purpose are no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def handle_any(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proxy.seen.append((self.command, self.path, dict(self.headers)))
        if proxy.broken():
            self.break_off()
            return
        fault = proxy.next_fault(self.command)
        if fault and fault.kind == "reset":
            self.break_off()
        elif fault and fault.kind == "answer":
            self.answer(fault.status, {"Content-Type": fault.content_type}, fault.body, len(fault.body))
        else:
            self.pass_on(body, fault)

    # The names by which the standard library calls them.
    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

    def pass_on(self, body: bytes, fault: Fault | None) -> None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=60)
        with closing(upstream):
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders(body)
            response = upstream.getresponse()
            data = response.read()
        if fault and fault.kind == "lost":
            self.break_off()
            return
        hop = {"content-length", "transfer-encoding", "connection"}
        headers = {name: value for name, value in response.getheaders() if name.lower() not in hop}
        length = int(response.getheader("Content-Length") or len(data))
        cut = fault is not None and fault.kind == "cut"
        self.answer(response.status, headers, data[: fault.after] if fault and cut else data, length)
        if cut:
            self.break_off()

    def answer(self, status: int, headers: dict[str, str], data: bytes, length: int) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def break_off(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        if self.server.tls is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


@contextmanager
def fault_proxy(upstream_port: int, tls: ssl.SSLContext | None = None) -> Iterator[FaultProxy]:
    """Run a proxy in front of a server on loopback, speaking TLS if a context is given."""
    with _Server(upstream_port, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.proxy
        finally:
            server.shutdown()
            thread.join()
