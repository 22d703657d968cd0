"""Full editions from the network or a mirror, and the command that carries them about."""

import dataclasses
import gzip
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from kerasnb.cli import main
from kerasnb.datasets import catalog, fashion_mnist, imdb, mnist
from kerasnb.utils import downloading
from tests.datasets import stand_ins
from tests.datasets.server import serving

PARTS = ("x_train", "y_train", "x_test", "y_test")
CONTENT = stand_ins.npz(**{part: np.arange(4, dtype=np.uint8) for part in PARTS})


@pytest.fixture(autouse=True)
def network(monkeypatch):
    monkeypatch.setattr(downloading, "PAUSE", 0.0)
    monkeypatch.setattr(downloading, "_watched", lambda: False)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def official(monkeypatch, name, url, content, digest=None):
    """Let the catalog know a file at an address; nothing is on disk."""
    dataset = catalog.CATALOG[name]
    digest = digest or hashlib.sha256(content).hexdigest()
    file = dataclasses.replace(dataset.forms[0][0], url=url, digest=digest)
    monkeypatch.setitem(
        catalog.CATALOG, name, dataclasses.replace(dataset, forms=((file,), *dataset.forms[1:]))
    )
    return file


def test_the_full_edition_is_downloaded_when_it_is_asked_for(cache, monkeypatch, capsys):
    with serving(CONTENT) as site:
        official(monkeypatch, "mnist", f"{site.url}/mnist.npz", CONTENT)
        assert len(mnist.load_data()[0][0]) == 8000 and not site.asked  # not when it is not
        for _ in range(2):
            assert len(mnist.load_data(edition="full")[0][0]) == 4
        assert len(site.asked) == 1
        assert len(mnist.load_data()[0][0]) == 4  # from now on
    assert (cache / "mnist.npz").read_bytes() == CONTENT
    assert f"MNIST: the full data set in {cache}." in capsys.readouterr().out


def test_a_damaged_copy_is_downloaded_again(cache, monkeypatch):
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(CONTENT[:-1])
    with serving(CONTENT) as site:
        official(monkeypatch, "mnist", f"{site.url}/mnist.npz", CONTENT)
        assert len(mnist.load_data(edition="full")[0][0]) == 4
    assert (cache / "mnist.npz").read_bytes() == CONTENT


def test_another_name_in_the_cache(cache, monkeypatch):
    with serving(CONTENT) as site:
        official(monkeypatch, "mnist", f"{site.url}/mnist.npz", CONTENT)
        assert len(mnist.load_data("other.npz", edition="full")[0][0]) == 4
    assert sorted(p.name for p in cache.iterdir() if p.name[0] != ".") == ["other.npz"]


def test_a_missing_full_edition_says_what_to_put_where(cache):
    for name, load in (("mnist", mnist.load_data), ("imdb", imdb.get_word_index)):
        dataset = catalog.CATALOG[name]
        file = dataset.word_index if name == "imdb" else dataset.forms[0][0]
        changed = dataclasses.replace(file, url="http://127.0.0.1:9/file")
        patch = {"word_index": changed} if name == "imdb" else {"forms": ((changed,),)}
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setitem(catalog.CATALOG, name, dataclasses.replace(dataset, **patch))
            with pytest.raises(FileNotFoundError) as caught:
                load(edition="full")
        said = str(caught.value)
        for needed in (file.name, file.digest, changed.url, str(cache), "kerasnb datasets import"):
            assert needed in said


@pytest.mark.parametrize("kind", ["address", "folder"])
def test_a_mirror_is_asked_first(kind, cache, monkeypatch, tmp_path):
    with serving(CONTENT) as site:
        official(monkeypatch, "mnist", "http://127.0.0.1:9/never", CONTENT)
        if kind == "address":
            monkeypatch.setenv("KERASNB_MIRROR", f"{site.url}/data/")
        else:
            (tmp_path / "mirror").mkdir()
            (tmp_path / "mirror" / "mnist.npz").write_bytes(CONTENT)
            monkeypatch.setenv("KERASNB_MIRROR", str(tmp_path / "mirror"))
        assert len(mnist.load_data(edition="full")[0][0]) == 4
        assert [path for path, _ in site.asked] == ["/data/mnist.npz"] * (kind == "address")


def test_a_mirror_without_the_file_or_with_another_one_gives_way(cache, monkeypatch, tmp_path):
    with serving(CONTENT) as site:
        official(monkeypatch, "mnist", f"{site.url}/mnist.npz", CONTENT)
        monkeypatch.setenv("KERASNB_MIRROR", str(tmp_path))
        (tmp_path / "mnist.npz").write_bytes(b"other")
        assert len(mnist.load_data(edition="full")[0][0]) == 4
        (tmp_path / "mnist.npz").unlink()
        (cache / "mnist.npz").unlink()
        assert len(mnist.load_data(edition="full")[0][0]) == 4


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with serving(CONTENT) as site:
        official(monkeypatch, "mnist", f"{site.url}/mnist.npz", CONTENT)
        for _ in range(2):
            assert len(mnist.load_data(edition="full")[0][0]) == 4
        assert len(site.asked) == 1
    assert (tmp_path / "none" / ".keras" / "datasets" / "mnist.npz").exists()


def kerasnb(capsys, *arguments):
    """Run a command; return its exit status, and what it printed, read as JSON if asked for."""
    capsys.readouterr()
    status = main(["datasets", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, json.loads(out) if "--json" in arguments and not status else out, err


def test_list(capsys, cache, monkeypatch):
    status, rows, _ = kerasnb(capsys, "list", "--json")
    assert status == 0 and [row["name"] for row in rows] == [*catalog.CATALOG]
    synthetic = {row["name"] for row in rows if row["synthetic"]}
    assert synthetic == {"cifar10", "cifar100", "imdb", "reuters"}
    _, text, _ = kerasnb(capsys, "list")
    assert text.count("SYNTHETIC") == 4 and str(cache) in text
    stand_ins.put(monkeypatch, cache, "cifar10", {"a/b": b"x"})
    _, rows, _ = kerasnb(capsys, "list", "--json")
    assert {row["name"]: row["edition"] for row in rows}["cifar10"] == "full"


def test_path(capsys, cache, monkeypatch):
    status, found, _ = kerasnb(capsys, "path", "imdb", "--json")
    assert (status, found["edition"]) == (0, "mini")
    assert all(Path(path).is_file() for path in found["paths"])
    stand_ins.put(monkeypatch, cache, "mnist", {"mnist.npz": CONTENT})
    assert kerasnb(capsys, "path", "mnist")[:2] == (0, f"{cache / 'mnist.npz'}\n")
    with pytest.raises(SystemExit):
        kerasnb(capsys, "path", "iris")


def test_fetch(capsys, cache, monkeypatch):
    index = stand_ins.word_index()
    with serving(CONTENT) as site, serving(index) as words:
        official(monkeypatch, "imdb", f"{site.url}/imdb.npz", CONTENT)
        dataset = catalog.CATALOG["imdb"]
        digest = hashlib.md5(index).hexdigest()
        file = dataclasses.replace(dataset.word_index, url=words.url, digest=digest)
        monkeypatch.setitem(catalog.CATALOG, "imdb", dataclasses.replace(dataset, word_index=file))
        status, found, _ = kerasnb(capsys, "fetch", "imdb", "--json")
        assert status == 0
        assert found == {"imdb": [str(cache / "imdb.npz"), str(cache / "imdb_word_index.json")]}
        assert kerasnb(capsys, "fetch", "imdb")[0] == 0
        assert (len(site.asked), len(words.asked)) == (1, 1)
        official(monkeypatch, "mnist", f"{site.url}/mnist.npz", CONTENT, digest="0" * 64)
        status, _, said = kerasnb(capsys, "fetch", "mnist", "--json")
        assert status == 1 and "kerasnb datasets fetch: The full MNIST data set" in said
    assert not (cache / "mnist.npz").exists()


def test_verify(capsys, cache, monkeypatch):
    status, rows, _ = kerasnb(capsys, "verify", "--json")
    assert status == 0 and len(rows) == 9 and {row["state"] for row in rows} == {"ok"}
    stand_ins.put(monkeypatch, cache, "mnist", {"mnist.npz": CONTENT})
    assert f"ok       {cache / 'mnist.npz'}" in kerasnb(capsys, "verify")[1]
    (cache / "mnist.npz").write_bytes(b"x")
    status, text, _ = kerasnb(capsys, "verify")
    assert status == 1 and f"damaged  {cache / 'mnist.npz'}" in text


@pytest.mark.parametrize("how", ["file", "folder"])
def test_import_knows_files_by_their_checksum(how, capsys, cache, monkeypatch, tmp_path):
    official(monkeypatch, "mnist", "", CONTENT)
    source = tmp_path / "usb" / "deep"
    source.mkdir(parents=True)
    (source / "download (1)").write_bytes(CONTENT)
    (source / "holiday.jpg").write_bytes(b"\xff\xd8")
    (source / "broken").symlink_to("nowhere")
    start = source / "download (1)" if how == "file" else source.parent
    status, rows, _ = kerasnb(capsys, "import", start, "--json")
    assert status == 0
    assert rows == [{"from": str(source / "download (1)"), "to": str(cache / "mnist.npz")}]
    assert sorted(p.name for p in cache.iterdir()) == ["mnist.npz"]
    assert len(mnist.load_data()[0][0]) == 4
    status, _, said = kerasnb(capsys, "import", source / "holiday.jpg")
    assert status == 1 and "holds no official file" in said
    status, _, said = kerasnb(capsys, "import", tmp_path / "nowhere")
    assert status == 1 and "there is no" in said


def test_files_that_others_have_packed_anew_are_known_by_what_is_in_them(
    capsys, cache, monkeypatch, tmp_path
):
    """Debian's package of Fashion-MNIST has the same bytes, zipped once more."""
    dataset, arrays = catalog.CATALOG["fashion_mnist"], []
    files, usb = [], tmp_path / "usb"
    usb.mkdir()
    for i, file in enumerate(dataset.forms[0]):
        arrays.append(np.full((2, 28, 28) if "images" in file.name else 2, i, np.uint8))
        plain = gzip.decompress(stand_ins.idx(arrays[-1]))
        inside = hashlib.sha256(plain).hexdigest()
        files.append(dataclasses.replace(file, unzipped=inside, digest="0" * 64))
        (usb / f"{i}.gz").write_bytes(gzip.compress(plain, 1 + i))
    changed = dataclasses.replace(dataset, forms=(tuple(files),))
    monkeypatch.setitem(catalog.CATALOG, "fashion_mnist", changed)
    status, rows, _ = kerasnb(capsys, "import", usb, "--json")
    assert status == 0 and len(rows) == 4
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data(edition="full")
    for found, expected in zip((y_train, x_train, y_test, x_test), arrays, strict=True):
        assert np.array_equal(found, expected)


def test_export_makes_a_mirror(capsys, cache, monkeypatch, tmp_path):
    status, _, said = kerasnb(capsys, "export", tmp_path / "usb")
    assert status == 1 and "no full data set" in said and not (tmp_path / "usb").exists()
    stand_ins.put(monkeypatch, cache, "mnist", {"mnist.npz": CONTENT})
    files = {"cifar-100-python/train": b"1", "cifar-100-python/test": b"2"}
    stand_ins.put(monkeypatch, cache, "cifar100", files)
    status, rows, _ = kerasnb(capsys, "export", tmp_path / "usb", "--json")
    assert status == 0
    assert {Path(row).relative_to(tmp_path / "usb").as_posix() for row in rows} == {
        "mnist.npz",
        "cifar-100-python/train",
        "cifar-100-python/test",
    }
    (cache / "mnist.npz").unlink()
    monkeypatch.setenv("KERASNB_MIRROR", str(tmp_path / "usb"))
    assert len(mnist.load_data(edition="full")[0][0]) == 4


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["fetch"], ["list", "--nonsense"]])
def test_a_wrong_command_shows_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["datasets", *arguments])
    assert caught.value.code == 2 and "usage: kerasnb" in capsys.readouterr().err
