"""Files are written as a whole, and the user is asked before one is lost."""

import builtins
import os
import stat
import subprocess
import sys

import pytest

from kerasnb.utils import io_utils
from kerasnb.utils.io_utils import ask_to_proceed_with_overwrite, atomic_write, may_write


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def leftover(folder, pid, host=None):
    path = folder / f".old.h5.{host or io_utils._host()}.{pid}.0123abcd.kerasnb-tmp"
    path.write_bytes(b"half of i")
    return path


def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_new_file(tmp_path):
    with atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        assert names(tmp_path) == [temporary.name]
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "new"


def test_an_exception_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_write(path) as temporary:
        temporary.write_text("ne")
        1 / 0  # noqa: B018
    assert names(tmp_path) == ["a.txt"]
    assert path.read_text() == "old"


def test_the_file_keeps_its_permissions_and_its_link(tmp_path):
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with atomic_write(str(link)) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_long_names_and_chinese_ones(tmp_path):
    for name in ("x" * 250 + ".h5", "模型" * 40 + ".h5"):
        with atomic_write(tmp_path / name) as temporary:
            temporary.write_text("new")
        assert (tmp_path / name).read_text() == "new"


def test_leftovers_of_dead_processes_go(tmp_path):
    ours = leftover(tmp_path, os.getpid())  # the number was another process's before
    dead = leftover(tmp_path, dead_pid())
    alive = leftover(tmp_path, os.getppid())
    elsewhere = leftover(tmp_path, 12, host="00000000")
    ancient = leftover(tmp_path, 13, host="00000000")
    os.utime(ancient, (0, 0))
    with atomic_write(tmp_path / "a.txt") as outer:
        outer.write_text("outer")
        with atomic_write(tmp_path / "b.txt") as inner:
            inner.write_text("inner")
        assert outer.exists()
    assert names(tmp_path) == sorted([alive.name, elsewhere.name, "a.txt", "b.txt"])
    assert not (ours.exists() or dead.exists())


@pytest.mark.parametrize("name", ["no/such/folder.h5", ".", "pipe"])
def test_what_cannot_be_written(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="Cannot write"), atomic_write(tmp_path / name):
        raise AssertionError("it began to write")
    assert names(tmp_path) == ["pipe"]


def answering(monkeypatch, *answers):
    questions, rest = [], list(answers)

    def ask(question=""):
        questions.append(question)
        return rest.pop(0)

    monkeypatch.setattr(builtins, "input", ask)
    return questions


def test_the_user_is_asked_until_the_answer_is_clear(monkeypatch, capsys):
    questions = answering(monkeypatch, "perhaps", " Y ")
    assert ask_to_proceed_with_overwrite("a.h5")
    assert questions == [
        "[WARNING] a.h5 already exists - overwrite? [y/n]",
        'Enter "y" (overwrite) or "n" (cancel).',
    ]
    assert capsys.readouterr().out == "[TIP] Next time specify overwrite=True!\n"


def test_no_is_no(monkeypatch, tmp_path):
    questions = answering(monkeypatch, "n")
    path = tmp_path / "a.h5"
    assert may_write(path, overwrite=False)
    assert not questions, "there is no such file yet"
    path.write_text("old")
    assert may_write(path, overwrite=True)
    assert not questions
    assert not may_write(path, overwrite=False)
    assert len(questions) == 1


def test_nobody_to_ask(tmp_path):
    """With a silent pipe for the keyboard there is an error, no endless wait."""
    path = tmp_path / "a.h5"
    path.write_text("old")
    code = f"from kerasnb.utils.io_utils import may_write; may_write({str(path)!r}, False)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        process.wait(60)
        assert process.returncode == 1
        message = process.stderr.read()
    finally:
        process.kill()
        process.stdin.close()
        process.stderr.close()
        process.wait()
    assert "FileExistsError" in message
    assert "overwrite=True" in message
