"""A JupyterHub for a class on one machine; docs/hub.md says how to start it.

Students are accounts of this machine, each with a server of their own under their own account.
`KERASNB_HUB_TRIAL=FOLDER` tries it without accounts: `try_it.py` does so. Never use that for a class:
all servers run under one account then, and anybody with the token is let in as anybody.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

here = Path(__file__).resolve().parent
tools = Path(sys.executable).parent  # the environment that JupyterHub was installed into

# -- the proxy, as npm installed it: `npm install --prefix VENV/proxy configurable-http-proxy`
proxy = tools.parent / "proxy" / "node_modules" / "configurable-http-proxy"
c.ConfigurableHTTPProxy.command = ["node", str(proxy / "bin" / "configurable-http-proxy")]

# -- who may come: "allow all" means everybody with an account and a password on this machine
c.Authenticator.allow_all = True
c.Authenticator.admin_users = set(os.environ.get("KERASNB_HUB_ADMINS", "").split())

# -- what each gets: JupyterLab on their own working copies of the chapters
c.Spawner.cmd = [sys.executable, str(here / "start_user.py")]
c.Spawner.default_url = "/lab/tree/kerasnb"
c.Spawner.start_timeout = 180  # when a whole class presses the button at once
c.Spawner.http_timeout = 180
c.Spawner.environment = {
    # Of N people who train at once, each would start a thread for each core.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Compiled kernels make convolutions twice as fast, and take some 40 MB of memory for each.
    "KERASNB_KERNELS": os.environ.get("KERASNB_KERNELS", "numpy"),
    "KERASNB_DATASETS": os.environ.get("KERASNB_DATASETS", "auto"),
    # What a kernel has freed goes back to the system, and is not kept for the next large array.
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "MALLOC_ARENA_MAX": "2",
}
c.Spawner.args = [
    # Sockets with names of files: a port may be taken after it was chosen, before the kernel opens
    # it. Other users of this machine cannot reach them either.
    "--KernelManager.transport=ipc",
    # No server for completions is installed, and looking for one starts npm for each user.
    "--ServerApp.jpserver_extensions={'jupyter_lsp': False}",
]

if folder := os.environ.get("KERASNB_HUB_TRIAL"):
    home = Path(folder).resolve()
    c.JupyterHub.authenticator_class = "null"
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(home / "{username}")
    c.JupyterHub.services = [{"name": "trial", "api_token": os.environ["KERASNB_HUB_TOKEN"]}]
    scopes = ["admin:users", "admin:servers", "access:servers"]
    c.JupyterHub.load_roles = [{"name": "trial", "services": ["trial"], "scopes": scopes}]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        c.Spawner.args.append("--allow-root")  # in a container everybody is root
    port, hub, api = (int(number) for number in os.environ["KERASNB_HUB_PORTS"].split())
    c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub}"
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{api}"
