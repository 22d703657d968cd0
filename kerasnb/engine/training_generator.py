"""Training, evaluation and prediction on batches that a generator or a Sequence gives.

The functions here are also methods of `Model`.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from functools import partial, wraps
from itertools import chain
from typing import Any

from ..utils.enqueuers import GeneratorEnqueuer, OrderedEnqueuer, is_generator, is_sequence
from ..utils.generic_utils import unpack_singleton
from .loops import ArrayBatches, Validation, fit_loop, predict_loop, test_loop

_KERAS_1_NAMES = {
    "samples_per_epoch": "steps_per_epoch",
    "val_samples": "steps",
    "nb_val_samples": "validation_steps",
    "nb_epoch": "epochs",
    "max_q_size": "max_queue_size",
    "nb_worker": "workers",
    "pickle_safe": "use_multiprocessing",
}


class GeneratorBatches:
    """The batches of a generator or Sequence, as `ArrayBatches` are those of arrays.

    Args:
        who: the function that was called, for messages.
        source: generator or Sequence.
        steps: batches an epoch; None for all of a Sequence.
        read: makes a list of arrays of what the source gives.
        workers: threads or processes that make batches ahead; 0 for none.
        max_queue_size: batches that may be made ahead.
        use_multiprocessing: whether the workers are processes.
        shuffle: whether a Sequence is read in another order each time.
    """

    samples = None

    def __init__(
        self,
        who: str,
        source: Any,
        steps: int | None,
        read: Callable[[str, Any], list[Any]],
        *,
        workers: int,
        max_queue_size: int,
        use_multiprocessing: bool,
        shuffle: bool = False,
    ) -> None:
        self.who = who
        self.source = source
        self.largest = 0  # number of samples of the largest batch so far
        self._given = steps
        self._read = read
        self._start = partial(_start, workers, max_queue_size)
        self._batches: Iterator[Any] | None = None
        self._enqueuer: Any
        if is_sequence(source):
            self._enqueuer = OrderedEnqueuer(source, use_multiprocessing, shuffle)
        elif is_generator(source):
            self._enqueuer = GeneratorEnqueuer(source, use_multiprocessing)
            if use_multiprocessing and workers > 1:
                warnings.warn(
                    f"{who}: each of the {workers} processes has its own copy of the generator, so "
                    "that every batch may come several times. A keras.utils.Sequence is read once.",
                    stacklevel=4,
                )
        else:
            raise TypeError(
                f"{who}: got {type(source).__name__}; needs a generator or a keras.utils.Sequence."
            )
        self._count_steps()

    def _count_steps(self) -> None:
        steps = self._given
        if steps is None:
            if not is_sequence(self.source):
                raise ValueError(
                    f"{self.who}: a generator does not say how many batches an epoch has. Give the "
                    "number of steps, or a keras.utils.Sequence, which has a length."
                )
            steps = len(self.source)
        if steps < 1:
            raise ValueError(f"{self.who}: the number of steps must be at least 1; got {steps}.")
        self.steps = int(steps)
        self.params = {"steps": self.steps}

    def show_first(self) -> None:
        """Let a model that is still to be built see the first batch."""
        self._batches = self._start(self._enqueuer)
        first = next(self._batches, None)
        self._read(self.who, first)
        self._batches = chain([first], self._batches)

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        if self._batches is None:
            self._batches = self._start(self._enqueuer)
        for number in range(self.steps):
            try:
                item = next(self._batches)
            except StopIteration:
                warnings.warn(
                    f"{self.who}: the generator has ended after {number} of {self.steps} batches, "
                    f"and so does {'it' if self.who == 'validation' else 'the run'}. A generator must go on as long as it is asked: "
                    "`while True:` around its loop makes it begin again.",
                    stacklevel=5,
                )
                return
            arrays = self._read(self.who, item)
            size = int(arrays[0].shape[0]) if arrays else 1
            if not size:
                raise ValueError(f"{self.who}: got a batch without samples; needs at least one.")
            self.largest = max(self.largest, size)
            yield size, arrays

    def rows(self, count: int) -> None:
        """The number of rows of all batches is not known."""

    def end_epoch(self) -> None:
        """Let a Sequence know that an epoch is over; it may change its length."""
        if isinstance(self._enqueuer, OrderedEnqueuer):
            self._enqueuer.join_end_of_epoch()
            self._count_steps()

    def get_state(self) -> dict[str, Any]:
        """Return how far a Sequence has been read, and the state that it offers, if any."""
        state: dict[str, Any] = {}
        for name, part in (("enqueuer", self._enqueuer), ("source", self.source)):
            if hasattr(part, "get_state"):
                state[name] = part.get_state()
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        if self._batches is not None:
            self.close()
            self._batches = None
        for name, part in (("enqueuer", self._enqueuer), ("source", self.source)):
            if name in state:
                part.set_state(state[name])
        self._count_steps()

    def close(self) -> None:
        """End the workers."""
        self._enqueuer.stop()


def _start(workers: int, max_queue_size: int, enqueuer: Any) -> Iterator[Any]:
    enqueuer.start(workers, max_queue_size)
    return enqueuer.get()


def queue_of(workers: int, max_queue_size: int, use_multiprocessing: bool) -> dict[str, Any]:
    """Return how batches are made ahead, as arguments of `GeneratorBatches`."""
    return {
        "workers": workers,
        "max_queue_size": max_queue_size,
        "use_multiprocessing": use_multiprocessing,
    }


def _compile_for(model: Any, batches: GeneratorBatches) -> None:
    """Build and compile a model that had to wait for data."""
    if not model._is_compiled:
        if model.optimizer is None:
            model._need_compile()
        batches.show_first()


def _with_keras_1_names(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function also take the names that its arguments had in Keras 1, with a warning."""

    @wraps(function)
    def wrapped(model: Any, *args: Any, **kwargs: Any) -> Any:
        old = [name for name in kwargs if name in _KERAS_1_NAMES]
        if old:
            generator = kwargs["generator"] if "generator" in kwargs else args[0]
            of_samples = {
                "samples_per_epoch": generator,
                "val_samples": generator,
                "nb_val_samples": kwargs.get("validation_data"),
            }
            said = []
            for name in old:
                value = kwargs.pop(name)
                if hasattr(of_samples.get(name), "batch_size"):
                    value = max(1, value // of_samples[name].batch_size)
                said.append(f"{_KERAS_1_NAMES[name]}={value!r}")
                kwargs[_KERAS_1_NAMES[name]] = value
            steps = any(name in of_samples for name in old)
            warnings.warn(
                f"{function.__name__}: {', '.join(old)} are spellings of Keras 1; write "
                f"{', '.join(said)}." + (" Steps are batches, not samples." if steps else ""),
                stacklevel=2,
            )
        return function(model, *args, **kwargs)

    return wrapped


@_with_keras_1_names
def fit_generator(
    model: Any,
    generator: Any,
    steps_per_epoch: int | None = None,
    epochs: int = 1,
    verbose: int = 1,
    callbacks: Any = None,
    validation_data: Any = None,
    validation_steps: int | None = None,
    validation_freq: Any = 1,
    class_weight: Any = None,
    max_queue_size: int = 10,
    workers: int = 1,
    use_multiprocessing: bool = False,
    shuffle: bool = True,
    initial_epoch: int = 0,
) -> Any:
    """Train a model on batches that a generator or a Sequence gives.

    Workers make batches ahead while the model learns. The batches keep their order.

    Args:
        model: the model.
        generator: gives (x, y) or (x, y, sample_weight) without end, or a `Sequence` of them.
        steps_per_epoch: batches an epoch; for a Sequence its length, if left out.
        epochs: number of the last epoch.
        verbose: 0 nothing, 1 a progress bar, 2 a line an epoch.
        callbacks: list of callbacks.
        validation_data: (x, y), (x, y, sample_weight), or a generator or Sequence of these.
        validation_steps: batches of a validation; for a Sequence its length, if left out.
        validation_freq: validate each so many epochs, or after the epochs in a list.
        class_weight: weight of each class in the loss, by its number.
        max_queue_size: batches that may be made ahead.
        workers: number of threads or processes; 0 makes each batch when it is needed.
        use_multiprocessing: whether the workers are processes.
        shuffle: whether the batches of a Sequence come in another order in each pass.
        initial_epoch: where to go on with a training, from 0.

    Returns:
        The History.

    Example:
        >>> import numpy as np
        >>> from kerasnb.layers import Dense
        >>> from kerasnb.models import Sequential
        >>> def batches():
        ...     while True:
        ...         x = np.random.rand(16, 3)
        ...         yield x, x.sum(axis=1)
        >>> model = Sequential([Dense(1, input_shape=(3,))])
        >>> model.compile("sgd", "mse")
        >>> model.fit_generator(batches(), steps_per_epoch=5, epochs=2, verbose=0).epoch
        [0, 1]
    """
    queue = queue_of(workers, max_queue_size, use_multiprocessing)
    with contextlib.ExitStack() as stack:
        read = partial(_read_to_learn, model, class_weight)
        batches = GeneratorBatches(
            "fit_generator", generator, steps_per_epoch, read, shuffle=shuffle, **queue
        )
        stack.callback(batches.close)
        _compile_for(model, batches)
        model._make_train_function()
        validation = None
        if is_sequence(validation_data) or is_generator(validation_data):
            validation = validation_on(model, validation_data, validation_steps, queue, stack)
        elif validation_data:
            feed = model._validation_feed(validation_data, None)
            validation = Validation(model, lambda: ArrayBatches(feed, batches.largest or 32), feed)
        return fit_loop(
            model,
            model.train_function,
            batches,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation=validation,
            initial_epoch=initial_epoch,
            validation_freq=validation_freq,
        )


def validation_on(
    model: Any, source: Any, steps: int | None, queue: dict[str, Any], stack: contextlib.ExitStack
) -> Validation:
    """Return the validation on the batches of a generator or Sequence.

    Args:
        model: the model.
        source: generator or Sequence.
        steps: batches of a validation.
        queue: how batches are made ahead, from `queue_of`.
        stack: ends the workers when the training is over.
    """
    read = partial(_read_to_learn, model, None)
    batches = GeneratorBatches("validation", source, steps, read, **queue)
    stack.callback(batches.close)
    return Validation(model, lambda: batches)


@_with_keras_1_names
def evaluate_generator(
    model: Any,
    generator: Any,
    steps: int | None = None,
    callbacks: Any = None,
    max_queue_size: int = 10,
    workers: int = 1,
    use_multiprocessing: bool = False,
    verbose: int = 0,
) -> Any:
    """Return loss and metrics on batches that a generator or a Sequence gives.

    Args:
        model: the model.
        generator: gives (x, y) or (x, y, sample_weight), or a `Sequence` of them.
        steps: number of batches; for a Sequence its length, if left out.
        callbacks: list of callbacks.
        max_queue_size: batches that may be made ahead.
        workers: number of threads or processes; 0 makes each batch when it is needed.
        use_multiprocessing: whether the workers are processes.
        verbose: 1 shows a progress bar.

    Returns:
        The loss, averaged over the samples, or a list with the metrics after it;
        `model.metrics_names` names them.
    """
    queue = queue_of(workers, max_queue_size, use_multiprocessing)
    read = partial(_read_to_learn, model, None)
    batches = GeneratorBatches("evaluate_generator", generator, steps, read, **queue)
    with contextlib.closing(batches):
        _compile_for(model, batches)
        model._make_test_function()
        results = test_loop(
            model, model.test_function, batches, verbose=verbose, callbacks=callbacks
        )
    if not results:
        raise ValueError("evaluate_generator: got no batch; needs at least one.")
    return unpack_singleton(results)


@_with_keras_1_names
def predict_generator(
    model: Any,
    generator: Any,
    steps: int | None = None,
    callbacks: Any = None,
    max_queue_size: int = 10,
    workers: int = 1,
    use_multiprocessing: bool = False,
    verbose: int = 0,
) -> Any:
    """Return the outputs for batches that a generator or a Sequence gives.

    Args:
        model: the model.
        generator: gives inputs, or tuples that begin with them, or a `Sequence` of these.
        steps: number of batches; for a Sequence its length, if left out.
        callbacks: list of callbacks.
        max_queue_size: batches that may be made ahead.
        workers: number of threads or processes; 0 makes each batch when it is needed.
        use_multiprocessing: whether the workers are processes.
        verbose: 1 shows a progress bar.

    Returns:
        An array, or a list of arrays, with the outputs of all batches.
    """
    queue = queue_of(workers, max_queue_size, use_multiprocessing)
    read = partial(_read_inputs, model)
    batches = GeneratorBatches("predict_generator", generator, steps, read, **queue)
    with contextlib.closing(batches):
        if not model.inputs:
            batches.show_first()
        model._make_predict_function()
        return predict_loop(
            model, model.predict_function, batches, verbose=verbose, callbacks=callbacks
        )


# -- what a source gives


def _read_to_learn(model: Any, class_weight: Any, who: str, item: Any) -> list[Any]:
    """Return inputs, targets and weights in one list, from (x, y) or (x, y, sample_weight)."""
    if not isinstance(item, tuple | list) or not 1 <= len(item) <= 3:
        raise ValueError(
            f"{who}: the generator must give tuples (x, y) or (x, y, sample_weight); got "
            f"{_describe(item)}."
        )
    x, y, sample_weight = (*item, None, None)[:3]
    return model._learning_data(x, y, sample_weight, class_weight)


def _read_inputs(model: Any, who: str, item: Any) -> list[Any]:
    """Return inputs, from x or a tuple that begins with it."""
    if isinstance(item, tuple):
        if not 1 <= len(item) <= 3:
            raise ValueError(
                f"{who}: the generator must give x, (x, y) or (x, y, sample_weight); got "
                f"{_describe(item)}."
            )
        item = item[0]
    return model._standardize_user_data(item)[0]


def _describe(item: Any) -> str:
    if isinstance(item, tuple | list):
        return f"a {type(item).__name__} of {len(item)}"
    shape = f" of shape {item.shape}" if hasattr(item, "shape") else ""
    return f"{type(item).__name__}{shape}"
