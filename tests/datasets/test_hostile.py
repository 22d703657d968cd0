"""Files made to do harm: nothing in them runs, nothing is written, and no memory is filled."""

import gzip
import io
import pickle
import pickletools
import struct
import tarfile
import tracemalloc
import zipfile

import numpy as np
import pytest

from kerasnb.datasets import cifar, cifar10, fashion_mnist, imdb, mnist
from kerasnb.datasets.reading import read_idx, read_npz, read_tar, read_word_index
from kerasnb.datasets.unpickling import unpickle
from tests.datasets import stand_ins


class Evil:
    """Runs a program when it is unpickled by others."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return (eval, (f"open({str(self.place)!r}, 'w').close()",))


@pytest.fixture
def touched(tmp_path):
    """Return a file that only a program in a pickle would make."""
    place = tmp_path / "touched"
    yield place
    assert not place.exists()


def test_the_evil_of_these_tests_is_real(tmp_path):
    pickle.loads(pickle.dumps(Evil(tmp_path / "x")))
    assert (tmp_path / "x").exists()


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("wrap", ["bare", "list", "dict", "array", "key"])
def test_a_pickle_runs_nothing(touched, protocol, wrap):
    evil = Evil(touched)
    value = {
        "bare": lambda: evil,
        "list": lambda: [1, evil],
        "dict": lambda: {b"data": evil},
        "array": lambda: stand_ins.objects([[1], evil]),
        "key": lambda: {(evil, 1): 1},
    }[wrap]()
    with pytest.raises(ValueError, match=r"asks for \w+\.eval\. Only arrays, lists, numbers"):
        unpickle(pickle.dumps(value, protocol=protocol))


@pytest.mark.parametrize(
    "name",
    [
        "os system",
        "builtins eval",
        "builtins getattr",
        "__builtin__ eval",
        "numpy load",
        "numpy frombuffer",
        "numpy.core.multiarray fromfile",
        "numpy._core.multiarray set_typeDict",
        "numpy.testing._private.utils runstring",
        "kerasnb.datasets.unpickling _Array",
        "functools partial",
        "_codecs decode",
        "copyreg __newobj__",
    ],
)
def test_no_other_name_is_found(name):
    module, attribute = name.split()
    with pytest.raises(ValueError, match=f"asks for {module}.{attribute}"):
        unpickle(f"c{module}\n{attribute}\n(I1\ntR.".encode())


def test_the_stand_ins_do_not_come_out():
    for name in ("ndarray", "dtype"):
        with pytest.raises(ValueError, match="something else than arrays"):
            unpickle(f"cnumpy\n{name}\n.".encode())
    with pytest.raises(ValueError, match="something else than arrays"):
        unpickle(b"cnumpy\ndtype\n(Vf4\nI0\nI1\ntR.")


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.int16).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3, dtype=">i4"),
        np.float32(1.5),
        np.array(True),
        np.asfortranarray(stand_ins.objects([[1], 2, "x", None]).reshape(2, 2)),
        stand_ins.objects([np.arange(2), np.float32(1)]),
        {"a": [1, 2.5, None, True, "x", b"y", (3, 4)]},
    ],
    ids=str,
)
def test_numbers_and_strings_are_read(value, protocol):
    found = unpickle(pickle.dumps(value, protocol=protocol))
    if isinstance(value, dict):
        assert found == value
    else:
        assert found.dtype == value.dtype and found.shape == value.shape
        for one, other in zip(found.flat, value.flat, strict=True):
            assert type(one) is type(other) and np.array_equal(one, other)


def patched(value, old: bytes, new: bytes) -> bytes:
    data = pickle.dumps(value, protocol=2)
    assert data.count(old) == 1 and len(old) == len(new)
    return data.replace(old, new)


@pytest.mark.parametrize(
    "data",
    [
        patched(np.zeros(5, np.uint8), b"K\x05\x85", b"K\x06\x85"),  # a longer shape than its bytes
        patched(np.zeros(5, np.float32), b"f4", b"O8"),  # bytes taken for pointers
        patched(np.zeros(5, np.float32), b"f4", b"V4"),
        pickle.dumps(np.zeros(2, [("a", "O"), ("b", "i4")])),
        pickle.dumps(np.zeros(2, [("a", "f4")])),
        pickle.dumps(np.array(["text"])),
        b"",
        b"\x80",
        b"not a pickle",
        pickle.dumps([1] * 100)[:-5],
        b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60),  # bytes that are not there
        b"(" * 100,
        b"Pid\n.",  # a persistent id
    ],
    ids=repr,
)
def test_damaged_and_dishonest_pickles_are_refused(data):
    with pytest.raises(ValueError):
        unpickle(data)


def members(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(f"{name}.npy", content)
    return path


def npy(shape, dtype="|u1", body=b"", version=(1, 0)):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    length = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header + body


def test_objects_in_an_archive_run_nothing(tmp_path, touched):
    evil = stand_ins.objects([[1], Evil(touched)])
    place = tmp_path / "x.npz"
    place.write_bytes(stand_ins.npz(x=evil))
    with pytest.raises(
        ValueError, match=r"x\.npz cannot be read: the pickle asks for builtins.eval"
    ):
        read_npz(place, "x")
    with pytest.raises(ValueError, match=r"x\.npz cannot be read: the pickle asks for"):
        imdb.load_data(
            str(members(place, x_train=_body(evil), y_train=b"", x_test=b"", y_test=b""))
        )


def _body(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy((10**15,)), "has 0 bytes; its header says 1000000000000000"),
        (npy((10**9, 10**9, 10**9), "<f8"), "its header says"),
        (npy((-5,)), "its header says -5"),
        (npy((4,), body=b"12345"), "has 5 bytes; its header says 4"),
        (npy((4,), body=b"123"), "has 3 bytes; its header says 4"),
        (npy((4,), "|O", pickle.dumps([1, 2])), "does not hold what its header says"),
        (npy((4,), body=b"1234", version=(7, 0)), "version"),
        (b"\x93NUMPY\x01\x00\xff\xff{" + b"(" * 65000, ""),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{", ""),
        (npy(("__import__('os')",)), ""),
        (b"text", ""),
        (b"", ""),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_dishonest_headers_cost_no_memory(tmp_path, content, message):
    place = members(tmp_path / "x.npz", x=content)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"x\.npz cannot be read: .*" + message):
        read_npz(place, "x")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.parametrize("damage", ["cut", "changed", "text", "empty", "missing array"])
def test_damaged_archives(tmp_path, damage):
    place = tmp_path / "mine.npz"
    good = stand_ins.npz(x_train=np.random.RandomState(0).rand(1000), y_train=np.zeros(1))
    changed = bytearray(good)
    changed[500] ^= 255
    content = {"cut": good[:600], "changed": bytes(changed), "text": b"text", "empty": b""}
    place.write_bytes(content.get(damage, good))
    with pytest.raises(ValueError, match=r"mine\.npz cannot be read: "):
        mnist.load_data(str(place)) if damage == "missing array" else read_npz(place, "x_train")


def test_bombs_are_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("kerasnb.utils.archives.ALWAYS", 1 << 20)
    zeros = bytes(30 << 20)
    place = members(tmp_path / "x.npz", x=npy((30 << 20,), body=zeros))
    idx = tmp_path / "x.gz"
    idx.write_bytes(gzip.compress(struct.pack(">HBBI", 0, 8, 1, 30 << 20) + zeros))
    tar = tmp_path / "x.tar.gz"
    tar.write_bytes(stand_ins.tar({"x": zeros}))
    promise = tmp_path / "y.gz"
    promise.write_bytes(gzip.compress(struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**31, 2**31)))
    tracemalloc.start()
    for read in (
        lambda: read_npz(place, "x"),
        lambda: read_idx(idx),
        lambda: list(read_tar(tar, "x")),
        lambda: read_idx(promise),
    ):
        with pytest.raises(ValueError, match="bytes say that they hold"):
            read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5e6


def test_a_list_named_many_times_is_not_multiplied(tmp_path):
    """A review of 10,000 words, ten thousand times the same: some bytes for 100 million words."""
    text = [1] * 10_000
    x = stand_ins.objects([text] * 10_000)
    arrays = {"x_train": x, "y_train": np.zeros(10_000), "x_test": x, "y_test": np.zeros(10_000)}
    place = tmp_path / "mine.npz"
    place.write_bytes(stand_ins.npz(**arrays))
    with pytest.raises(ValueError, match="holds the same list many times"):
        imdb.load_data(str(place))


@pytest.mark.parametrize(
    "content",
    [
        b"text",
        gzip.compress(b""),
        gzip.compress(struct.pack(">HBB", 0, 8, 3)),
        gzip.compress(struct.pack(">HBBI", 0, 13, 1, 2) + b"12"),
        gzip.compress(struct.pack(">HBBI", 0, 8, 1, 3) + b"12"),
        gzip.compress(struct.pack(">HBBI", 0, 8, 1, 1) + b"12"),
        gzip.compress(struct.pack(">HBBI", 0, 8, 1, 2) + b"12")[:-6],
    ],
    ids=["text", "empty", "no axes", "signed", "short", "long", "cut"],
)
def test_damaged_idx_files(tmp_path, content):
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.gz cannot be read: "):
        read_idx(tmp_path / "x.gz")


def archive(tmp_path, *entries):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as made:
        for name, kind, target in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            made.addfile(info)
    return tmp_path / "x.tar.gz"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_in_an_archive_of_data_are_not_followed(tmp_path, kind):
    (tmp_path / "secret").write_text("secret")
    place = archive(tmp_path, ("data", kind, str(tmp_path / "secret")))
    with pytest.raises(ValueError, match=r"x\.tar\.gz cannot be read: it has no file data"):
        list(read_tar(place, "data"))


def test_the_loaders_pass_it_on(cache, monkeypatch, touched):
    """Also from files with the right checksum: nobody has to trust the makers."""
    content = pickle.dumps({b"data": Evil(touched), b"labels": []})
    files = dict.fromkeys(cifar10.FILES, content)
    stand_ins.put(
        monkeypatch, cache, "cifar10", {"cifar-10-batches-py.tar.gz": stand_ins.tar(files)}
    )
    with pytest.raises(ValueError, match=r"tar\.gz cannot be read: the pickle asks for builtins"):
        cifar10.load_data()
    with pytest.raises(ValueError, match=r"evil cannot be read: the pickle asks for builtins"):
        (cache / "evil").write_bytes(content)
        cifar.load_batch(cache / "evil")
    short = {f"fashion-mnist/{n}": b"" for n in "abcd"}
    stand_ins.put(monkeypatch, cache, "fashion_mnist", short)
    with pytest.raises(ValueError, match="cannot be read"):
        fashion_mnist.load_data()


@pytest.mark.parametrize("content", [b"[1]", b'{"a": "b"}', b"{", b"\xff", b'{"a": true}'])
def test_a_word_index_is_words_and_numbers(tmp_path, content):
    (tmp_path / "i.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"i\.json cannot be read"):
        read_word_index(tmp_path / "i.json")


def test_pickletools_agree_that_protocol_2_is_what_python_2_wrote():
    data = stand_ins.as_python_2(stand_ins.batch(1, labels=[1]))
    codes = {code.name for code, _, _ in pickletools.genops(data)}
    assert "BINSTRING" in codes and "BINUNICODE" not in codes
