"""Downloads over bad connections: the whole right file, or a clear error; never half a file."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from kerasnb.utils import downloading
from kerasnb.utils.data_utils import _hash_file, get_file, validate_file
from kerasnb.utils.downloading import DownloadError
from tests.datasets.server import serving

CONTENT = np.random.RandomState(0).bytes(200_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"something else").hexdigest()


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    """No waiting between tries, no proxies, a cache of the test's own."""
    monkeypatch.setattr(downloading, "PAUSE", 0.0)
    monkeypatch.setattr(downloading, "TIMEOUT", 2.0)
    monkeypatch.setattr(downloading, "_watched", lambda: False)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "keras" / "datasets" / "file.bin"


def visible(place: Path) -> list[str]:
    if not place.parent.exists():
        return []
    return sorted(path.name for path in place.parent.iterdir() if not path.name.startswith("."))


def test_a_file_is_downloaded_once(place, capsys):
    with serving(CONTENT) as site:
        for _ in range(2):
            assert get_file("file.bin", site.url + "/file.bin") == str(place)
        assert len(site.asked) == 1
    assert place.read_bytes() == CONTENT
    assert visible(place) == ["file.bin"]
    assert capsys.readouterr().out == f"Downloading data from {site.url}/file.bin\n"


@pytest.mark.parametrize(
    "hashes",
    [
        {"file_hash": SHA256},
        {"file_hash": SHA256.upper(), "hash_algorithm": "sha256"},
        {"file_hash": MD5},
        {"file_hash": MD5, "hash_algorithm": "md5"},
        {"md5_hash": MD5},
    ],
)
def test_checksums(place, hashes):
    with serving(CONTENT) as site:
        get_file("file.bin", site.url, **hashes)
        get_file("file.bin", site.url, **hashes)
        assert len(site.asked) == 1
        place.write_bytes(b"old")
        get_file("file.bin", site.url, **hashes)
        assert place.read_bytes() == CONTENT and len(site.asked) == 2


def test_a_wrong_checksum_leaves_nothing(place):
    with serving(CONTENT) as site:
        with pytest.raises(DownloadError, match=f"file.bin cannot be had .*{SHA256}, not {OTHER}"):
            get_file("file.bin", site.url, file_hash=OTHER)
    assert visible(place) == []


def test_an_old_file_stays_if_the_new_one_is_wrong(place):
    place.parent.mkdir(parents=True)
    place.write_bytes(b"old")
    with serving(CONTENT) as site, pytest.raises(DownloadError):
        get_file("file.bin", site.url, file_hash=OTHER)
    assert place.read_bytes() == b"old" and visible(place) == ["file.bin"]


@pytest.mark.parametrize("digest", [None, SHA256])
def test_a_broken_download_goes_on_where_it_stopped(place, digest):
    with serving(CONTENT, breaks=[50_000, 60_000]) as site:
        get_file("file.bin", site.url, file_hash=digest)
        assert [asked for _, asked in site.asked] == [None, "bytes=50000-", "bytes=110000-"]
    assert place.read_bytes() == CONTENT


def test_a_server_that_cannot_resume_is_asked_for_everything_again(place):
    with serving(CONTENT, breaks=[50_000], ranges=False) as site:
        get_file("file.bin", site.url, file_hash=SHA256)
        assert len(site.asked) == 2
    assert place.read_bytes() == CONTENT


def test_a_connection_that_always_breaks_is_an_error(place):
    with serving(CONTENT, breaks=[1000] * 9) as site:
        with pytest.raises(DownloadError, match=r"ended after 4,000 of 200,000 bytes \(4 tries\)"):
            get_file("file.bin", site.url)
    assert visible(place) == []


def test_what_an_earlier_run_left_is_used_if_a_checksum_can_tell(place):
    with serving(CONTENT, breaks=[1000] * 4) as site:
        with pytest.raises(DownloadError):
            get_file("file.bin", site.url, file_hash=SHA256)
        assert visible(place) == ["file.bin.part"]
        get_file("file.bin", site.url, file_hash=SHA256)
        assert site.asked[-1][1] == "bytes=4000-"
    assert place.read_bytes() == CONTENT and visible(place) == ["file.bin"]


@pytest.mark.parametrize("rest", [b"x" * 100, b"x" * 300_000, CONTENT])
def test_a_part_that_does_not_fit_is_thrown_away(place, rest):
    place.parent.mkdir(parents=True)
    place.with_name("file.bin.part").write_bytes(rest)
    with serving(CONTENT) as site:
        get_file("file.bin", site.url, file_hash=SHA256)
    assert place.read_bytes() == CONTENT and visible(place) == ["file.bin"]


def test_a_part_without_a_checksum_is_not_trusted(place):
    place.parent.mkdir(parents=True)
    place.with_name("file.bin.part").write_bytes(b"x" * 100)
    with serving(CONTENT) as site:
        get_file("file.bin", site.url)
        assert site.asked == [("/", None)]
    assert place.read_bytes() == CONTENT


def test_a_length_that_is_not_kept_is_an_error(place):
    with serving(CONTENT, more=10, ranges=False) as site:
        with pytest.raises(DownloadError, match="ended after 200,000 of 200,010 bytes"):
            get_file("file.bin", site.url, file_hash=SHA256)
    assert not place.exists()


def test_a_length_that_is_too_short_fails_by_its_checksum(place):
    with serving(CONTENT, more=-10) as site, pytest.raises(DownloadError, match="its checksum is"):
        get_file("file.bin", site.url, file_hash=SHA256)
    assert visible(place) == []


def test_a_server_that_tells_no_length(place):
    with serving(CONTENT, more=None) as site:
        get_file("file.bin", site.url, file_hash=SHA256)
    assert place.read_bytes() == CONTENT


def test_a_redirect_is_followed(place):
    with serving(CONTENT) as site:
        site.redirects["/old"] = f"{site.url}/new"
        get_file("file.bin", f"{site.url}/old", file_hash=SHA256)
        assert [path for path, _ in site.asked] == ["/old", "/new"]
    assert place.read_bytes() == CONTENT


def test_a_redirect_in_a_circle_and_one_to_a_local_file_are_errors(place, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with serving(CONTENT) as site:
        site.redirects = {"/circle": "/circle", "/local": secret.as_uri()}
        for path in site.redirects:
            with pytest.raises(DownloadError, match="30"):
                get_file("file.bin", site.url + path)
    assert visible(place) == []


@pytest.mark.parametrize("code", [403, 404, 500])
def test_an_error_page_is_never_the_file(place, code):
    with serving(CONTENT, codes=[code] * 9) as site:
        with pytest.raises(DownloadError, match=f"file.bin cannot be had from {site.url}: {code} "):
            get_file("file.bin", site.url)
        assert len(site.asked) == (4 if code == 500 else 1)
    assert visible(place) == []


def test_a_busy_server_is_asked_again(place):
    with serving(CONTENT, codes=[503, 429]) as site:
        get_file("file.bin", site.url)
    assert place.read_bytes() == CONTENT


def test_a_slow_server_is_waited_for_a_stuck_one_is_not(place, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT", 0.2)
    with serving(CONTENT[:40_960], pause=0.03) as site:
        get_file("file.bin", site.url)
    assert place.stat().st_size == 40_960
    monkeypatch.setattr(downloading, "TIMEOUT", 0.05)
    with serving(CONTENT[:8192], pause=0.3) as site:
        with pytest.raises(DownloadError, match="timed out"):
            get_file("stuck.bin", site.url)
    assert visible(place) == ["file.bin"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://nowhere.invalid/x", "no address"])
def test_no_connection_is_an_error_at_once(place, url, monkeypatch):
    def unknown(host, *args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if "invalid" in url:  # for what no name server knows, none is asked
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    begin = time.monotonic()
    with pytest.raises(DownloadError, match="file.bin cannot be had from"):
        get_file("file.bin", url)
    assert time.monotonic() - begin < 5 and visible(place) == []


def test_a_local_address(place, tmp_path):
    (tmp_path / "there.bin").write_bytes(CONTENT)
    get_file("file.bin", (tmp_path / "there.bin").as_uri(), file_hash=SHA256)
    assert place.read_bytes() == CONTENT


def test_the_proxy_of_the_environment_is_used(place, monkeypatch):
    with serving(CONTENT) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        get_file("file.bin", "http://data.invalid/file.bin")
        assert proxy.asked[0][0] == "http://data.invalid/file.bin"
    assert place.read_bytes() == CONTENT


def test_a_disk_that_is_too_small_is_noticed_before(place, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 5, 1000))
    with serving(CONTENT) as site:
        with pytest.raises(DownloadError, match=r"No space left on device \(0.2 MB needed\)"):
            get_file("file.bin", site.url, file_hash=SHA256)
    assert visible(place) == []


def test_a_disk_that_fills_up_is_freed_again(place, monkeypatch):
    class Full:
        def __init__(self, *_, **__):
            pass

        def update(self, done):
            if done > 100_000:
                raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloading, "Progbar", Full)
    with serving(CONTENT) as site, pytest.raises(DownloadError, match="No space left on device"):
        get_file("file.bin", site.url, file_hash=SHA256)
    assert visible(place) == []


def test_a_home_that_cannot_be_written_gives_way_to_the_temporary_folder(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "keras"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with serving(CONTENT) as site:
        found = get_file("file.bin", site.url)
    assert found == str(tmp_path / ".keras" / "datasets" / "file.bin")
    assert Path(found).read_bytes() == CONTENT


def test_a_progress_bar_for_those_who_watch(monkeypatch, capsys):
    monkeypatch.setattr(downloading, "_watched", lambda: True)
    with serving(CONTENT) as site:
        get_file("file.bin", site.url)
    assert "200000/200000 [==============================]" in capsys.readouterr().out


CHILD = """
import sys
from kerasnb.utils.data_utils import get_file
print(get_file("file.bin", sys.argv[1], file_hash=sys.argv[2] or None))
"""


def start(site, digest):
    command = [sys.executable, "-c", CHILD, site.url, digest]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("digest", ["", SHA256])
def test_two_processes_at_once_download_once(place, digest):
    with serving(CONTENT, pause=0.03) as site:
        children = [start(site, digest) for _ in range(2)]
        answers = [child.communicate(timeout=30) for child in children]
        assert [child.returncode for child in children] == [0, 0], answers
        assert len(site.asked) == 1
    assert place.read_bytes() == CONTENT and visible(place) == ["file.bin"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_process_leaves_no_file_of_that_name_and_no_lock(place, how):
    with serving(CONTENT, pause=0.05) as site:
        child = start(site, SHA256)
        part = place.with_name("file.bin.part")
        while not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
            assert child.poll() is None
        child.send_signal(how)
        child.communicate(timeout=30)
        assert visible(place) == ["file.bin.part"]
        site.pause = 0
        get_file("file.bin", site.url, file_hash=SHA256)
        assert site.asked[-1][1] is not None  # it went on
    assert place.read_bytes() == CONTENT


def test_validate_file(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(CONTENT)
    assert validate_file(file, SHA256) and validate_file(str(file), MD5, chunk_size=10)
    assert not validate_file(file, OTHER) and not validate_file(file, MD5, "sha256")
    assert _hash_file(file) == SHA256 and _hash_file(file, "md5", 7) == MD5
    with pytest.raises(ValueError, match="'md5', 'sha256' or 'auto'; got 'crc'"):
        validate_file(file, MD5, "crc")
