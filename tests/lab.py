"""A real JupyterLab server, started by `kerasnb lab`."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def environment(home: Path) -> dict[str, str]:
    """Return variables with which this checkout is used and no file outside `home` is touched."""
    variables = {name: value for name, value in os.environ.items() if "JUPYTER" not in name}
    for name in ("HOME", "USERPROFILE", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        variables[name] = str(home)
    return variables | {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@contextmanager
def serve(environment: dict[str, str], *arguments: str):
    """Run `kerasnb lab` on a port of its own choice; yield its address and what it printed."""
    command = [sys.executable, "-u", "-m", "kerasnb", "lab", "--no-browser", "--port=0"]
    # Should a test die, the server does not outlive it for long.
    command += ["--ServerApp.shutdown_no_activity_timeout=120", *arguments]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        printed = ""
        while not (address := re.search(r"http://127.0.0.1:\d+/\S+", printed)):
            line = process.stdout.readline()
            assert line, f"the server ended: {printed}"
            printed += line
        wait_until_it_listens(address[0])
        yield address[0], printed
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """End a server, with its patience for kernels that are still starting or without it."""
    process.terminate()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def get(address: str) -> bytes:
    """Return the page at an address."""
    with urllib.request.urlopen(address, timeout=60) as page:
        return page.read()


def wait_until_it_listens(address: str) -> None:
    """Wait for a server: it prints its address an instant before it listens."""
    parts = urllib.parse.urlsplit(address)
    for _ in range(100):
        with socket.socket() as client:
            if client.connect_ex((parts.hostname, parts.port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(address)
