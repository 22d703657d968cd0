"""The chapters cover the documentation, and docs/coverage.md says which of them what."""

import pytest

from docs import coverage


@pytest.fixture(scope="module")
def table():
    return coverage.rows()


def test_the_page_is_up_to_date():
    written = coverage.PAGE.read_text("utf-8")
    assert written == coverage.page(), "docs/coverage.md is out of date: python -m docs.coverage"


def test_no_section_is_empty(table):
    empty = [row.section for row in table if not row.chapters or row.lost]
    assert not empty


def test_nearly_all_documented_names_are_used(table):
    total, used = coverage.counts(table)
    assert total > 450
    assert used >= 0.9 * total


def test_names_exist(table):
    for row in table:
        for name in row.names:
            if name.partition(".")[0] not in coverage.CLASSES:
                assert coverage._object(name) is not None, name


def test_what_counts_as_used(tmp_path):
    chapter = tmp_path / "chapter.ipynb"
    chapter.write_text(
        '{"cells": [{"cell_type": "code", "id": "one", "source": ["%magic\\n",'
        ' "from keras import backend as K\\n", "from keras.layers import Dense, LSTM\\n",'
        " \"Dense(3, activation='relu').build(K.abs)\"]}]}"
    )
    used = coverage.used_by(chapter)
    assert used.cells == {"one"}
    for name in ("layers.Dense", "backend.abs", "activations.relu"):
        assert coverage.uses(used, f"keras.{name}"), name
    assert coverage.uses(used, "Layer.build")
    for name in ("layers.LSTM", "backend.all", "activations.elu"):  # imported is not used
        assert not coverage.uses(used, f"keras.{name}"), name
