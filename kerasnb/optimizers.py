"""Optimizers: how a training step changes the weights, given the gradients of the loss."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import backend as K
from .utils.generic_utils import (
    deserialize_keras_object,
    public_objects,
    serialize_keras_object,
)

Step = Callable[..., tuple[Any, ...]]
"""From a weight, its gradient and its state: the new weight and the new state."""


class Optimizer:
    """Base of all optimizers.

    An optimizer of one's own defines `get_updates(loss, params)` with the help of
    `get_gradients`. Or it is made like ours: `_settle` for its settings, the names of its state
    in `_slots`, and its formula in `_rule`.

    Args:
        **kwargs: `clipnorm`: length to which the gradients of all weights together are shortened
            if they are longer; `clipvalue`: size at which each entry of a gradient is cut off.

    Attributes:
        learning_rate: variable with the learning rate; `lr` is another name. Setting it to a
            number sets the variable's value, which counts from the next step on.
        weights: state variables, the count of steps first; made by `get_updates`.
        updates: what `get_updates` has returned.

    Example:
        >>> optimizer = SGD(lr=0.1)
        >>> optimizer.lr = 0.5
        >>> float(K.get_value(optimizer.learning_rate))
        0.5
    """

    _plain: tuple[str, ...] = ()
    """Settings that are kept as they are; the others become variables."""
    _slots: tuple[str, ...] = ()
    """Names of the state variables that each weight has."""
    _newer: tuple[int, float] | None = None
    """Place and first value of a state variable that files of Keras 2.2.4 do not have."""

    iterations: Any
    learning_rate: Any
    decay: Any
    epsilon: float
    clipnorm: float
    clipvalue: float

    def __init__(self, **kwargs: Any) -> None:
        for name in ("clipnorm", "clipvalue"):
            value = kwargs.pop(name, None)
            if value is not None:
                setattr(self, name, self._number(name, value))
        if kwargs:
            raise TypeError(
                f"{type(self).__name__}: got an unexpected keyword argument, "
                f"{', '.join(map(repr, kwargs))}. Besides its own arguments an optimizer takes "
                "learning_rate (or lr), decay, clipnorm and clipvalue."
            )
        self.updates: list[Any] = []
        self.weights: list[Any] = []

    def __setattr__(self, name: str, value: Any) -> None:
        # A number given to a setting goes into its variable: plans that read it follow.
        held: Any = self.__dict__.get(name)
        if K.is_variable(held) and not K.is_tensor(value):
            K.set_value(held, self._number(name, value))
        else:
            super().__setattr__(name, value)

    @property
    def lr(self) -> Any:
        """The variable with the learning rate."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def _number(self, name: str, value: Any) -> float:
        number = K.get_value(value) if K.is_variable(value) else value
        if isinstance(number, np.ndarray) and number.ndim == 0:
            number = number[()]
        if not isinstance(number, numbers.Real):
            raise TypeError(f"{type(self).__name__}: {name} must be a number; got {value!r}.")
        return float(number)

    def _settle(self, kwargs: dict[str, Any], **settings: Any) -> None:
        """Make attributes of the settings, and the variable that counts steps.

        Args:
            kwargs: what the constructor was given beyond its own arguments.
            **settings: its own arguments by name.
        """
        rest = dict(kwargs)
        settings["learning_rate"] = rest.pop("lr", settings["learning_rate"])
        settings["decay"] = rest.pop("decay", 0.0)
        if "epsilon" in self._plain:
            epsilon = rest.pop("epsilon", None)
            settings["epsilon"] = K.epsilon() if epsilon is None else epsilon
        Optimizer.__init__(self, **rest)
        self._settings = tuple(settings)
        with K.name_scope(type(self).__name__):
            self.iterations = K.variable(0, dtype="int64", name="iterations")
            for name, value in settings.items():
                if not isinstance(value, bool):
                    value = self._number(name, value)
                plain = name in self._plain
                setattr(self, name, value if plain else K.variable(value, name=name))
        self.initial_decay = self._number("decay", settings["decay"])

    # -- a step

    def get_gradients(self, loss: Any, params: Sequence[Any]) -> list[Any]:
        """Return the gradient of the loss by each weight, shortened and cut as asked for.

        Raises:
            ValueError: if there is no gradient for a weight.
        """
        with K.name_scope("gradients"):
            grads: list[Any] = K.gradients(loss, params)
        lost = [p.name for p, g in zip(params, grads, strict=True) if g is None]
        if lost:
            raise ValueError(
                f"{type(self).__name__}: the gradient is `None` for {', '.join(lost)}. Either the "
                "loss does not depend on it, or only through an operation that has no gradient "
                "(K.argmax, K.round, K.eval, comparisons)."
            )
        if grads and getattr(self, "clipnorm", 0) > 0:
            squares: Any = sum(K.sum(K.square(g)) for g in grads)
            length = K.sqrt(squares)
            factor = K.switch(length >= self.clipnorm, self.clipnorm / length, 1.0)
            grads = [g * factor for g in grads]
        if getattr(self, "clipvalue", 0) > 0:
            grads = [K.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def get_updates(self, loss: Any, params: Sequence[Any]) -> list[Any]:
        """Return the updates of a training step.

        Args:
            loss: number to make small, as a tensor.
            params: the weights to change.
        """
        grads = self.get_gradients(loss, params)
        state = self._make_state(params)
        self.weights = [self.iterations, *self._common(), *(v for vs in state for v in vs)]
        self.updates = [K.update_add(self.iterations, 1)]
        lr = self.learning_rate
        if self.initial_decay > 0:
            lr = lr / (1.0 + self.decay * K.cast(self.iterations, K.dtype(self.decay)))
        step = self._rule(lr, K.cast(self.iterations, K.floatx()) + 1.0)
        for p, g, *old in zip(params, grads, *state, strict=True):
            new_p, *new = step(p, g, *old)
            self.updates += map(K.update, old, new)
            if getattr(p, "constraint", None) is not None:
                new_p = p.constraint(new_p)
            self.updates.append(K.update(p, new_p))
        return self.updates

    def _make_state(self, params: Sequence[Any]) -> list[list[Any]]:
        """Return for each slot a variable of zeros for each weight."""
        return [
            [K.zeros(p.shape, dtype=p.dtype, name=f"{slot}_{i}") for i, p in enumerate(params)]
            for slot in self._slots
        ]

    def _common(self) -> list[Any]:
        """Return the state variables that all weights share."""
        return []

    def _rule(self, lr: Any, t: Any) -> Step:
        """Return the formula of a step.

        Args:
            lr: learning rate after decay.
            t: number of the step, 1 for the first.
        """
        raise NotImplementedError(
            f"{type(self).__name__}: an optimizer of one's own defines get_updates(loss, params)."
        )

    # -- state and configs

    def get_weights(self) -> list[Any]:
        """Return the values of the state variables, the count of steps first."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the state variables, in the order of `get_weights`.

        Raises:
            ValueError: if their number or a shape does not fit.
        """
        values = list(weights)
        if self._newer and len(self.weights) == len(values) + 1:
            place, first = self._newer
            values.insert(place, np.array(first))
        if len(values) != len(self.weights):
            hint = "" if self.weights else " They are made when training begins."
            raise ValueError(
                f"set_weights: {type(self).__name__} has {len(self.weights)} state variables; got "
                f"{len(values)} arrays.{hint}"
            )
        for variable, value in zip(self.weights, values, strict=True):
            if np.shape(value) != variable.shape:
                raise ValueError(
                    f"set_weights: {variable.name} of {type(self).__name__} needs shape "
                    f"{variable.shape}; got {np.shape(value)}."
                )
        K.batch_set_value(zip(self.weights, values, strict=True))

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal optimizer, with the settings as they are now."""
        config = {n: getattr(self, n) for n in ("clipnorm", "clipvalue") if hasattr(self, n)}
        for name in getattr(self, "_settings", ()):
            value = getattr(self, name)
            config[name] = float(K.get_value(value)) if K.is_tensor(value) else value
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """Make an optimizer from what `get_config` gave."""
        return cls(**config)


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    `v = momentum * v - lr * g; p = p + v`; with Nesterov's momentum
    `p = p + momentum * v - lr * g`.

    Args:
        learning_rate: length of a step.
        momentum: share of the last step that is made again.
        nesterov: whether to look ahead, with Nesterov's momentum.
        **kwargs: `lr`, another name of the learning rate; `decay`, by which it falls:
            `lr / (1 + decay * steps)`; `clipnorm` and `clipvalue`.
    """

    _plain = ("nesterov",)
    _slots = ("moment",)
    momentum: Any
    nesterov: bool

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **kwargs: Any,
    ) -> None:
        self._settle(
            kwargs, learning_rate=learning_rate, momentum=momentum, nesterov=bool(nesterov)
        )

    def _rule(self, lr: Any, t: Any) -> Step:
        def step(p: Any, g: Any, m: Any) -> tuple[Any, ...]:
            v = self.momentum * m - lr * g
            return p + (self.momentum * v - lr * g if self.nesterov else v), v

        return step


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of the gradient's squares.

    `a = rho * a + (1 - rho) * g ** 2; p = p - lr * g / (sqrt(a) + epsilon)`.

    Args:
        learning_rate: length of a step.
        rho: share of the old value in the running mean.
        **kwargs: `epsilon`, `K.epsilon()` by default; `lr`, `decay`, `clipnorm`, `clipvalue`.

    See: Tieleman & Hinton, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
    """

    _plain = ("epsilon",)
    _slots = ("accumulator",)
    _newer = (0, 0)
    rho: Any

    def __init__(self, learning_rate: float = 0.001, rho: float = 0.9, **kwargs: Any) -> None:
        self._settle(kwargs, learning_rate=learning_rate, rho=rho)

    def _rule(self, lr: Any, t: Any) -> Step:
        def step(p: Any, g: Any, a: Any) -> tuple[Any, ...]:
            a = self.rho * a + (1.0 - self.rho) * K.square(g)
            return p - lr * g / (K.sqrt(a) + self.epsilon), a

        return step


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of the gradient's squares so far.

    `a = a + g ** 2; p = p - lr * g / (sqrt(a) + epsilon)`.

    Args:
        learning_rate: length of a step.
        **kwargs: `epsilon`, `K.epsilon()` by default; `lr`, `decay`, `clipnorm`, `clipvalue`.

    See: Duchi et al., https://www.jmlr.org/papers/volume12/duchi11a/duchi11a.pdf
    """

    _plain = ("epsilon",)
    _slots = ("accumulator",)
    _newer = (0, 0)

    def __init__(self, learning_rate: float = 0.01, **kwargs: Any) -> None:
        self._settle(kwargs, learning_rate=learning_rate)

    def _rule(self, lr: Any, t: Any) -> Step:
        def step(p: Any, g: Any, a: Any) -> tuple[Any, ...]:
            a = a + K.square(g)
            return p - lr * g / (K.sqrt(a) + self.epsilon), a

        return step


class Adadelta(Optimizer):
    """Steps in proportion to the root of a running mean of the squares of the last ones.

    `a = rho * a + (1 - rho) * g ** 2; u = g * sqrt(d + epsilon) / sqrt(a + epsilon);
    p = p - lr * u; d = rho * d + (1 - rho) * u ** 2`.

    Args:
        learning_rate: factor of a step.
        rho: share of the old value in the running means.
        **kwargs: `epsilon`, `K.epsilon()` by default; `lr`, `decay`, `clipnorm`, `clipvalue`.

    See: Zeiler, https://arxiv.org/abs/1212.5701
    """

    _plain = ("epsilon", "rho")
    _slots = ("accumulator", "delta_accumulator")
    _newer = (0, 0)
    rho: float

    def __init__(self, learning_rate: float = 1.0, rho: float = 0.95, **kwargs: Any) -> None:
        self._settle(kwargs, learning_rate=learning_rate, rho=rho)

    def _rule(self, lr: Any, t: Any) -> Step:
        def mean(old: Any, x: Any) -> Any:
            return self.rho * old + (1.0 - self.rho) * K.square(x)

        def step(p: Any, g: Any, a: Any, d: Any) -> tuple[Any, ...]:
            a = mean(a, g)
            u = g * K.sqrt(d + self.epsilon) / K.sqrt(a + self.epsilon)
            return p - lr * u, a, mean(d, u)

        return step


class Adam(Optimizer):
    """Running mean of the gradient divided by the root of that of its squares.

    `m = beta_1 * m + (1 - beta_1) * g; v = beta_2 * v + (1 - beta_2) * g ** 2;
    p = p - lr_t * m / (sqrt(v) + epsilon)`, where
    `lr_t = lr * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t)` makes up for the start at zero.

    Args:
        learning_rate: length of a step.
        beta_1: share of the old value in m.
        beta_2: share of the old value in v.
        amsgrad: whether to divide by the root of the largest v so far.
        **kwargs: `epsilon`, `K.epsilon()` by default; `lr`, `decay`, `clipnorm`, `clipvalue`.

    See: Kingma & Ba, https://arxiv.org/abs/1412.6980; Reddi et al.,
        https://openreview.net/forum?id=ryQu7f-RZ
    """

    _plain = ("epsilon", "amsgrad")
    _slots = ("m", "v", "vhat")
    beta_1: Any
    beta_2: Any
    amsgrad: bool

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        amsgrad: bool = False,
        **kwargs: Any,
    ) -> None:
        self._settle(
            kwargs,
            learning_rate=learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            amsgrad=bool(amsgrad),
        )

    def _make_state(self, params: Sequence[Any]) -> list[list[Any]]:
        state = super()._make_state(params)
        if not self.amsgrad:  # Keras's files hold one zero in the place of each vhat
            state[2] = [K.zeros((1,), p.dtype, f"vhat_{i}") for i, p in enumerate(params)]
        return state

    def _rule(self, lr: Any, t: Any) -> Step:
        lr = lr * K.sqrt(1.0 - K.pow(self.beta_2, t)) / (1.0 - K.pow(self.beta_1, t))

        def step(p: Any, g: Any, m: Any, v: Any, vhat: Any) -> tuple[Any, ...]:
            m = self.beta_1 * m + (1.0 - self.beta_1) * g
            v = self.beta_2 * v + (1.0 - self.beta_2) * K.square(g)
            if not self.amsgrad:
                return p - lr * m / (K.sqrt(v) + self.epsilon), m, v
            vhat = K.maximum(vhat, v)
            return p - lr * m / (K.sqrt(vhat) + self.epsilon), m, v, vhat

        return step


class Adamax(Optimizer):
    """Adam with the largest size that the gradient lately had in the place of the root.

    `m = beta_1 * m + (1 - beta_1) * g; u = max(beta_2 * u, abs(g));
    p = p - lr / (1 - beta_1 ** t) * m / (u + epsilon)`.

    Args:
        learning_rate: length of a step.
        beta_1: share of the old value in m.
        beta_2: factor by which u falls.
        **kwargs: `epsilon`, `K.epsilon()` by default; `lr`, `decay`, `clipnorm`, `clipvalue`.

    See: Kingma & Ba, https://arxiv.org/abs/1412.6980, section 7
    """

    _plain = ("epsilon",)
    _slots = ("m", "u")
    beta_1: Any
    beta_2: Any

    def __init__(
        self,
        learning_rate: float = 0.002,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        **kwargs: Any,
    ) -> None:
        self._settle(kwargs, learning_rate=learning_rate, beta_1=beta_1, beta_2=beta_2)

    def _rule(self, lr: Any, t: Any) -> Step:
        lr = lr / (1.0 - K.pow(self.beta_1, t))

        def step(p: Any, g: Any, m: Any, u: Any) -> tuple[Any, ...]:
            m = self.beta_1 * m + (1.0 - self.beta_1) * g
            u = K.maximum(self.beta_2 * u, K.abs(g))
            return p - lr * m / (u + self.epsilon), m, u

        return step


class Nadam(Optimizer):
    """Adam with Nesterov's momentum.

    With `mu_t = beta_1 * (1 - 0.5 * 0.96 ** (t * schedule_decay))` and M_t, the product of all
    mu up to t:
    `m = beta_1 * m + (1 - beta_1) * g; v = beta_2 * v + (1 - beta_2) * g ** 2;
    n = (1 - mu_t) * g / (1 - M_t) + mu_(t+1) * m / (1 - M_(t+1));
    p = p - lr * n / (sqrt(v / (1 - beta_2 ** t)) + epsilon)`.

    Args:
        learning_rate: length of a step.
        beta_1: share of the old value in m.
        beta_2: share of the old value in v.
        **kwargs: `schedule_decay`, 0.004 by default; `epsilon`, `K.epsilon()` by default; `lr`,
            `decay`, `clipnorm`, `clipvalue`.

    See: Dozat, https://cs229.stanford.edu/proj2015/054_report.pdf
    """

    _plain = ("epsilon", "schedule_decay")
    _slots = ("m", "v")
    _newer = (1, 1)
    beta_1: Any
    beta_2: Any
    schedule_decay: float

    def __init__(
        self,
        learning_rate: float = 0.002,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        **kwargs: Any,
    ) -> None:
        schedule_decay = kwargs.pop("schedule_decay", 0.004)
        self._settle(
            kwargs,
            learning_rate=learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            schedule_decay=schedule_decay,
        )
        self.m_schedule = K.variable(1.0, name="Nadam/m_schedule")

    def _common(self) -> list[Any]:
        return [self.m_schedule]

    def _rule(self, lr: Any, t: Any) -> Step:
        def mu(t: Any) -> Any:
            return self.beta_1 * (1.0 - 0.5 * 0.96 ** (t * self.schedule_decay))

        here, next_ = mu(t), mu(t + 1.0)
        product = self.m_schedule * here
        self.updates.append(K.update(self.m_schedule, product))
        # One factor each for g and m, so that a weight is gone through once.
        for_g = (1.0 - here) / (1.0 - product)
        for_m = next_ / (1.0 - product * next_)
        for_v = 1.0 / (1.0 - K.pow(self.beta_2, t))

        def step(p: Any, g: Any, m: Any, v: Any) -> tuple[Any, ...]:
            m = self.beta_1 * m + (1.0 - self.beta_1) * g
            v = self.beta_2 * v + (1.0 - self.beta_2) * K.square(g)
            n = for_g * g + for_m * m
            return p - lr * n / (K.sqrt(for_v * v) + self.epsilon), m, v

        return step

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal optimizer; Keras's own Nadam knows no decay."""
        config = super().get_config()
        if not config["decay"]:
            del config["decay"]
        return config


sgd = SGD
rmsprop = RMSprop
adagrad = Adagrad
adadelta = Adadelta
adam = Adam
adamax = Adamax
nadam = Nadam


def serialize(optimizer: Any) -> Any:
    """Return what a config says of an optimizer."""
    return serialize_keras_object(optimizer)


def deserialize(config: dict[str, Any], custom_objects: Any = None) -> Any:
    """Return the optimizer that a config means; case does not matter in the names of ours."""
    name = str(config.get("class_name")) if isinstance(config, dict) else ""
    if name not in (custom_objects or {}) and name.lower() in _OBJECTS:
        config = {**config, "class_name": name.lower()}
    return deserialize_keras_object(
        config,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="optimizer",
    )


def get(identifier: Any) -> Any:
    """Return an optimizer from a name, a config or an optimizer.

    Raises:
        ValueError: if it is none of these, or the name is not known.

    Example:
        >>> get("sgd").get_config()["nesterov"]
        False
    """
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, Optimizer):
        return identifier
    hint = ""
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        hint = f" That is the class; an object is `{identifier.__name__}()`."
    raise ValueError(
        f"Cannot make an optimizer from {identifier!r}: needs a name ('sgd' say), a config or an "
        f"Optimizer.{hint}"
    )


_OBJECTS = public_objects(globals())
