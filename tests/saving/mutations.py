"""Damage files at random and load them: `python -m tests.saving.mutations FOLDER COUNT`.

Each process reports how far it has come, so that a crash names the file that caused it.
"""

import collections
import json
import os
import random
import resource
import signal
import sys
import time
import warnings
from pathlib import Path

from kerasnb import backend as K
from kerasnb.models import load_model

MEMORY = 2 * 2**30
SECONDS = 20
REFUSED = (ValueError, OSError)


def mutated(data, generator):
    """Return bytes with some damage, of a kind that is chosen at random."""
    data = bytearray(data)
    kind = generator.randrange(6)
    for _ in range(generator.choice([1, 2, 5, 20])):
        place = generator.randrange(len(data))
        if kind == 0:
            data[place] ^= 1 << generator.randrange(8)
        elif kind == 1:
            data[place] = generator.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:  # a size or an address
            value = generator.choice([0, 1, 2**31 - 1, 2**32 - 1, 2**63, 2**64 - 1, len(data)])
            data[place : place + 8] = value.to_bytes(8, "little")
        elif kind == 3:  # digits and letters of the configs
            begin = data.find(b'{"class_name"')
            data[begin + generator.randrange(1500)] = generator.choice(b'0123456789"{}[],:-eE')
        elif kind == 4:
            length = generator.randrange(64)
            other = generator.randrange(len(data))
            data[place : place + length] = data[other : other + length]
        else:
            del data[max(16, place) :]
            break
    return bytes(data)


def late(number, frame):
    raise SystemExit("a file took too long")


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, late)
    warnings.simplefilter("ignore")
    originals = [path.read_bytes() for path in sorted(folder.glob("*.h5"))]
    results = collections.Counter(loaded=0, refused=0)
    start = time.perf_counter()
    for seed in range(count):
        generator = random.Random(seed)
        path = folder / "mutated.bin"
        path.write_bytes(mutated(generator.choice(originals), generator))
        print(seed, flush=True)
        signal.alarm(SECONDS)
        try:
            model = load_model(path)
            model.get_weights()
            results["loaded"] += 1
        except REFUSED:
            results["refused"] += 1
        signal.alarm(0)
        K.clear_session()
    print(f"{count} files in {time.perf_counter() - start:.1f} s", file=sys.stderr)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
