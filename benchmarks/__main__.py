import argparse
import sys
from pathlib import Path

from . import __doc__ as description
from .environments import REQUIREMENTS, interpreter
from .processes import all_cores, run
from .report import Results
from .workloads import WORKLOADS


def arguments():
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("workloads", nargs="*", default=[], help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument(
        "--peers", default=",".join(REQUIREMENTS), help="separated by commas (default: %(default)s)"
    )
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=PYTHON",
        help="run a peer (or kerasnb) with this interpreter",
    )
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).with_name("RESULTS.md"),
        help="default: RESULTS.md beside this file",
    )
    options = parser.parse_args()
    for name in options.workloads:
        if name not in WORKLOADS:
            parser.error(f"no workload {name!r}; there are {', '.join(WORKLOADS)}")
    options.peers = [peer for peer in options.peers.split(",") if peer]
    options.env = dict(pair.split("=", 1) for pair in options.env)
    for peer in options.peers:
        if peer not in REQUIREMENTS:
            parser.error(f"no peer {peer!r}; there are {', '.join(REQUIREMENTS)}")
    return options


def main():
    options = arguments()
    pythons = {peer: interpreter(peer, options.env) for peer in ["kerasnb", *options.peers]}
    cores = all_cores()
    settings = [cores[-1:], cores] if len(cores) > 1 else [cores]
    machines = {
        len(held): run(pythons["kerasnb"], "benchmarks.machine", [], held) for held in settings
    }
    results = Results()
    for number in range(options.rounds):
        for workload in options.workloads or WORKLOADS:
            for held in settings:
                for peer, python in pythons.items():
                    print(
                        f"round {number + 1}: {workload}, {len(held)} core(s), {peer}",
                        file=sys.stderr,
                    )
                    measurement = run(python, "benchmarks.worker", [peer, workload], held)
                    results.add(workload, len(held), peer, measurement)
    page = results.page(machines, " ".join(["python -m benchmarks", *options.workloads]))
    print(page)
    options.output.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
