"""Training from generators and Sequences: the numbers of arrays, workers that come and go."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import Callback, LambdaCallback
from kerasnb.layers import Dense, Input, concatenate
from kerasnb.models import Model, Sequential
from kerasnb.preprocessing.image import ImageDataGenerator
from kerasnb.utils import GeneratorEnqueuer, OrderedEnqueuer, Sequence
from kerasnb.utils.data_utils import SequenceEnqueuer

WORKERS = [(0, False), (1, False), (3, False), (1, True), (3, True)]
every_kind = pytest.mark.parametrize(("workers", "processes"), WORKERS)

RANDOM = np.random.RandomState(0)
X = RANDOM.rand(22, 3)
Y = X.sum(axis=1, keepdims=True)
SIZE = 4  # of batches: the last one has 2


class Batches(Sequence):
    """X and Y in batches; writes down who asks for what."""

    def __init__(self, size=SIZE):
        self.size = size
        self.epochs = 0

    def __len__(self):
        return -(-len(X) // self.size)

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        return X[rows], Y[rows]

    def on_epoch_end(self):
        self.epochs += 1


def forever(size=SIZE):
    while True:
        yield from Batches(size)


def finite(count=6):
    return itertools.islice(forever(), count)


@pytest.fixture(autouse=True)
def nothing_is_left(request):
    K.clear_session()
    np.random.seed(0)
    open_files = files()
    yield
    deadline = time.monotonic() + 2
    while leftovers() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not leftovers()
    assert files() <= open_files + (request.node.name.startswith("test_start_methods"))


def files():
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def leftovers():
    kept = "kerasnb kernels"  # waits for the next kernel, whatever calls it
    names = {t: t.name for t in threading.enumerate() if t.name.startswith("kerasnb")}
    threads = [t for t, name in names.items() if name != kept]
    return threads + multiprocessing.active_children()


def model(**kwargs):
    made = Sequential(
        [Dense(4, activation="tanh", kernel_initializer="ones", input_shape=(3,)), Dense(1)]
    )
    made.set_weights([np.full(w.shape, 0.1 * i + 0.1) for i, w in enumerate(made.get_weights())])
    made.compile("adam", "mse", metrics=["mae"], **kwargs)
    return made


def close(one, two):
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_allclose(one[name], two[name], rtol=1e-6)


class TestNumbers:
    """Batches that a generator or Sequence gives train as the same batches of arrays do."""

    def expected(self, **kwargs):
        return model().fit(X, Y, batch_size=SIZE, epochs=3, verbose=0, shuffle=False, **kwargs)

    @every_kind
    def test_sequence(self, workers, processes):
        made = model()
        history = made.fit_generator(
            Batches(), epochs=3, verbose=0, shuffle=False, workers=workers,
            use_multiprocessing=processes, validation_data=Batches(8),
        )  # fmt: skip
        close(history.history, self.expected(validation_data=(X, Y)).history)

    @pytest.mark.parametrize("workers", [0, 1, 3])
    def test_generator(self, workers):
        history = model().fit_generator(
            forever(), 6, epochs=3, verbose=0, workers=workers,
            validation_data=forever(8), validation_steps=3,
        )  # fmt: skip
        assert history.epoch == [0, 1, 2]
        close(history.history, self.expected(validation_data=(X, Y)).history)

    def test_validation_on_arrays(self):
        history = model().fit_generator(
            Batches(), epochs=3, verbose=0, shuffle=False, validation_data=(X, Y)
        )
        close(history.history, self.expected(validation_data=(X, Y)).history)
        weights = np.arange(22.0)
        history = model().fit_generator(
            Batches(), epochs=3, verbose=0, shuffle=False, validation_data=(X, Y, weights)
        )
        close(history.history, self.expected(validation_data=(X, Y, weights)).history)

    def test_fit_takes_them(self):
        expected = self.expected(validation_data=(X, Y)).history
        for data, val in ((Batches(), Batches(5)), (Batches(), (X, Y))):
            history = model().fit(data, epochs=3, verbose=0, shuffle=False, validation_data=val)
            close(history.history, expected)
        history = model().fit(
            X, Y, SIZE, epochs=3, verbose=0, shuffle=False, validation_data=Batches(7)
        )
        close(history.history, expected)
        history = model().fit(forever(), steps_per_epoch=6, epochs=3, verbose=0)
        close(history.history, self.expected().history)

    @every_kind
    def test_evaluate_and_predict(self, workers, processes):
        made = model()
        kinds = {"workers": workers, "use_multiprocessing": processes}
        evaluated = made.evaluate(X, Y, batch_size=SIZE, verbose=0)
        predicted = made.predict(X, batch_size=SIZE)
        np.testing.assert_allclose(made.evaluate_generator(Batches(), **kinds), evaluated, 1e-6)
        np.testing.assert_allclose(made.evaluate(Batches(), verbose=0, **kinds), evaluated, 1e-6)
        np.testing.assert_array_equal(made.predict_generator(Batches(), **kinds), predicted)
        np.testing.assert_array_equal(made.predict(Batches(), **kinds), predicted)
        assert made.predict_generator(Batches(), steps=8, **kinds).shape == (30, 1)

    def test_evaluate_and_predict_with_a_generator(self):
        made = model()
        evaluated = made.evaluate(X, Y, verbose=0)
        np.testing.assert_allclose(made.evaluate(forever(), steps=6, verbose=0), evaluated, 1e-6)
        np.testing.assert_allclose(made.evaluate_generator(forever(), 6), evaluated, 1e-6)
        inputs = (x for x, _ in forever())
        assert made.predict_generator(inputs, 1).shape == (4, 1)
        assert made.predict(forever(), steps=6).shape == (22, 1)

    def test_weights(self):
        weights = np.arange(22.0)

        def weighted():
            while True:
                for i in range(0, 22, SIZE):
                    yield X[i : i + SIZE], Y[i : i + SIZE], weights[i : i + SIZE]

        history = model().fit_generator(weighted(), 6, epochs=3, verbose=0)
        close(history.history, self.expected(sample_weight=weights).history)
        labels = np.arange(22) % 3
        by_class = {0: 1.0, 1: 5.0, 2: 0.5}

        def labelled():
            while True:
                for i in range(0, 22, SIZE):
                    yield X[i : i + SIZE], labels[i : i + SIZE]

        made = [Sequential([Dense(3, activation="softmax", kernel_initializer="zeros",
                                  input_shape=(3,))]) for _ in range(2)]  # fmt: skip
        for m in made:
            m.compile("sgd", "sparse_categorical_crossentropy")
        one = made[0].fit_generator(labelled(), 6, verbose=0, class_weight=by_class)
        two = made[1].fit(X, labels, SIZE, verbose=0, class_weight=by_class, shuffle=False)
        close(one.history, two.history)

    def test_several_inputs_and_outputs(self):
        a, b = Input((3,), name="a"), Input((3,), name="b")
        both = concatenate([a, b])
        made = Model([a, b], [Dense(1, name="one")(both), Dense(2, name="two")(both)])
        made.compile("sgd", "mse")
        two = np.concatenate([Y, Y], axis=1)

        def lists():
            while True:
                yield [X, X], [Y, two]

        def names():
            while True:
                yield {"a": X, "b": X}, {"one": Y, "two": two}, {"one": np.ones(22)}

        assert made.evaluate(lists(), steps=1, verbose=0) == made.evaluate(
            [X, X], [Y, two], verbose=0
        )
        made.fit(names(), steps_per_epoch=2, verbose=0)
        one, other = made.predict(lists(), steps=2)
        assert one.shape == (44, 1) and other.shape == (44, 2)

    def test_a_loss_without_targets(self):
        x = Input((3,))
        y = Dense(1)(x)
        made = Model(x, y)
        made.add_loss(K.mean(K.square(y)))
        made.compile("sgd", None)
        history = made.fit_generator(((X,) for _ in range(9)), 3, epochs=3, verbose=0)
        assert history.history["loss"][2] < history.history["loss"][0]

    def test_models_that_wait_for_data(self):
        for data, steps in ((Batches(), None), (forever(), 6)):
            made = Sequential([Dense(4, activation="tanh"), Dense(1)])
            made.compile("adam", "mse")
            history = made.fit_generator(data, steps, epochs=2, verbose=0)
            assert history.epoch == [0, 1] and made.optimizer.iterations.read() == 12
        untrained = Sequential([Dense(4), Dense(1)])
        assert untrained.predict_generator(Batches()).shape == (22, 1)
        with pytest.raises(RuntimeError, match="compile the model"):
            untrained.evaluate_generator(Batches())


class TestEpochs:
    def test_validation_freq(self):
        history = model().fit_generator(
            Batches(), epochs=5, verbose=0, validation_data=Batches(), validation_freq=2
        )
        assert len(history.history["loss"]) == 5 and len(history.history["val_loss"]) == 2
        history = model().fit(
            Batches(), epochs=5, verbose=0, validation_data=Batches(), validation_freq=[1]
        )
        assert len(history.history["val_loss"]) == 1

    def test_initial_epoch(self):
        history = model().fit_generator(Batches(), epochs=5, initial_epoch=3, verbose=0)
        assert history.epoch == [3, 4]

    @every_kind
    def test_on_epoch_end(self, workers, processes):
        data, val = Batches(), Batches()
        model().fit_generator(
            data, epochs=3, verbose=0, workers=workers, use_multiprocessing=processes,
            validation_data=val,
        )  # fmt: skip
        assert data.epochs == val.epochs == 3

    @every_kind
    def test_a_sequence_that_changes(self, workers, processes):
        """What on_epoch_end does is seen by all workers, a new length by the training."""

        class Growing(Sequence):
            count = 1

            def __len__(self):
                return self.count

            def __getitem__(self, index):
                return np.full((2, 3), self.count), np.full(2, index)

            def on_epoch_end(self):
                self.count += 1

        steps = []
        note = LambdaCallback(
            on_epoch_begin=lambda epoch, logs: steps.append([note.params["steps"], 0]),
            on_batch_end=lambda batch, logs: steps[-1].__setitem__(1, batch + 1),
        )
        model().fit_generator(
            Growing(), epochs=4, verbose=0, callbacks=[note], workers=workers,
            use_multiprocessing=processes,
        )  # fmt: skip
        assert steps == [[1, 1], [2, 2], [3, 3], [4, 4]]

    def test_steps_that_are_no_whole_pass(self):
        """The next epoch begins where the last one has ended."""
        seen = []

        class Numbers(Batches):
            def __getitem__(self, index):
                seen.append(index)
                return super().__getitem__(index)

        data = Numbers()
        model().fit_generator(data, 4, epochs=3, verbose=0, workers=0, shuffle=False)
        assert seen == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5] and data.epochs == 2

    @every_kind
    def test_shuffle(self, workers, processes):
        """Each batch once in an epoch, in an order that numpy.random's seed says."""
        orders = []

        class Sizes(Sequence):
            def __len__(self):
                return 9

            def __getitem__(self, index):
                return np.ones((index + 1, 3)), np.ones(index + 1)

        for seed in (1, 1, 2):
            sizes = []
            note = LambdaCallback(
                on_batch_begin=lambda batch, logs, sizes=sizes: sizes.append(logs["size"])
            )
            made = model()
            np.random.seed(seed)
            made.fit_generator(
                Sizes(), epochs=2, verbose=0, callbacks=[note], workers=workers,
                use_multiprocessing=processes,
            )  # fmt: skip
            assert sorted(sizes[:9]) == sorted(sizes[9:]) == list(range(1, 10))
            assert sizes[:9] != sizes[9:]
            orders.append(sizes)
        assert orders[0] == orders[1] != orders[2]

    def test_a_generator_that_ends(self):
        made = model()
        with pytest.warns(UserWarning, match="has ended after 1 of 4 batches, and so d") as said:
            history = made.fit_generator(finite(count=5), 4, epochs=9, verbose=0)
        assert history.epoch == [0, 1] and made.optimizer.iterations.read() == 5
        assert len(said) == 1 and said[0].filename == __file__
        with pytest.warns(UserWarning, match="has ended after 0 of 3 batches"):
            history = made.fit(finite(), steps_per_epoch=3, epochs=9, verbose=0)
        assert history.epoch == [0, 1] and len(history.history["loss"]) == 2
        with pytest.warns(UserWarning, match="has ended after 6 of 7 batches"):
            assert made.predict_generator(finite(), 7).shape == (22, 1)
        for call in (made.evaluate_generator, made.predict_generator):
            with (
                pytest.warns(UserWarning, match="has ended after 0 of 7"),
                pytest.raises(ValueError, match="_generator: got no batch"),
            ):
                call(iter([]), 7)

    def test_a_validation_that_ends(self):
        """The training goes on without."""
        with pytest.warns(UserWarning, match="validation: the generator has ended") as said:
            history = model().fit(
                Batches(), epochs=3, verbose=0, validation_data=finite(5), validation_steps=3
            )
        for warning, count in zip(said, (2, 0), strict=True):
            assert f"has ended after {count} of 3 batches, and so does it" in str(warning.message)
        assert len(history.history["val_loss"]) == 2 and history.epoch == [0, 1, 2]

    def test_what_callbacks_are_told(self):
        seen = {}

        class Look(Callback):
            def on_train_begin(self, logs=None):
                seen.update(self.params, data=self.validation_data)

            def on_batch_end(self, batch, logs=None):
                seen[batch] = logs["size"]

        made = model()
        made.fit_generator(
            Batches(), epochs=1, verbose=0, callbacks=[Look()], shuffle=False,
            validation_data=(X, Y),
        )  # fmt: skip
        assert [len(a) for a in seen.pop("data")] == [22, 22, 22]
        assert seen == {
            "epochs": 1, "steps": 6, "verbose": 0, "do_validation": True,
            "metrics": ["loss", "mae", "val_loss", "val_mae"],
            0: 4, 1: 4, 2: 4, 3: 4, 4: 4, 5: 2,
        }  # fmt: skip

    def test_progress(self, capsys, monkeypatch):
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
        made = model()
        made.fit_generator(Batches(), epochs=1)
        assert "\n6/6 [====" in capsys.readouterr().out
        made.evaluate_generator(Batches(), verbose=1)
        made.predict_generator(Batches(), verbose=1)
        assert capsys.readouterr().out.count("\n6/6 [====") == 2


class TestErrors:
    class Broken(Batches):
        def __getitem__(self, index):
            if index == 3:
                self.fall_over(index)
            return super().__getitem__(index)

        def fall_over(self, index):
            raise LookupError(f"no batch {index}")

    @every_kind
    def test_of_a_worker(self, workers, processes):
        made = model()
        with pytest.raises(LookupError, match="no batch 3") as caught:
            made.fit_generator(
                self.Broken(), epochs=2, verbose=0, workers=workers, shuffle=False,
                use_multiprocessing=processes,
            )  # fmt: skip
        text = "".join(traceback.format_exception(caught.value))
        assert "in fall_over" in text and "self.fall_over(index)" in text
        assert made.optimizer.iterations.read() == 3  # the batches before were used
        assert made.fit_generator(Batches(), verbose=0).epoch == [0]

    @pytest.mark.parametrize("workers", [0, 1])
    def test_of_a_generator(self, workers):
        def broken():
            yield X, Y
            raise LookupError("no more")

        made = model()
        with pytest.raises(LookupError, match="no more") as caught:
            made.fit_generator(broken(), 5, verbose=0, workers=workers)
        assert "in broken" in "".join(traceback.format_exception(caught.value))
        assert made.optimizer.iterations.read() == 1

    def test_of_a_validation(self):
        with pytest.raises(LookupError, match="no batch 3"):
            model().fit_generator(
                Batches(), verbose=0, workers=2, use_multiprocessing=True,
                validation_data=self.Broken(),
            )  # fmt: skip

    @every_kind
    def test_of_a_callback(self, workers, processes):
        def fail(batch, logs):
            if batch == 2:
                raise LookupError("a callback's")

        made = model()
        with pytest.raises(LookupError, match="a callback's"):
            made.fit_generator(
                Batches(), verbose=0, workers=workers, use_multiprocessing=processes,
                callbacks=[LambdaCallback(on_batch_end=fail)],
            )  # fmt: skip
        assert made.optimizer.iterations.read() == 3
        assert made.fit(X, Y, verbose=0).epoch == [0]

    def test_that_cannot_be_sent(self):
        class Odd(Exception):
            def __init__(self, one, two):
                super().__init__(one)
                self.lock = threading.Lock()

        class Broken(Batches):
            def __getitem__(self, index):
                raise Odd("cannot be pickled", 2)

        with pytest.raises(RuntimeError, match="Odd: cannot be pickled"):
            model().evaluate_generator(Broken(), workers=1, use_multiprocessing=True)

    def test_a_batch_that_cannot_be_sent(self):
        class Broken(Batches):
            def __getitem__(self, index):
                return threading.Lock()

        with pytest.raises(TypeError, match="cannot pickle"):
            model().evaluate_generator(Broken(), workers=1, use_multiprocessing=True)

    def test_a_process_that_is_killed(self):
        class Deadly(Batches):
            def __getitem__(self, index):
                if index == 2:
                    os.kill(os.getpid(), signal.SIGKILL)
                return super().__getitem__(index)

        with pytest.raises(RuntimeError, match="has ended before.*exit code -9"):
            model().evaluate_generator(Deadly(), workers=2, use_multiprocessing=True)

    @pytest.mark.parametrize(
        ("item", "problem"),
        [
            (7, "must give tuples .*; got int"),
            (X, r"got ndarray of shape \(22, 3\)"),
            ((X, Y, None, None), "got a tuple of 4"),
            ((X[:0], Y[:0]), "got a batch without samples"),
            ((X, Y[:3]), "got 22 input samples, 3 target samples"),
        ],
    )
    def test_of_batches(self, item, problem):
        for call in (model().fit_generator, model().evaluate_generator):
            with pytest.raises(ValueError, match=problem):
                call(iter([item] * 2), 2)

    def test_of_arguments(self):
        made = model()
        cases = [
            (lambda: made.fit_generator(forever()), ValueError, "does not say how many batches"),
            (lambda: made.fit(forever()), ValueError, "does not say how many batches"),
            (lambda: made.evaluate_generator(forever()), ValueError, "how many batches"),
            (lambda: made.predict_generator(forever()), ValueError, "how many batches"),
            (lambda: made.fit_generator(forever(), 0), ValueError, "at least 1; got 0"),
            (lambda: made.fit_generator(X, 3), TypeError, "got ndarray; needs a generator"),
            (lambda: made.fit_generator(forever(), 1, workers=-1), ValueError, "0 or more; got -1"),
            (lambda: made.fit(Batches(), Y), ValueError, "leave out `y`"),
            (lambda: made.fit(Batches(), batch_size=3), ValueError, "leave out `batch_size`"),
            (lambda: made.fit(Batches(), validation_split=0.1), ValueError, "`validation_split`"),
            (lambda: made.fit(Batches(), sample_weight=Y), ValueError, "`sample_weight`"),
            (lambda: made.evaluate(Batches(), Y), ValueError, "evaluate: .*leave out `y`"),
            (lambda: made.predict(Batches(), 3), ValueError, "predict: .*leave out `batch_size`"),
            (lambda: made.fit(Batches(), verbose=0, validation_data=forever()), ValueError,
             "validation: a generator does not say"),
            (lambda: made.fit(Batches(), verbose=0, validation_data=(X,)), ValueError,
             r"needs \(x, y\)"),
        ]  # fmt: skip
        for call, error, problem in cases:
            with pytest.raises(error, match=problem):
                call()

    def test_an_empty_sequence(self):
        class Empty(Batches):
            def __len__(self):
                return 0

        with pytest.raises(ValueError, match="at least 1; got 0"):
            model().fit(Empty())
        with pytest.raises(ValueError, match="The Empty has no batches"):
            model().fit(Empty(), steps_per_epoch=3, verbose=0)


class TestKeras1:
    def test_names(self):
        made = model()
        with pytest.warns(
            UserWarning, match="spellings of Keras 1; write steps_per_epoch=6, ep"
        ) as w:
            history = made.fit_generator(
                forever(), samples_per_epoch=6, nb_epoch=2, max_q_size=3, nb_worker=1,
                pickle_safe=False, validation_data=forever(), nb_val_samples=2, verbose=0,
            )  # fmt: skip
        assert len(w) == 1 and w[0].filename == __file__
        assert history.epoch == [0, 1] and history.params["steps"] == 6
        with pytest.warns(UserWarning, match="write steps=6"):
            assert len(made.evaluate_generator(forever(), val_samples=6)) == 2
        with pytest.warns(UserWarning, match="write steps=2, max_queue_size=3"):
            assert made.predict_generator(forever(), val_samples=2, max_q_size=3).shape == (8, 1)

    def test_samples_of_a_generator_with_batch_size(self):
        class Iterator:
            batch_size = SIZE

            def __init__(self):
                self.batches = forever()

            def __next__(self):
                return next(self.batches)

            def __iter__(self):
                return self

        made = model()
        with pytest.warns(UserWarning, match="steps_per_epoch=5, validation_steps=2"):
            made.fit_generator(
                Iterator(), samples_per_epoch=22, validation_data=Iterator(), nb_val_samples=8,
                verbose=0,
            )  # fmt: skip
        assert made.optimizer.iterations.read() == 5

    def test_as_documented(self):
        """The documentation's call: positions are those of Keras 2."""
        assert model().fit_generator(forever(), 6, 2, 0).epoch == [0, 1]


class TestInterrupts:
    @every_kind
    def test_in_a_training(self, workers, processes):
        made = model()
        press = LambdaCallback(
            on_batch_end=lambda batch, logs: batch == 3 and signal.raise_signal(signal.SIGINT)
        )
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            made.fit_generator(
                Batches(), epochs=5, verbose=0, workers=workers, use_multiprocessing=processes,
                callbacks=[press], validation_data=Batches(),
            )  # fmt: skip
        assert time.monotonic() - begin < 2 and not leftovers()
        assert made.history.epoch == [0] and made.optimizer.iterations.read() == 4

    @pytest.mark.parametrize("processes", [False, True])
    def test_while_waiting_for_a_slow_batch(self, processes):
        class Slow(Batches):
            def __getitem__(self, index):
                time.sleep(1.2)
                return super().__getitem__(index)

        pressed = []

        def press():
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.5, press).start()
        with pytest.raises(KeyboardInterrupt):
            model().fit_generator(Slow(), verbose=0, workers=2, use_multiprocessing=processes)
        assert time.monotonic() - pressed[0] < 2

    def test_from_a_terminal(self, tmp_path):
        """There the whole group of processes is told, and all of it ends, quietly."""
        program = tmp_path / "program.py"
        program.write_text(SLOW_PROGRAM)
        run = subprocess.Popen(
            [sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        assert run.stdout.readline() == "works\n"
        os.killpg(run.pid, signal.SIGINT)
        begin = time.monotonic()
        _, errors = run.communicate(timeout=10)
        assert time.monotonic() - begin < 2.5
        assert errors.splitlines()[-1].startswith("KeyboardInterrupt")
        assert errors.count("Traceback") == 1
        with pytest.raises(ProcessLookupError):  # nobody is left in the group
            os.killpg(run.pid, 0)

    def test_of_a_parent_that_is_killed(self, tmp_path):
        program = tmp_path / "program.py"
        program.write_text(SLOW_PROGRAM)
        run = subprocess.Popen(
            [sys.executable, str(program)], stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        assert run.stdout.readline() == "works\n"
        run.kill()
        run.communicate()
        deadline = time.monotonic() + 5
        with pytest.raises(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(run.pid, 0)
                time.sleep(0.02)


SLOW_PROGRAM = """
import time
import numpy as np
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.utils import Sequence

class Slow(Sequence):
    def __len__(self):
        return 100
    def __getitem__(self, index):
        time.sleep(0.3)
        return np.ones((2, 1)), np.ones(2)

if __name__ == "__main__":
    import sys
    from kerasnb.callbacks import LambdaCallback
    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    say = LambdaCallback(on_batch_end=lambda batch, logs: batch or print("works", flush=True))
    model.fit_generator(Slow(), epochs=9, verbose=0, workers=3, use_multiprocessing=True,
                        callbacks=[say])
"""


class Drawn(Sequence):
    """Batches of random numbers, each from another worker's hands."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        time.sleep(0.001 * (index * 5 % 3))
        return index, np.random.rand(), os.getpid()


class TestEnqueuers:
    def test_kinds(self):
        assert issubclass(OrderedEnqueuer, SequenceEnqueuer)
        assert issubclass(GeneratorEnqueuer, SequenceEnqueuer)

    @every_kind
    def test_order(self, workers, processes):
        enqueuer = OrderedEnqueuer(Drawn(), processes)
        assert not enqueuer.is_running()
        enqueuer.start(workers, max_queue_size=3)
        assert enqueuer.is_running()
        batches = enqueuer.get()
        got = [next(batches) for _ in range(20)]
        enqueuer.stop()
        assert not enqueuer.is_running() and list(batches) == []
        assert [index for index, *_ in got] == [i % 8 for i in range(20)]
        if processes and workers:
            assert os.getpid() not in {pid for *_, pid in got}

    def test_numbers_of_processes_do_not_depend_on_who_makes_them(self):
        drawn = []
        for workers in (1, 2, 4):
            np.random.seed(3)
            enqueuer = OrderedEnqueuer(Drawn(), True)
            enqueuer.start(workers)
            drawn.append([number for _, number, _ in itertools.islice(enqueuer.get(), 16)])
            enqueuer.stop()
        assert drawn[0] == drawn[1] == drawn[2] and len(set(drawn[0])) == 16

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_start_methods(self, method, monkeypatch):
        if method not in multiprocessing.get_all_start_methods():
            pytest.skip(f"this system does not start processes by {method}")
        context = multiprocessing.get_context(method)
        monkeypatch.setattr("kerasnb.utils.enqueuers.get_context", lambda: context)
        np.random.seed(3)
        enqueuer = OrderedEnqueuer(MinimalSequence([1, 2, 3]), True)
        enqueuer.start(2)
        batches = enqueuer.get()
        assert [next(batches) for _ in range(9)] == [1, 2, 3, 11, 12, 13, 21, 22, 23]
        enqueuer.stop()
        if method == "spawn":
            with pytest.raises(TypeError, match="'spawn'.*a copy of the generator, and that fails"):
                GeneratorEnqueuer(forever(), True).start(2)

    def test_ahead_of_time(self):
        """Batches are made before they are asked for, but no more than there is room."""
        made = []

        def count():
            for i in itertools.count():
                made.append(i)
                yield i

        enqueuer = GeneratorEnqueuer(count())
        enqueuer.start(workers=2, max_queue_size=5)
        batches = enqueuer.get()
        assert [next(batches) for _ in range(3)] == [0, 1, 2]
        deadline = time.monotonic() + 2
        while len(made) < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert made == list(range(8))
        enqueuer.stop()

    def test_workers_work_together(self):
        barrier = threading.Barrier(3)

        class Meeting(Batches):
            def __getitem__(self, index):
                barrier.wait(5)
                return index

        enqueuer = OrderedEnqueuer(Meeting())
        enqueuer.start(workers=3)
        assert list(itertools.islice(enqueuer.get(), 6)) == list(range(6))
        enqueuer.stop()

    def test_a_generator_in_processes(self):
        enqueuer = GeneratorEnqueuer(iter([1, 2, 3]), True)
        enqueuer.start(2)
        assert list(enqueuer.get()) == [1, 1, 2, 2, 3, 3]
        enqueuer.stop()

        def random_numbers():
            while True:
                yield np.random.randint(10**6)

        got = []
        for _ in range(2):
            enqueuer = GeneratorEnqueuer(random_numbers(), True, random_seed=5)
            enqueuer.start(2)
            got.append(list(itertools.islice(enqueuer.get(), 8)))
            enqueuer.stop()
        assert got[0] == got[1] and len(set(got[0])) == 8
        with pytest.warns(UserWarning, match="each of the 2 processes has its own copy"):
            model().fit(
                forever(), steps_per_epoch=2, verbose=0, workers=2, use_multiprocessing=True
            )

    def test_wait_time(self):
        with pytest.warns(DeprecationWarning, match="wait_time has no effect"):
            GeneratorEnqueuer(forever(), wait_time=0.1)

    def test_once_at_a_time(self):
        enqueuer = GeneratorEnqueuer(forever())
        enqueuer.start()
        with pytest.raises(RuntimeError, match="it is running already"):
            enqueuer.start()
        enqueuer.stop()
        enqueuer.start()
        next(enqueuer.get())
        enqueuer.stop()
        enqueuer.stop()


class MinimalSequence:
    """Has what is needed and no more; can be pickled."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def on_epoch_end(self):
        self.items = [item + 10 for item in self.items]


@pytest.mark.parametrize("processes", [False, True])
def test_pictures(processes):
    """In each epoch, the first too, every picture comes once, whoever makes its batch."""
    x = np.arange(40.0).reshape(40, 1, 1, 1)
    flow = ImageDataGenerator().flow(x, batch_size=4)
    enqueuer = OrderedEnqueuer(flow, processes)
    enqueuer.start(3)
    batches = enqueuer.get()
    for _ in range(3):
        seen = np.concatenate([next(batches).ravel() for _ in range(10)])
        assert sorted(seen) == list(range(40)) and (np.diff(seen) < 0).any()
    enqueuer.stop()


class Many(Sequence):
    def __len__(self):
        return 10_000

    def __getitem__(self, index):
        return np.full((2, 3), index % 7), np.full(2, index)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [False, True])
def test_ten_thousand_batches(processes):
    seen = []

    class Sum(Callback):
        def on_batch_end(self, batch, logs=None):
            seen.append(batch)

    made = model()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.fit_generator(
            Many(), epochs=1, verbose=0, workers=4, use_multiprocessing=processes,
            callbacks=[Sum()], shuffle=False,
        )  # fmt: skip
    assert seen == list(range(10_000)) and made.optimizer.iterations.read() == 10_000
