"""Files of strangers, damaged: models, weights, data sets, archives, pictures, notebooks."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import pickle
import random
import struct
import tarfile
import zipfile
from typing import Any

import h5py
import numpy as np

from kerasnb import backend as K
from kerasnb.datasets import boston_housing, cifar, imdb, mnist, reuters
from kerasnb.datasets.reading import read_idx, read_npz, read_tar, read_word_index
from kerasnb.datasets.unpickling import unpickle
from kerasnb.grading.collect import collect
from kerasnb.grading.feedback import page
from kerasnb.grading.marks import Graded, Mark
from kerasnb.grading.notebooks import for_students, plain_python, read, to_run
from kerasnb.layers import GRU, BatchNormalization, Conv2D, Dense, Embedding, Flatten
from kerasnb.models import Sequential, load_model, model_from_json, model_from_yaml
from kerasnb.preprocessing.image import img_to_array, load_img
from kerasnb.preprocessing.sequence import TimeseriesGenerator, timeseries_generator_from_json
from kerasnb.preprocessing.text import Tokenizer, tokenizer_from_json
from kerasnb.utils.archives import extract_archive
from tests import assignments
from tests.datasets import stand_ins
from tests.saving.mutations import HOSTILE, changed, damaged, mutate_file, mutated_text
from tests.saving.test_mutations import write_originals

from .target import Damage


class Models(Damage):
    """Models in HDF5 files."""

    form = "h5"

    def prepare(self) -> None:
        write_originals(self.form, self.folder)
        self.originals = [path.read_bytes() for path in sorted(self.folder.glob(f"*.{self.form}"))]

    def make(self, chosen: random.Random) -> Any:
        path = self.folder / "damaged.bin"
        mutate_file(path, chosen.choice(self.originals), chosen)
        return path

    def use(self, case: Any) -> None:
        load_model(case).get_weights()


class Json(Models):
    """Architectures in JSON."""

    form = "json"
    load = staticmethod(model_from_json)

    def make(self, chosen: random.Random) -> Any:
        return mutated_text(self.form, chosen.choice(self.originals).decode(), chosen)

    def use(self, case: Any) -> None:
        self.load(case)


class Yaml(Json):
    """Architectures in YAML."""

    form = "yaml"
    load = staticmethod(model_from_yaml)


class Weights(Damage):
    """Weights in HDF5 files."""

    def prepare(self) -> None:
        self._model().save_weights(self.folder / "whole.h5")
        self.whole = (self.folder / "whole.h5").read_bytes()

    def _model(self) -> Any:
        K.clear_session()
        picture = [Conv2D(2, 3, input_shape=(6, 6, 1)), BatchNormalization(), Flatten(), Dense(2)]
        words = [Embedding(9, 3, input_length=4), GRU(3), Sequential([Dense(2, input_shape=(3,))])]
        self.model = Sequential(picture)
        self.other = Sequential(words)
        return self.model

    def make(self, chosen: random.Random) -> Any:
        path = self.folder / "damaged.bin"
        path.write_bytes(self.whole)
        if chosen.random() < 0.4:
            path.write_bytes(damaged(self.whole, chosen))
        else:
            with h5py.File(path, "r+") as file:
                for _ in range(chosen.choice([1, 1, 3])):
                    self._change(file, chosen)
        options = {name: chosen.random() < 0.3 for name in ("skip_mismatch", "reshape")}
        return path, {"by_name": chosen.random() < 0.5, **options}, chosen.random() < 0.1

    def _change(self, file: Any, chosen: random.Random) -> None:
        places: list[str] = []
        file.visit(places.append)
        kind = chosen.randrange(6)
        group = file[chosen.choice(["/", *places])]
        if kind < 3 and len(group.attrs):
            name = chosen.choice(sorted(group.attrs))
            value = chosen.choice(
                [chosen.choice(HOSTILE)[:30_000].encode("utf-8", "replace").replace(b"\0", b""), 5,
                 np.zeros(3), [b"a", b"a"], [b"conv2d_1"] * 40, b"1", b"theano", h5py.Empty("f4"),
                 np.array(list(map(bytes, np.asarray(group.attrs[name]).ravel()[::-1])) or [b""])
                 if np.asarray(group.attrs[name]).dtype.kind == "S" else b"2"]
            )  # fmt: skip
            del group.attrs[name]
            if kind:
                group.attrs[name] = value
            return
        if not places:
            return
        place = chosen.choice(places)
        if kind == 3:
            del file[place]
            file[place] = chosen.choice(
                [np.zeros(3), np.zeros((3, 3, 1, 2), "f2"), "text", np.zeros((0, 4)), np.float64(1),
                 np.zeros((4, 1, 3, 3)), h5py.SoftLink("/"), h5py.ExternalLink("whole.h5", "/"),
                 np.zeros((3,) * 12), np.zeros(2, [("a", "f4")]), np.zeros(4, complex)]
            )  # fmt: skip
        elif kind == 4:
            del file[place]
        else:
            file[f"again{chosen.random()}"] = file[place]

    def use(self, case: Any) -> None:
        path, options, other = case
        self._model()
        model = self.other if other else self.model
        before = model.get_weights()
        try:
            model.load_weights(path, **options)
        except Exception:
            for now, old in zip(model.get_weights(), before, strict=True):
                np.testing.assert_array_equal(now, old)  # all of them, or none
            raise


class Npz(Damage):
    """Data sets in NumPy's archives: of numbers, and of lists of words."""

    def prepare(self) -> None:
        self.path = self.folder / "damaged.npz"
        x, y = np.arange(24, dtype="uint8").reshape(4, 6), np.arange(4)
        numbers = {"x_train": x, "y_train": y, "x_test": x[:2], "y_test": y[:2]}
        words = {"x_train": stand_ins.texts(6), "y_train": np.arange(6) % 2}
        words |= {"x_test": stand_ins.texts(3), "y_test": np.arange(3) % 2}
        two = {"x": np.random.RandomState(0).rand(20, 13), "y": np.arange(20.0)}
        reviews = {"x": words["x_train"], "y": words["y_train"]}
        self.originals = [
            (mnist.load_data, numbers),
            (imdb.load_data, words),
            (boston_housing.load_data, two),
            (reuters.load_data, reviews),
        ]

    def make(self, chosen: random.Random) -> Any:
        load, arrays = chosen.choice(self.originals)
        packing = chosen.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
        inside = {name: _npy(array) for name, array in arrays.items()}
        where = chosen.random()
        for name in inside:
            if where < 0.5 and chosen.random() < 0.5:
                inside[name] = damaged_array(inside[name], chosen)
        if chosen.random() < 0.1:
            inside.pop(chosen.choice(sorted(inside)))
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", packing) as archive:
            for name, content in inside.items():
                archive.writestr(f"{name}.npy", content)
        whole = made.getvalue()
        self.path.write_bytes(damaged(whole, chosen) if where > 0.5 else whole)
        return load, self.path.read_bytes()

    def use(self, case: Any) -> None:
        load, _ = case
        (x, y), _ = load(str(self.path))
        np.asarray(x), np.asarray(y)
        if load is mnist.load_data:
            read_npz(self.path, "x_test", "x_test")


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


_HEADERS = [b"<f8", b"|O", b"|u1", b"<U9", b"|V8", b"<M8", b"<c8", b"9999999999", b"-1", b"(" * 50]
_OPCODES = [
    b"cos\nsystem\n", b"cbuiltins\neval\n", b"(lp0\n", b"R", b"\x81", b"b", b"0", b"2", b".", b"}", b"(", b"t",
    b"\x8c\x02os\x8c\x06system\x93", b"i__main__\nx\n", b"P1\n", b"I99999999999\n", b"L1L\n", b"h\x00", b"j\xff\xff\xff\x7f",
    b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"X\xff\xff\xff\x7f", b"\x8e" + b"\xff" * 8, b"d", b"u", b"a", b"s", b"\x88",
    b"\x94", b"]", b"e", b"\x8f", b"\x90", b"F1e999\n", b"S'x'\n", b"V\\ud800\n", b"\x85", b"\x86", b"\x87", b"N", b"1",
]  # fmt: skip


def damaged_array(content: bytes, chosen: random.Random) -> bytes:
    """Return a .npy file with another header, other objects, or other bytes."""
    kind = chosen.randrange(3)
    if kind == 0:
        begin = content.find(b"'descr': '") + 10
        end = content.find(b"'", begin)
        content = content[:begin] + chosen.choice(_HEADERS) + content[end:]
    elif kind == 1:
        begin = content.find(b"'shape': (") + 10
        end = content.find(b")", begin)
        content = (
            content[:begin]
            + chosen.choice([b"-1,", b"9" * 20 + b",", b"", b"3,3,"])
            + content[end:]
        )
    else:
        content = damaged(content, chosen, _OPCODES)
    # The length of the header stands before it.
    length = content.find(b"\n") + 1 - 10
    if 0 < length < 2**16 and chosen.random() < 0.8:
        content = content[:8] + struct.pack("<H", length) + content[10:]
    return content


class Pickles(Damage):
    """Pickles of numbers: as CIFAR's makers have written them, and as others might."""

    def prepare(self) -> None:
        values: list[Any] = [
            stand_ins.batch(2, labels=[1, 2]),
            [1, 2.5, "x", None, (b"y",)],
            np.arange(6, dtype=">i4").reshape(2, 3),
            stand_ins.objects([[1], 2, "x", np.float32(1)]),
            {"a": np.zeros((2, 2)), "b": [np.arange(3), True]},
        ]
        self.originals = [pickle.dumps(v, protocol=p) for v in values for p in range(6)]
        self.originals.append(stand_ins.as_python_2(stand_ins.batch(1, labels=[1])))
        self.batches = [d for d in self.originals if b"labels" in d]

    def make(self, chosen: random.Random) -> Any:
        if chosen.random() < 0.2:
            soup = [chosen.choice(_OPCODES) for _ in range(chosen.randrange(1, 40))]
            return b"".join([chosen.choice([b"\x80\x02", b"\x80\x04", b""]), *soup, b"."]), False
        whole = chosen.choice(self.originals if chosen.random() < 0.6 else self.batches)
        return damaged(whole + b" " * 20, chosen, _OPCODES), whole in self.batches

    def use(self, case: Any) -> None:
        data, is_batch = case
        if is_batch:
            (self.folder / "batch").write_bytes(data)
            cifar.load_batch(self.folder / "batch")
        else:
            unpickle(data)


class Archives(Damage):
    """Tar and zip archives, gzipped arrays, lists of words."""

    def prepare(self) -> None:
        self.path = self.folder / "damaged.bin"
        (self.folder / "out").mkdir()

    def make(self, chosen: random.Random) -> Any:
        kind = chosen.choice(["tar", "zip", "idx", "words"])
        if kind == "idx":
            whole = stand_ins.idx(np.arange(24, dtype="uint8").reshape(2, 3, 4))
            inside = gzip.decompress(whole)
            if chosen.random() < 0.6:
                whole = gzip.compress(damaged(inside + b" " * 16, chosen))
        elif kind == "words":
            whole = json.dumps({"the": 1, "a": 2, "模型": 3}).encode()
            if chosen.random() < 0.5:
                with contextlib.suppress(ValueError):  # what holds itself has no JSON
                    whole = json.dumps(changed(json.loads(whole), chosen)).encode()
        else:
            whole = _archive(kind, chosen)
        if kind == "words" or chosen.random() < 0.5:
            whole = damaged(whole + b" " * 16 if kind == "words" else whole, chosen)
        self.path.write_bytes(whole)
        return kind, whole

    def use(self, case: Any) -> None:
        kind, _ = case
        if kind == "idx":
            read_idx(self.path)
        elif kind == "words":
            read_word_index(self.path)
        else:
            extract_archive(self.path, self.folder / "out", "auto")
            if kind == "tar":
                list(read_tar(self.path, "a/b.txt", "c"))
        outside = [p for p in self.folder.iterdir() if p.name not in ("out", "damaged.bin")]
        assert not outside, outside


_NAMES = [
    "a/b.txt",
    "c",
    "../out-of-it",
    "/etc/kerasnb",
    "a/../../x",
    "a\\..\\x",
    "",
    ".",
    "..",
    "a" * 300,
]
_NAMES += [
    "C:\\x",
    "a/b.txt/d",
    "a\0b",
    "con",
    "\ud800".encode("utf-8", "replace").decode(),
    "模型",
    "a//c",
]


def _archive(kind: str, chosen: random.Random) -> bytes:
    """Return an archive with entries of all kinds, good names and bad ones."""
    made = io.BytesIO()
    names = [chosen.choice(_NAMES[:2] if chosen.random() < 0.6 else _NAMES) for _ in range(3)]
    if kind == "zip":
        with zipfile.ZipFile(made, "w") as packed:
            for name in dict.fromkeys(names):
                entry = zipfile.ZipInfo(name)
                entry.external_attr = chosen.choice([0o100644, 0o120777, 0o040755, 0]) << 16
                packed.writestr(entry, chosen.choice([b"text", b"", b"../x"]))
        return made.getvalue()
    with tarfile.open(fileobj=made, mode=chosen.choice(["w", "w:gz", "w:bz2", "w:xz"])) as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.type = chosen.choice([tarfile.REGTYPE] * 3 + [bytes([48 + chosen.randrange(8)])])
            info.linkname = chosen.choice(_NAMES)
            info.size = 4 if info.isreg() else 0
            tar.addfile(info, io.BytesIO(b"text"))
    return made.getvalue()


class Images(Damage):
    """Pictures in all formats that are read."""

    def prepare(self) -> None:
        from PIL import Image

        self.originals = []
        pixels = np.random.RandomState(0).randint(0, 255, (12, 9, 4), dtype="uint8")
        for form in ("PNG", "JPEG", "BMP", "PPM", "TIFF", "GIF", "WEBP", "JPEG2000", "ICO"):
            for mode in ("RGB", "L", "P", "RGBA", "1", "I;16"):
                buffer = io.BytesIO()
                try:
                    picture = Image.fromarray(pixels)
                    picture = picture.convert("I") if mode == "I;16" else picture.convert(mode)
                    picture.save(buffer, form)
                except (OSError, ValueError, KeyError):
                    continue  # this format has no such pictures
                self.originals.append(buffer.getvalue())
        self.originals += [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n" * 3]

    def make(self, chosen: random.Random) -> Any:
        data = damaged(chosen.choice(self.originals), chosen)
        options = {
            "color_mode": chosen.choice(["grayscale", "rgb", "rgba"]),
            "target_size": chosen.choice([None, (4, 5), (30, 1)]),
            "interpolation": chosen.choice(["nearest", "bilinear", "lanczos"]),
        }
        return data, options

    def use(self, case: Any) -> None:
        data, options = case
        path = self.folder / "damaged.png"
        path.write_bytes(data)
        picture = load_img(path, **options)
        if picture.width * picture.height < 10**7:
            array = img_to_array(picture)
            assert array.ndim == 3 and array.dtype == K.floatx()


_IN_CELLS = [
    "!rm -rf /", "%load_ext kerasnb", "%%bash\nrm", "%", "def f(:", "\x00", "### BEGIN SOLUTION", "<script>",
    "### END SOLUTION\n### BEGIN HIDDEN TESTS\n", "\ud800", "=cmd|' /C calc'!A0", "```", "x = 5\n" * 50, "\r", "\u2028",
]  # fmt: skip


class Notebooks(Damage):
    """Notebooks that were handed in: read, matched with their assignment, never run here."""

    def prepare(self) -> None:
        self.known = {
            path.stem: read(path.read_text("utf-8"))
            for path in sorted((assignments.FOLDER / "en").glob("0[12]*.ipynb"))
        }
        self.whole = [json.dumps(for_students(n, "en")) for n in self.known.values()]
        self.path = self.folder / "student" / "01-perceptron.ipynb"
        self.path.parent.mkdir()

    def make(self, chosen: random.Random) -> Any:
        text = chosen.choice(self.whole)
        if chosen.random() < 0.3:
            self.path.write_bytes(damaged(text.encode(), chosen, [b"\xff", b"[" * 50_000, b"NaN"]))
            return self.path.read_bytes()
        notebook = json.loads(text)
        for _ in range(chosen.choice([0, 1, 3])):
            cell = chosen.choice(notebook["cells"])
            cell["source"] = chosen.choice(
                [chosen.choice(_IN_CELLS), [chosen.choice(_IN_CELLS), 5, None]]
            )
        with contextlib.suppress(RecursionError, ValueError):
            text = json.dumps(changed(notebook, chosen))
        self.path.write_text(text, "utf-8")
        return self.path.read_bytes()

    def use(self, case: Any) -> None:
        (submission,) = collect(self.folder, self.known)
        if submission.notebook is None:
            assert submission.problem
            return
        source = self.known.get(submission.assignment)
        assert source is not None or submission.problem
        marks = []
        for cell in to_run(submission.notebook, source) if source else []:
            assert type(cell.name) is str and type(cell.source) is str
            json.dumps({"name": cell.name, "source": cell.source})
            plain_python(cell.source)
            marks.append(Mark(cell.name, cell.points, cell.points or 0.0, text=cell.source))
        graded = Graded(submission.student, submission.assignment, tuple(marks))
        assert page(graded).count("<script") == 0


class Kept(Damage):
    """Tokenizers and series in JSON."""

    def prepare(self) -> None:
        tokenizer = Tokenizer(num_words=9, oov_token="?")
        tokenizer.fit_on_texts(["the cat sat", "the dog 模型"])
        series = TimeseriesGenerator([[1, 2], [3, 4], [5, 6], [7, 8]], [1, 2, 3, 4], 2)
        self.whole = [(tokenizer_from_json, tokenizer.to_json())]
        self.whole.append((timeseries_generator_from_json, series.to_json()))

    def make(self, chosen: random.Random) -> Any:
        load, text = chosen.choice(self.whole)
        if chosen.random() < 0.3:
            return load, damaged(text.encode() + b" " * 16, chosen).decode("utf-8", "replace")
        if chosen.random() < 0.1:
            return load, chosen.choice(["[" * 100_000, '{"a":' * 9_000, "9" * 5000, "null", "[]"])
        config = json.loads(text)
        inner = config["config"]
        for name in [n for n, v in inner.items() if isinstance(v, str) and v[:1] in "[{" and v]:
            if chosen.random() < 0.3:
                with contextlib.suppress(RecursionError, ValueError):  # deeper than Python writes
                    within = changed({"x": json.loads(inner[name])}, chosen)
                    inner[name] = json.dumps(within.get("x", within))
        with contextlib.suppress(RecursionError, ValueError):
            return load, json.dumps(changed(config, chosen) if chosen.random() < 0.5 else config)
        return load, text

    def use(self, case: Any) -> None:
        load, text = case
        made = load(text)
        if isinstance(made, Tokenizer):
            made.texts_to_sequences(["the cat", "模型 x"])
            made.sequences_to_texts([[1, 2, 30]])
        else:
            made[0]


FILES = {
    "h5": Models,
    "json": Json,
    "yaml": Yaml,
    "weights": Weights,
    "npz": Npz,
    "pickles": Pickles,
    "archives": Archives,
    "images": Images,
    "notebooks": Notebooks,
    "kept": Kept,
}
