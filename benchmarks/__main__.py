import argparse
import sys
from pathlib import Path

from . import __doc__ as description
from . import results
from .environments import interpreter
from .peers import PEERS
from .processes import all_cores, run
from .report import page
from .results import Part
from .workloads import WORKLOADS

PARTS = [*WORKLOADS, "extras", "growth"]


def arguments():
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", default=[], help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--peers",
        default=",".join(name for name in PEERS if name != "kerasnb"),
        help="separated by commas (default: %(default)s)",
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
        default=Path(__file__).parent,
        help="folder of results.json and RESULTS.md (default: that of this file)",
    )
    options = parser.parse_args()
    options.parts = options.parts or PARTS
    options.peers = [peer for peer in options.peers.split(",") if peer]
    options.env = dict(pair.split("=", 1) for pair in options.env)
    for given, known in [(options.parts, PARTS), (options.peers, PEERS), (options.env, PEERS)]:
        for name in given:
            if name not in known:
                parser.error(f"there is no {name!r}, but {', '.join(known)}")
    return options


def settings():
    """Return the cores that processes are held to: one of them, and all if there are more."""
    cores = all_cores()
    return {"one": cores[-1:]} | ({"all": cores} if len(cores) > 1 else {})


def facts(python, held):
    """Return what the machine is, with the rate of each setting."""
    measured = {name: run(python, "benchmarks.machine", [], cores) for name, cores in held.items()}
    rates = {name: round(facts["gflops"]) for name, facts in measured.items()}
    return measured["one"] | {"gflops": rates, "cores": len(all_cores())}


def turns(part, pythons, held):
    """Yield (setting, peer) for all that a part is measured with, in the order of a round."""
    for setting in held:
        for peer in pythons:
            if part == "growth":
                wanted = (setting, peer) == ("one", "kerasnb")
            elif part == "extras":
                wanted = setting == "one" and peer != "kerasnb_numpy"
            else:
                wanted = setting in ("one", PEERS[peer].cores)
            if wanted:
                yield setting, peer


def main():
    options = arguments()
    parts = results.load(options.output / "results.json")
    if options.rounds:
        held = settings()
        pythons = {name: interpreter(name, options.env) for name in ["kerasnb", *options.peers]}
        machine = facts(pythons["kerasnb"], held)
        fresh = {part: Part(machine) for part in options.parts}
        for number in range(options.rounds):
            for part in options.parts:
                for setting, peer in turns(part, pythons, held):
                    print(f"round {number + 1}: {part}, {setting}, {peer}", file=sys.stderr)
                    measurement = run(
                        pythons[peer],
                        "benchmarks.worker",
                        [peer, part],
                        held[setting],
                        PEERS[peer].settings,
                    )
                    fresh[part].add(setting, peer, measurement)
        parts |= fresh
        parts = {name: parts[name] for name in PARTS if name in parts}
        results.save(options.output / "results.json", parts)
    text = page(parts)
    print(text)
    (options.output / "RESULTS.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
