"""The soak itself (python -m tests.soak): each kind of work runs, and growth is told from noise."""

from pathlib import Path

import pytest

from tests.soak import Reading, Soak, dense, dropped, reading, verdict

linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the readings need /proc")


def readings(*memory, **last):
    flat = [Reading(m, 9, 1, 3) for m in memory]
    return [*flat[:-1], flat[-1]._replace(**last)]


@pytest.mark.parametrize(("given", "grown"), [
    (readings(*range(50, 53), *9 * [100]), []),  # warm-up
    (readings(*3 * [100], 100, 101, 99, 101, 100, 120), []),  # one that is high for once
    (readings(*3 * [100], 100, 100, 101, 103, 103, 104), ["memory"]),
    (readings(*9 * [100], handles=10), ["handles"]),
    (readings(*9 * [100], threads=2, tasks=4), ["threads", "tasks"]),
    (readings(*5 * [100]), ["5"]),
])  # fmt: skip
def test_verdict(given, grown):
    assert [sentence.split()[0] for sentence in verdict(given)] == grown


@linux
def test_each_kind_of_work(tmp_path):
    soak, before = Soak(tmp_path), reading()
    for work in soak.works:
        work(dense, soak.old[dense])
    after = reading()
    assert after.handles <= before.handles and after.threads <= before.threads
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"table.csv", "logs", "best.h5", "model.h5"}


@linux
@pytest.mark.parametrize("clear", [False, True])
def test_models_that_are_dropped(clear, capsys):
    assert len(dropped(15, clear)) == 15
    assert capsys.readouterr().out.count(" 0 alive") == 15
