"""Training on several machines at once, by Dask: each works on a part of every batch.

A step is the step of a single machine, taken apart: the workers compute the gradients of their
parts, and here they are averaged (each part counts by its samples) and given to the optimizer. What
travels is the model's config as text, its weights, and data; never code.
"""

from __future__ import annotations

import json
import threading
import uuid
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import backend as K
from ..engine.loops import phase_of
from ..engine.training_config import describe_training, restore_training
from ..engine.training_utils import is_generator_or_sequence
from ..graph import Rows
from ..models import model_from_json

_TRIES = 5  # of a step, before a cluster that loses workers each time is given up
_PATIENCE = 5.0  # seconds between looks at which workers are there


def fit(
    model: Any,
    x: Any,
    y: Any,
    client: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    custom_objects: dict[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Train a model on the workers of a Dask cluster.

    The result is that of `model.fit` but for rounding, if the loss is a mean over samples, as
    losses are. Layers that look at a whole batch (BatchNormalization) see the part of their worker,
    and Dropout draws other numbers. If a worker is lost, another one computes its part.

    Args:
        model: compiled model; made by Sequential or Model(inputs, outputs).
        x, y: inputs and targets as for `model.fit`; Dask arrays too, of which a batch at a time
            comes here. With `shuffle="batch"` each batch is of few chunks.
        client: `distributed.Client`; by default the one that was made last.
        batch_size: samples a step, which the workers share; 32 by default.
        epochs: how often to go over the data.
        custom_objects: classes and functions of one's own that the model is made of, by name.
            Workers import them from their modules.
        **kwargs: further arguments of `model.fit`.

    Returns:
        The History.

    Raises:
        ImportError: if Dask is missing; says how to get it.
        ValueError: if the model keeps states from batch to batch, or an own object cannot be
            imported.
        RuntimeError: if workers are lost again and again.
    """
    if is_generator_or_sequence(x):
        raise TypeError(
            f"dask.fit: x must be arrays or Dask arrays; got a {type(x).__name__}, whose batches "
            "model.fit takes."
        )
    if model.stateful:
        raise ValueError(
            f'dask.fit: model "{model.name}" keeps states from batch to batch; they would be of '
            "other samples on each worker."
        )
    x, y = _lazily(x), _lazily(y)
    model._build_for_data(x, y)
    model._need_compile()
    client = client or _default_client()
    model.train_function = _Step(model, client, custom_objects)
    try:
        return model.fit(x, y, batch_size=batch_size, epochs=epochs, **kwargs)
    finally:
        model.train_function = None
        _keep_state(model.optimizer, model._make_train_function)


# -- here


class _Step:
    """A step of training by many: to `model.fit` a function like that of one machine."""

    inputs: tuple[Any, ...] = ()  # the workers themselves add the learning phase

    def __init__(self, model: Any, client: Any, custom_objects: dict[str, Any] | None) -> None:
        self.client = client
        self.model = model
        params = model._collected_trainable_weights
        weights = model._weights_in_order()
        self.recipe = _Recipe(
            key=uuid.uuid4().hex,
            config=model.to_json(),
            training=describe_training(model),
            trained=[next(i for i, w in enumerate(weights) if w is p) for p in params],
            settings=(K.floatx(), K.epsilon(), K.image_data_format()),
            places={name: _place(name, thing) for name, thing in (custom_objects or {}).items()},
        )
        self.moved = [u.variable for u in model.updates]
        self.counted = [u.variable for r in model._reports for u in r.updates]
        self.results = K.function([], [r.metric.result() for r in model._reports])
        gradients = [K.placeholder(shape=p.shape, dtype=K.dtype(p)) for p in params]
        # The gradient of this sum by each weight is what is fed: optimizers need not know.
        loss: Any = sum(K.sum(g * p) for g, p in zip(gradients, params, strict=True))
        updates = _keep_state(model.optimizer, lambda: model.optimizer.get_updates(loss, params))
        self.apply = K.function(gradients, [], updates)
        self.updates, self.outputs = self.apply.updates, self.results.outputs  # for Resume

    def __call__(self, arrays: Sequence[Any]) -> list[Any]:
        """Train on a batch; return the loss and the metrics."""
        rows = [a.array[a.index] if isinstance(a, Rows) else np.asarray(a) for a in arrays]
        parts = self._ask(rows)
        total = sum(part.samples for part in parts)

        def mean(values: Sequence[Any]) -> Any:
            return sum(v * (p.samples / total) for v, p in zip(values, parts, strict=True))

        moved = [mean(v) for v in zip(*(p.moved for p in parts), strict=True)]
        counted = [sum(v) for v in zip(*(p.counted for p in parts), strict=True)]
        before = K.batch_get_value(self.counted)
        self.apply([mean(v) for v in zip(*(p.gradients for p in parts), strict=True)])
        K.batch_set_value(list(zip(self.moved, moved, strict=True)))
        K.batch_set_value(
            [(c, b + n) for c, b, n in zip(self.counted, before, counted, strict=True)]
        )
        loss = np.asarray(mean([p.loss for p in parts]))
        return [loss, *self.results([])]

    def _ask(self, arrays: list[np.ndarray]) -> list[_Part]:
        """Return what the workers make of a batch; again with those left, if some are lost."""
        for _ in range(_TRIES):
            parts = self._ask_once(arrays)
            if parts is not None:
                return parts
        raise RuntimeError(
            f"dask.fit: a step was tried {_TRIES} times, and workers were lost each time."
        )

    def _ask_once(self, arrays: list[np.ndarray]) -> list[_Part] | None:
        """Return what the workers make of a batch, None if some have gone and it hangs.

        Weights and data are part of the tasks, not data on the workers: so the scheduler can give
        a lost worker's task to another. It does not if there is none at that moment.
        """
        import distributed

        self.client.wait_for_workers(1)
        workers = sorted(self.client.nthreads())
        weights = self.model.get_weights()
        cuts = np.array_split(np.arange(len(arrays[0])), len(workers))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")
            futures = [
                self.client.submit(
                    _work,
                    self.recipe,
                    weights,
                    [a[cut[0] : cut[-1] + 1] for a in arrays],
                    workers=[worker],
                    allow_other_workers=True,
                    pure=False,
                )
                for worker, cut in zip(workers, cuts, strict=True)
                if len(cut)
            ]
        gone = False
        while True:
            try:
                distributed.wait(futures, timeout=_PATIENCE)
                return self.client.gather(futures)
            except distributed.TimeoutError:
                if gone:  # the scheduler has had its time, too
                    self.client.cancel(futures)
                    return None
                gone = not set(workers) <= set(self.client.nthreads())


def _keep_state(optimizer: Any, make: Any) -> Any:
    """Return `make()`, which gives an optimizer new state variables; they take over the values."""
    state = optimizer.get_weights()
    made = make()
    if state:
        optimizer.set_weights(state)
    return made


def _default_client() -> Any:
    try:
        from distributed import default_client
    except ImportError as error:
        raise ImportError(
            'dask.fit needs Dask\'s package distributed: pip install "kerasnb[dask]"'
        ) from error
    return default_client()


def _place(name: str, thing: Any) -> tuple[str, str]:
    """Return the module and the name in it by which a worker imports an object."""
    module, inner = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
    if module in (None, "__main__") or not inner.isidentifier():
        raise ValueError(
            f"dask.fit: workers must import custom_objects[{name!r}], and {thing!r} is not at the "
            "top of a module that they have. Put it into a file, and import it from there."
        )
    return str(module), inner


class _Lazy:
    """A Dask array that gives NumPy arrays for rows, each chunk being used once."""

    def __init__(self, array: Any) -> None:
        self.array = array if array.ndim > 1 else array[:, None]
        self.shape, self.dtype = self.array.shape, array.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, slice):
            return np.asarray(self.array[index])
        order = np.argsort(index)
        rows = np.asarray(self.array[np.asarray(index)[order]])
        result = np.empty_like(rows)
        result[order] = rows
        return result

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.array, dtype)


def _lazily(data: Any) -> Any:
    """Return data with Dask arrays as arrays that are read when they are needed."""
    if isinstance(data, dict):
        return {name: _lazily(a) for name, a in data.items()}
    if isinstance(data, list | tuple):
        return [_lazily(a) for a in data]
    return _Lazy(data) if hasattr(data, "dask") else data


# -- on the workers


class _Recipe(NamedTuple):
    """How a worker makes the model: text, numbers and names."""

    key: str
    config: str
    training: str
    trained: list[int]
    settings: tuple[str, float, str]
    places: dict[str, tuple[str, str]]


class _Part(NamedTuple):
    """What a worker has made of its part of a batch.

    Attributes:
        samples: how many it has.
        loss: their mean loss.
        gradients: its gradients by the weights.
        moved: values of what layers update, such as moving means.
        counted: what the part adds to the metrics' states.
    """

    samples: int
    loss: Any
    gradients: list[Any]
    moved: list[Any]
    counted: list[Any]


class _Replica:
    """A worker's copy of the model."""

    def __init__(self, recipe: _Recipe) -> None:
        from importlib import import_module

        floatx, epsilon, data_format = recipe.settings
        K.set_floatx(floatx)
        K.set_epsilon(epsilon)
        K.set_image_data_format(data_format)
        own = {name: getattr(import_module(m), inner) for name, (m, inner) in recipe.places.items()}
        self.lock = threading.Lock()
        model = self.model = model_from_json(recipe.config, own)
        restore_training(model, json.loads(recipe.training), own)
        weights = model._weights_in_order()
        gradients = K.gradients(model.total_loss, [weights[i] for i in recipe.trained])
        # The metrics' states are zero here and stay so: their updates are what a batch adds.
        self.kinds = (
            gradients,
            [u.value for u in model.updates],
            [u.value for r in model._reports for u in r.updates],
        )
        outputs = [model.total_loss, *(x for kind in self.kinds for x in kind)]
        self.function = model._function(model._fed(), outputs, [], "part_of_a_step")

    def __call__(self, weights: list[Any], arrays: list[Any]) -> _Part:
        with self.lock:
            self.model.set_weights(weights)
            loss, *rest = self.function(arrays + phase_of(self.function, 1))
        kinds = []
        for kind in self.kinds:
            kinds.append(rest[: len(kind)])
            rest = rest[len(kind) :]
        return _Part(len(arrays[0]), loss, *kinds)


_replicas: dict[str, _Replica] = {}
_making = threading.Lock()


def _work(recipe: _Recipe, weights: list[Any], arrays: list[Any]) -> _Part:
    """Compute a part of a step; the model is made at the first one."""
    with _making:
        if recipe.key not in _replicas:
            if len(_replicas) > 1:  # of trainings before
                del _replicas[next(iter(_replicas))]
            _replicas[recipe.key] = _Replica(recipe)
    return _replicas[recipe.key](weights, arrays)
