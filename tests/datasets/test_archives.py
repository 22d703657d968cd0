"""Archives: honest ones are unpacked, hostile ones write nothing anywhere."""

import io
import stat
import tarfile
import zipfile

import pytest

from kerasnb.utils.archives import extract_archive
from kerasnb.utils.data_utils import get_file
from tests.datasets.server import serving


def tar(path, *entries, mode="w:gz"):
    """Write a tar archive of (name, content) pairs and ready TarInfo objects."""
    with tarfile.open(path, mode) as made:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                made.addfile(entry)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                made.addfile(info, io.BytesIO(entry[1]))
    return path


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_archive(tmp_path, mode):
    folder = special("batches", tarfile.DIRTYPE)
    archive = tar(tmp_path / "a", folder, ("batches/one", b"1"), ("./two", b"22"), mode=mode)
    assert extract_archive(archive, tmp_path / "out")
    assert everything(tmp_path / "out") == ["batches", "batches/one", "two"]
    assert (tmp_path / "out" / "two").read_bytes() == b"22"
    assert extract_archive(archive, tmp_path / "out", "tar")  # once more, over what is there
    assert not extract_archive(archive, tmp_path / "none", "zip")
    assert not extract_archive(archive, tmp_path / "none", None)
    assert not (tmp_path / "none").exists()


def test_a_zip_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as made:
        made.mkdir("folder") if hasattr(made, "mkdir") else made.writestr("folder/", "")
        made.writestr("folder/one", "1")
    assert extract_archive(tmp_path / "a", tmp_path / "out", ["tar", "zip"])
    assert everything(tmp_path / "out") == ["folder", "folder/one"]
    with pytest.raises(ValueError, match="'auto', 'tar' or 'zip'; got 'rar'"):
        extract_archive(tmp_path / "a", tmp_path / "out", "rar")


def test_what_is_no_archive_is_left_alone(tmp_path):
    (tmp_path / "a").write_text("text")
    assert not extract_archive(tmp_path / "a", tmp_path / "out")


@pytest.mark.parametrize(
    "bad",
    [
        ("../evil", b"x"),
        ("a/../../evil", b"x"),
        ("/evil", b"x"),
        ("..\\evil", b"x"),
        ("C:\\evil", b"x"),
        special("evil", tarfile.SYMTYPE, "../outside"),
        special("evil", tarfile.SYMTYPE, "good"),
        special("evil", tarfile.LNKTYPE, "../outside"),
        special("evil", tarfile.LNKTYPE, "good"),
        special("evil", tarfile.CHRTYPE),
        special("evil", tarfile.FIFOTYPE),
        ("good", b"again"),
        ("good/below-a-file", b"x"),
    ],
    ids=lambda bad: bad[0] if isinstance(bad, tuple) else f"{bad.type!r} {bad.linkname}",
)
def test_a_hostile_tar_archive_writes_nothing(tmp_path, bad):
    (tmp_path / "in" / "out").mkdir(parents=True)
    (tmp_path / "in" / "outside").write_text("mine")
    archive = tar(tmp_path / "a.tar.gz", ("good", b"1"), bad, ("more", b"2"))
    with pytest.raises(ValueError, match=r"a\.tar\.gz (is not|cannot be) unpacked"):
        extract_archive(archive, tmp_path / "in" / "out")
    assert everything(tmp_path / "in") == ["out", "outside"]
    assert (tmp_path / "in" / "outside").read_text() == "mine"


@pytest.mark.parametrize("bad", ["../evil", "/evil", "link"])
def test_a_hostile_zip_archive_writes_nothing(tmp_path, bad):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("good", "1")
        info = zipfile.ZipInfo(bad)
        if bad == "link":
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(info, "/etc")
    (tmp_path / "out").mkdir()
    with pytest.raises(ValueError, match=r"a\.zip is not unpacked"):
        extract_archive(tmp_path / "a.zip", tmp_path / "out")
    assert everything(tmp_path) == ["a.zip", "out"]


@pytest.mark.parametrize("kind", ["tar", "zip"])
@pytest.mark.parametrize("files", [1, 3])
def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch, kind, files):
    monkeypatch.setattr("kerasnb.utils.archives.ALWAYS", 1 << 20)
    zeros = bytes((5 << 20) // files)
    archive = tmp_path / "bomb"
    if kind == "tar":
        tar(archive, *((str(i), zeros) for i in range(files)))
    else:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            for i in range(files):
                made.writestr(str(i), zeros)
    with pytest.raises(ValueError, match="bytes say that they hold"):
        extract_archive(archive, tmp_path / "out")
    assert everything(tmp_path) == ["bomb", "out"]


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_damaged_archive_writes_nothing(tmp_path, kind):
    import random

    noise = random.Random(0).randbytes(100_000)
    archive = tmp_path / "a"
    if kind == "tar":
        tar(archive, ("good", noise), ("more", noise))
    else:
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("good", noise)
            made.writestr("more", noise)
    content = bytearray(archive.read_bytes())
    if kind == "tar":
        del content[150_000:]
    else:
        content[150_000] ^= 1
    archive.write_bytes(content)
    with pytest.raises(ValueError, match="cannot be unpacked"):
        extract_archive(archive, tmp_path / "out")
    assert everything(tmp_path / "out") == []


def test_get_file_unpacks(tmp_path):
    content = tar(tmp_path / "a", ("batches/one", b"1")).read_bytes()
    with serving(content) as site:
        url = site.url + "/a"
        found = get_file("batches", url, untar=True, cache_dir=tmp_path / "one")
        assert found == str(tmp_path / "one" / "datasets" / "batches")
        assert everything(tmp_path / "one" / "datasets")[-1] == "batches/one"
        get_file("batches", url, untar=True, cache_dir=tmp_path / "one")
        assert len(site.asked) == 1
        found = get_file("b.tgz", url, extract=True, cache_subdir="x", cache_dir=tmp_path / "two")
        assert found == str(tmp_path / "two" / "x" / "b.tgz")
        assert (tmp_path / "two" / "x" / "batches" / "one").read_bytes() == b"1"
