"""What the stand-ins have in common: their look, plain and marked as what they are, and how they answer."""

import json
from collections.abc import Mapping
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1.5rem;color:#1f2933;background:#f6f3ea}
.mark{background:#7a4b00;color:#fff;padding:.5rem .75rem;border-radius:6px;font-weight:600}
form{display:grid;gap:.5rem}h1{line-height:1.2}
input,select{font:inherit;width:100%;box-sizing:border-box;min-height:44px;padding:.5rem;
border:1px solid #b8a98a;border-radius:8px}
button,.act{display:block;width:100%;box-sizing:border-box;text-align:left;padding:.75rem;min-height:44px;font:inherit;
border:1px solid #b8a98a;border-radius:8px;background:#fff;color:#1f2933;text-decoration:none;cursor:pointer}
button small{display:block;color:#52606d}button:focus-visible,.act:focus-visible{outline:3px solid #7a4b00}
dl{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.4fr);gap:.25rem 1rem}
dt{color:#52606d}dd{margin:0;overflow-wrap:anywhere}
"""
MARK = "Démonstration : rien ici n’est vrai"


def page(title: str, body: str, mark: str = MARK) -> str:
    """A whole page; `body` is HTML that its caller has escaped."""
    return (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><main><p class="mark">{mark}</p><h1>{title}</h1>{body}</main></body></html>'
    )


class Answers(BaseHTTPRequestHandler):
    """The answers of a stand-in: a page, a tree, somewhere else to go."""

    protocol_version = "HTTP/1.1"

    def form(self) -> dict[str, str]:
        """What was posted, the first value of each name; a body is small."""
        size = min(int(self.headers.get("Content-Length") or 0), 100_000)
        return first_values(self.rfile.read(size).decode())

    def cookie(self, name: str) -> str:
        """A cookie of the browser, empty without it."""
        found = SimpleCookie(self.headers.get("Cookie", "")).get(name)
        return found.value if found else ""

    def go(self, address: str, cookie: str = "") -> None:
        """Send the browser elsewhere, by GET."""
        self.send_response(303)
        self.send_header("Location", address)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def html(self, text: str, status: int = 200) -> None:
        """A page."""
        self.answer(text.encode(), "text/html; charset=utf-8", status)

    def json(self, tree: Mapping[str, Any], status: int = 200) -> None:
        """A tree."""
        self.answer(json.dumps(tree).encode(), "application/json", status)

    def answer(self, body: bytes, kind: str, status: int = 200) -> None:
        """Bytes of a kind."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Nothing: the demo's terminal says what matters."""


def first_values(query: str) -> dict[str, str]:
    """The parameters of an address or of a form, the first value of each."""
    return {name: values[0] for name, values in parse_qs(query).items()}


def server_of(handler: type[Answers], host: str, port: int, **bound: Any) -> ThreadingHTTPServer:
    """A server ready to run, whose handlers have `bound`; `serve_forever` is the caller's."""
    server = ThreadingHTTPServer((host, port), type("BoundHandler", (handler,), bound))
    server.daemon_threads = True
    return server
