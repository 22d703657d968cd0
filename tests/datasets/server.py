"""A web server on this machine that misbehaves as told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What is served, how badly, and what was asked for.

    Attributes:
        content: the bytes of every path, except those of `others`.
        breaks: after how many bytes the connection ends, one number for each answer in turn.
        codes: answers of only a status code, one for each of the first requests.
        ranges: whether a part of the file can be asked for.
        more: what Content-Length says too much; None leaves the length out.
        pause: seconds between two pieces.
        redirects: path -> address.
        asked: (path, Range header) of every request.
    """

    content: bytes
    breaks: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    ranges: bool = True
    more: int | None = 0
    pause: float = 0.0
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            site.asked.append((self.path, wanted))
            if self.path in site.redirects:
                self.send_response(302)
                self.send_header("Location", site.redirects[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif site.codes:
                self.send_error(site.codes.pop(0))
            else:
                self.serve(wanted)

        def serve(self, wanted: str | None) -> None:
            start, total = 0, len(site.content)
            if wanted and site.ranges:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if start >= total:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{total}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            else:
                self.send_response(200)
            if site.more is not None:
                self.send_header("Content-Length", str(total - start + site.more))
            self.end_headers()
            body = site.content[start:]
            if site.breaks:
                body = body[: site.breaks.pop(0)]
            for at in range(0, len(body), 4096):
                self.wfile.write(body[at : at + 4096])
                time.sleep(site.pause)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    return Handler


@contextlib.contextmanager
def serving(content: bytes, **how: object) -> Iterator[Site]:
    """Serve a site as long as the block runs."""
    site = Site(content, **how)  # type: ignore[arg-type]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
