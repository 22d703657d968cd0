"""Try the hub as a class would: so many users at once, each running a chapter to its end.

    python notebooks/hub/try_it.py --users 12

Starts JupyterHub with the configuration beside this file on free ports of this machine, and goes
through its REST API and the WebSockets of kernels, as JupyterLab does. Prints how long it took and the
memory of each user's server and kernel; the exit status is 1 if a cell of anybody failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

HERE = Path(__file__).resolve().parent


class Hub:
    """A JupyterHub on free ports, and its API."""

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_hex(16)
        ports = free_ports(3)
        self.address = f"127.0.0.1:{ports[0]}"
        self.log = folder / "hub.log"
        own = {
            "KERASNB_HUB_TRIAL": str(folder / "homes"),
            "KERASNB_HUB_TOKEN": self.token,
            "KERASNB_HUB_PORTS": " ".join(map(str, ports)),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        command = [sys.executable, "-m", "jupyterhub", "-f", str(HERE / "jupyterhub_config.py")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT
            )

    async def ask(self, path: str, method: str = "GET", content: Any = None) -> Any:
        """Return what the API says."""
        body = None if method in ("GET", "DELETE") else json.dumps(content or {})
        head = {"Authorization": f"token {self.token}"}
        request = HTTPRequest(
            f"http://{self.address}{path}", method, head, body, request_timeout=180
        )
        answer = await AsyncHTTPClient().fetch(request)
        return json.loads(answer.body) if answer.body else None

    async def wait(self) -> None:
        """Wait until it answers."""
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                await self.ask("/hub/api/")
                return
            except (OSError, HTTPClientError):
                await asyncio.sleep(0.2)
        raise SystemExit(f"the hub did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """Stop it, with its proxy and all servers."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


async def learner(hub: Hub, name: str, chapter: str) -> list[str]:
    """Log in, start a server, run a chapter to its end; return the errors of its cells."""
    await hub.ask(f"/hub/api/users/{name}", "POST")
    while True:
        try:
            await hub.ask(f"/hub/api/users/{name}/server", "POST")
            break
        except HTTPClientError as error:
            if error.code != 429:  # too many are starting: come back later, as its page does
                raise
            await asyncio.sleep(float(error.response.headers.get("Retry-After", 10)))
    for _ in range(900):
        user = await hub.ask(f"/hub/api/users/{name}")
        if user["servers"].get("", {}).get("ready"):
            break
        await asyncio.sleep(0.5)
    else:
        return ["the server did not start"]
    found = await hub.ask(f"/user/{name}/api/contents/kerasnb/{chapter}")
    folder = f"kerasnb/{Path(chapter).parent.as_posix()}"
    kernel = await hub.ask(f"/user/{name}/api/kernels", "POST", {"path": folder})
    request = HTTPRequest(
        f"ws://{hub.address}/user/{name}/api/kernels/{kernel['id']}/channels",
        headers={"Authorization": f"token {hub.token}"},
        request_timeout=180,
    )
    channel = await websocket_connect(request, max_message_size=2**28)
    errors = []
    for cell in found["content"]["cells"]:
        if cell["cell_type"] == "code":
            errors += await execute(channel, cell["source"])
    channel.close()
    return errors


async def execute(channel: Any, code: str) -> list[str]:
    """Run a cell; return its error, if any."""
    me = uuid.uuid4().hex
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    header = {"msg_id": me, "msg_type": "execute_request", "version": "5.3"}
    header |= {"username": "", "session": me, "date": ""}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    await channel.write_message(json.dumps(message | {"channel": "shell", "buffers": []}))
    while True:
        answer = await asyncio.wait_for(channel.read_message(), 600)
        if answer is None:
            return ["the connection was closed"]
        if isinstance(answer, bytes):
            continue  # of a display, with its arrays
        told = json.loads(answer)
        if told["parent_header"].get("msg_id") == me and told["msg_type"] == "execute_reply":
            said = told["content"]
            return [] if said["status"] == "ok" else [f"{said.get('ename')}: {said.get('evalue')}"]


# -- memory


def processes() -> dict[int, tuple[str, str]]:
    """Return whose server or kernel each process is."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            known = re.search(
                rb"(?:^|\0)JUPYTERHUB_USER=(trial-\d+)\0", (place / "environ").read_bytes()
            )
            command = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if known:
            part = "kernel" if b"ipykernel" in command else "server"
            found[int(place.name)] = known[1].decode(), part
    return found


def kilobytes(process: int, file: str, name: str) -> int:
    """Return a number that the system tells of a process; 0 once that has ended."""
    try:
        text = Path(f"/proc/{process}/{file}").read_text()
    except OSError:
        return 0
    known = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(known[1]) if known else 0


async def watch(peaks: dict[str, Counter[tuple[str, str]]]) -> None:
    """Keep the highest figures of each user's server, kernel, and both at one time, in kilobytes."""
    while True:
        now: dict[str, Counter[tuple[str, str]]] = {}
        for process, (user, part) in processes().items():
            own = now.setdefault(user, Counter())
            for kind in ("Pss", "Rss"):
                value = kilobytes(process, "smaps_rollup", kind)
                own[part, kind] += value
                own["server + kernel", kind] += value
        for user, own in now.items():
            peaks[user] = peaks.get(user, Counter()) | own  # the higher of each
        await asyncio.sleep(0.5)


async def trial(users: int, chapter: str, folder: Path) -> int:
    """Run it; return the exit status."""
    AsyncHTTPClient.configure(None, max_clients=4 * users)
    hub, peaks = Hub(folder), dict[str, Counter[tuple[str, str]]]()
    watcher = asyncio.create_task(watch(peaks))
    try:
        await hub.wait()
        begin = time.monotonic()
        names = [f"trial-{number}" for number in range(1, users + 1)]
        results = await asyncio.gather(
            *(learner(hub, name, chapter) for name in names), return_exceptions=True
        )
        seconds = time.monotonic() - begin
    finally:
        watcher.cancel()
        hub.stop()
    failed = {n: r for n, r in zip(names, results, strict=True) if r != []}
    for name, result in failed.items():
        print(f"{name}: {result!r}")
    if failed:
        print(hub.log.read_text("utf-8", "replace")[-4000:])
    print(f"{users - len(failed)} of {users} users ran {chapter} to its end in {seconds:.0f} s")
    for kind, about in (("Pss", "shared memory divided"), ("Rss", "shared memory counted by each")):
        print(f"highest {kind.upper()} ({about}), median and most of the users:")
        for part in ("server", "kernel", "server + kernel"):
            values = sorted(own[part, kind] / 1024 for own in peaks.values())
            print(f"  {part:16}{statistics.median(values):5.0f} MB {values[-1]:5.0f} MB")
    return 1 if failed else 0


def main() -> int:
    """Read the command line, and try."""
    parser = argparse.ArgumentParser(description="Try the hub with many users at once.")
    parser.add_argument("--users", type=int, default=12)
    parser.add_argument("--chapter", default="en/01-first-network.ipynb")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return asyncio.run(trial(options.users, options.chapter, Path(folder)))


if __name__ == "__main__":
    raise SystemExit(main())
