"""Damage what models are saved as, and load it: `python -m tests.saving.mutations FORM FOLDER COUNT`.

FORM is h5, json or yaml; FOLDER holds the originals, `*.h5`, `*.json` or `*.yaml`. The process
reports how far it has come, so that a crash names what caused it; and in the end, whether a load

* has raised what is not one of our exceptions,
* has taken more than 5 seconds (of the processor: others may need it too), or 1 GiB of memory,
* has run a program, read a pickle or code, or removed or renamed a file.
"""

import collections
import contextlib
import difflib  # noqa: F401 - it is what an unknown name makes kerasnb import
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import h5py

import kerasnb
from kerasnb import backend as K
from kerasnb.engine.yaml_format import parse_yaml, write_yaml
from kerasnb.models import load_model, model_from_json, model_from_yaml

MEMORY = 2**30
SECONDS = 5
OURS = str(Path(kerasnb.__file__).parent)
FORBIDDEN = (
    "os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty os.remove os.rename os.mkdir "
    "subprocess.Popen pickle.find_class marshal.loads socket.connect shutil.rmtree ctypes.dlopen"
).split()

HUGE = [10**9, 2**31, 2**53, 10**12, 2**63, 10**40, -1, -(10**12), 0, 1e308, 1e-320]
HUGE += [float("inf"), float("nan")]
OTHER = [None, True, False, 3, 0.5, "", "relu", [], {}, [None], [[1, 2]], {"class_name": "Dense"}]
HOSTILE = [
    "os.system", "builtins.exec", "__import__", "__class__", "__init__", "../../etc/passwd",
    "/etc/passwd", "name\0end", "x" * 100_000, "模型", "\ud800", "{0.__class__}", "%s%n", "a/b",
    "kernel:0", "keras.layers>Dense", "Lambda", "Model", "Sequential", "Network", "K", "Layer",
    "RNN", "Wrapper", "deserialize", "load_model", "get_file", "Bidirectional", "TimeDistributed",
    "!!python/object/apply:os.system", "lambda: 0", "file:///etc/passwd", "eval", "9" * 5000,
]  # fmt: skip
TEXTS = {
    "json": ["[" * 100_000, '{"a":' * 1000, "9" * 5000, "-1e999", "NaN", "\\u0000", '"\\ud800"'],
    "yaml": [
        "!!python/object/apply:os.system ['touch kerasnb-canary']", "!!python/name:os.system",
        "!!python/object/new:subprocess.Popen [[touch, kerasnb-canary]]", "&a [*a]", "[" * 5000,
        "!!binary aGVsbG8=", "!!set {a, b}", "!!timestamp 2001-12-14", "? [a]\n: b", "<<: {a: 1}",
        "- " * 3000, "9" * 5000, ".inf", "!!int x", "!!float x", "0o777", "--- a\n--- b\n",
        "&a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"b{i}: &b{i} [{'*a,' * 9}]\n" for i in range(9)),
    ],
}  # fmt: skip


class Broken(BaseException):
    """What must not happen has happened: nothing that catches exceptions catches this."""


def damaged(data, generator, special=(b"",)):
    """Return bytes with some damage, of a kind that is chosen at random."""
    data = bytearray(data)
    kind = generator.randrange(7)
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
            begin = max(data.find(b'{"class_name"'), 0)
            place = min(begin + generator.randrange(1500), len(data) - 1)
            data[place] = generator.choice(b'0123456789"{}[],:-eE')
        elif kind == 4:
            length = generator.randrange(64)
            other = generator.randrange(len(data))
            data[place : place + length] = data[other : other + length]
        elif kind == 5:
            del data[max(16, place) :]
            break
        else:
            data[place:place] = generator.choice(special)
    return bytes(data)


def places_in(config):
    """Yield all places in nested lists and dictionaries: what holds them, and the key there."""
    for key in list(config) if isinstance(config, dict) else range(len(config)):
        yield config, key
        if isinstance(config[key], dict | list):
            yield from places_in(config[key])


def changed(config, generator):
    """Change a config in some places: other sizes, types, names; deeper; less; twice."""
    kind = generator.randrange(7)
    for _ in range(generator.choice([1, 1, 2, 5])):
        places = list(places_in(config))
        values = [(c, k) for c, k in places if not isinstance(c[k], dict | list)]
        holder, key = generator.choice(places if kind in (1, 3) else values or places)
        if kind == 0:
            numbers = [(c, k) for c, k in places if type(c[k]) in (int, float)]
            holder, key = generator.choice(numbers or places)
            holder[key] = generator.choice(HUGE)
        elif kind == 1:
            holder[key] = generator.choice(OTHER)
        elif kind == 2:
            holder[key] = generator.choice(HOSTILE)
        elif kind == 3:
            for _ in range(generator.choice([1, 3, 150])):
                holder[key] = generator.choice([[holder[key]], {"config": holder[key]}])
        elif kind == 4:  # another one's value
            other, name = generator.choice(places)
            holder[key] = json.loads(json.dumps(other[name]))
        elif kind == 5:
            dictionaries = [(c, k) for c, k in places if isinstance(c, dict)]
            holder, key = generator.choice(dictionaries)
            holder[generator.choice([*HOSTILE, "unroll", "module", "dtype"])] = holder.pop(key)
        else:  # lists without a member, or with one twice
            lists = [c for c, k in places if isinstance(c, list)]
            some = generator.choice(lists) if lists else []
            some[:] = generator.choice([some[:-1], some[1:], some * 2, some * 50])
            break  # fifty times fifty would take more memory here than there
    return config


def mutated_text(form, text, generator):
    """Return JSON or YAML text with damage to its letters, or to what it says."""
    if generator.random() < 0.4:
        special = [t.encode() for t in TEXTS[form]]
        return damaged(text.encode(), generator, special).decode("utf-8", "replace")
    config = changed(json.loads(text) if form == "json" else parse_yaml(text), generator)
    if form == "yaml":
        with contextlib.suppress(RecursionError):  # too deep for its writer
            return write_yaml(config)
    return json.dumps(config)  # which is YAML, too


def mutate_file(path, data, generator):
    """Write an HDF5 file with damage to its bytes, or to what its attributes say."""
    if generator.random() < 0.6:
        path.write_bytes(damaged(data, generator))
        return
    path.write_bytes(data)
    with h5py.File(path, "r+") as file:
        name = generator.choice(["model_config", "model_config", "training_config"])
        if name not in file.attrs:
            name = "model_config"
        text = json.dumps(changed(json.loads(file.attrs[name]), generator))
        del file.attrs[name]
        if len(text) < 60_000:
            file.attrs[name] = text.encode()
        else:  # longer than an attribute may be
            file.attrs.create(name, text, dtype=h5py.string_dtype())


def loading(form, folder):
    """Return a function that damages something that a generator chooses, and loads it."""
    originals = [path.read_bytes() for path in sorted(folder.glob(f"*.{form}"))]
    if form == "h5":
        path = folder / "mutated.bin"

        def prepare(generator):
            mutate_file(path, generator.choice(originals), generator)
            return path

        return prepare, lambda path: load_model(path).get_weights()
    load = {"json": model_from_json, "yaml": model_from_yaml}[form]
    return (
        lambda generator: mutated_text(form, generator.choice(originals).decode(), generator),
        load,
    )


def is_ours(error):
    """Whether a user can read it: our words, or that the file cannot be opened; no lack of memory."""
    chain, cause = [], error
    while cause is not None:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(e, MemoryError) for e in chain):
        return False
    frame = error.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    in_our_words = frame.tb_frame.f_code.co_filename.startswith(OURS)
    known = isinstance(error, ValueError | NotImplementedError) or "got a list" in str(error)
    return isinstance(error, OSError) or known and in_our_words


def size_in_memory():
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def watch():
    """Limit time and memory from now on, and what may be done."""

    def late(number, frame):
        raise Broken("it took too long")

    def look(event, arguments):
        # What is imported late is code too.
        if event in FORBIDDEN and "importlib" not in sys._getframe(1).f_code.co_filename:
            raise Broken(f"{event} {arguments}")

    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, late)
    sys.addaudithook(look)
    limit = size_in_memory() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main():
    form, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    os.chdir(folder)
    warnings.simplefilter("ignore")
    prepare, load = loading(form, folder)
    results = collections.Counter(loaded=0, refused=0)
    problems = []
    start = time.perf_counter()
    K.eval(K.ones((2,)) + 1)  # looks once where BLAS is
    for seed in range(-20, count):
        if seed == 0:
            watch()  # by now, all that is imported when it is needed has been
        thing = prepare(random.Random(seed))
        print(seed, flush=True)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(20 * SECONDS)
        try:
            load(thing)
            results["loaded"] += seed >= 0
        except (Exception, Broken) as error:
            results["refused"] += seed >= 0
            if not is_ours(error):
                problems.append([seed, "".join(traceback.format_exception(error))[-1500:]])
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        K.clear_session()
    print(f"{count} in {time.perf_counter() - start:.1f} s", file=sys.stderr)
    print(json.dumps({**results, "problems": problems}))


if __name__ == "__main__":
    main()
