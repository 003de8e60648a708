"""Servers that tests send to: SMTP and HTTP, on this machine, which may break off where one wants."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any


class SmtpServer(ThreadingTCPServer):
    """Keeps what it takes in `mails`; `breaks` says at which word it closes, `answers` what it says."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SmtpSession)
        self.mails: list[tuple[str, str]] = []
        self.breaks = ""
        self.answers: dict[str, str] = {}


class SmtpSession(StreamRequestHandler):
    """One dialogue of RFC 5321: EHLO, MAIL, RCPT, DATA, QUIT."""

    server: SmtpServer

    def handle(self) -> None:
        self.say("220 essai")
        recipient = ""
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == self.server.breaks:
                return
            if word == "RCPT":
                recipient = line.partition("<")[2].rstrip(">")
            if word == "DATA" and "DATA" not in self.server.answers:
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                if self.server.breaks == "TEXT":
                    return
                self.server.mails.append((recipient, text))
            self.say(self.server.answers.get(word, "250 ok" if word != "QUIT" else "221 bye"))

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class HttpGateway(HTTPServer):
    """A gateway of SMS: sends each key once; `status` refuses, `breaks` takes and never answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HttpSession)
        self.sent: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 202
        self.breaks = False


class HttpSession(BaseHTTPRequestHandler):
    """One POST."""

    server: HttpGateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), body))
        if self.server.status < 300:
            key = self.headers.get("Idempotency-Key", str(len(self.server.sent)))
            self.server.sent.setdefault(key, json.loads(body))
        if self.server.breaks:
            return
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "http://127.0.0.1:9/ailleurs")
        self.end_headers()
        if self.server.status < 300:
            self.wfile.write(json.dumps({"id": f"op-{key}"}).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(server: Any) -> Iterator[Any]:
    """Serve on a thread while the block runs."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
