"""Optimizers: formulas beside NumPy's and real Keras's, settings, state, configs."""

import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import constraints, optimizers
from kerasnb.graph.fuse import in_place, split_apply, units_of
from kerasnb.graph.lower import lower
from kerasnb.graph.node import Spec
from tests.reference import parts

FIXTURE = json.loads(parts.PATH.read_text("utf-8"))["optimizers"]
NAMES = ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam"]


@pytest.fixture
def float64():
    K.set_floatx("float64")
    yield
    K.set_floatx("float32")


def made(case):
    name, settings = parts.OPTIMIZERS[case]
    return getattr(optimizers, name)(**settings)


def training(optimizer, params, constraint=None):
    """Return the variables, and a function that makes a step on a batch."""
    w, b = variables = [K.variable(p, constraint=constraint) for p in params]
    x, y = K.placeholder((None, params[0].shape[0])), K.placeholder((None, len(params[1])))
    loss = K.mean(K.square(K.dot(x, w) + b - y))
    return variables, K.function([x, y], [loss], optimizer.get_updates(loss, variables))


def gradients(w, b, x, y):
    d = 2 * (x @ w + b - y) / y.size
    return [x.T @ d, d.sum(axis=0)]


class Formula:
    """Keras 2.3.1's formulas, written down once more, for one weight."""

    def __init__(self, name, lr, t, eps=1e-7, **s):
        self.name, self.lr, self.t, self.eps, self.s = name, lr, t, eps, s

    def __call__(self, p, g, state):
        lr, t, eps, s = self.lr, self.t, self.eps, self.s
        b1, b2 = s.get("beta_1", 0.9), s.get("beta_2", 0.999)
        if self.name == "SGD":
            momentum = s.get("momentum", 0.0)
            m = momentum * state.get("m", 0.0) - lr * g
            state["m"] = m
            return p + (momentum * m - lr * g if s.get("nesterov") else m)
        if self.name == "RMSprop":
            rho = s.get("rho", 0.9)
            state["a"] = rho * state.get("a", 0.0) + (1 - rho) * g**2
            return p - lr * g / (np.sqrt(state["a"]) + eps)
        if self.name == "Adagrad":
            state["a"] = state.get("a", 0.0) + g**2
            return p - lr * g / (np.sqrt(state["a"]) + eps)
        if self.name == "Adadelta":
            rho = s.get("rho", 0.95)
            a = state["a"] = rho * state.get("a", 0.0) + (1 - rho) * g**2
            u = g * np.sqrt(state.get("d", 0.0) + eps) / np.sqrt(a + eps)
            state["d"] = rho * state.get("d", 0.0) + (1 - rho) * u**2
            return p - lr * u
        m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
        if self.name == "Adamax":
            u = state["u"] = np.maximum(b2 * state.get("u", 0.0), abs(g))
            return p - lr / (1 - b1**t) * m / (u + eps)
        v = state["v"] = b2 * state.get("v", 0.0) + (1 - b2) * g**2
        if self.name == "Adam":
            if s.get("amsgrad"):
                v = state["vhat"] = np.maximum(state.get("vhat", 0.0), v)
            return p - lr * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + eps)
        decay = s.get("schedule_decay", 0.004)
        mu, next_mu = (b1 * (1 - 0.5 * 0.96 ** (i * decay)) for i in (t, t + 1))
        product = state["product"] = state.get("product", 1.0) * mu
        n = (1 - mu) * g / (1 - product) + next_mu * m / (1 - product * next_mu)
        return p - lr * n / (np.sqrt(v / (1 - b2**t)) + eps)


@pytest.mark.usefixtures("float64")
class TestValues:
    @pytest.mark.parametrize("case", parts.OPTIMIZERS)
    def test_twenty_steps_of_real_keras(self, case):
        params, batches = parts.problem()
        weights, step = training(made(case), params)
        for x, y in batches:
            step([x, y])
        # tf_keras keeps the settings themselves, 0.05 say, in single precision.
        for got, want in zip(weights, FIXTURE[case], strict=True):
            np.testing.assert_allclose(got.read(), want, rtol=1e-6, atol=1e-7)

    @pytest.mark.parametrize(
        ("name", "settings"),
        [
            ("SGD", {"momentum": 0.7}),
            ("SGD", {"momentum": 0.9, "nesterov": True}),
            ("RMSprop", {"rho": 0.6}),
            ("Adagrad", {}),
            ("Adadelta", {"rho": 0.8}),
            ("Adam", {"beta_1": 0.7, "beta_2": 0.9}),
            ("Adam", {"amsgrad": True, "beta_2": 0.5}),
            ("Adamax", {"beta_1": 0.5, "beta_2": 0.8}),
            ("Nadam", {"schedule_decay": 0.1}),
        ],
    )
    @pytest.mark.parametrize("decay", [0.0, 0.3])
    def test_numpy(self, name, settings, decay):
        rng = np.random.default_rng()
        params = [rng.normal(size=(5, 2)), rng.normal(size=2)]
        optimizer = getattr(optimizers, name)(lr=0.1, decay=decay, **settings)
        weights, step = training(optimizer, params)
        states = [{}, {}]
        for i in range(6):
            x, y = rng.normal(size=(4, 5)), rng.normal(size=(4, 2))
            step([x, y])
            formula = Formula(name, 0.1 / (1 + decay * i), i + 1, **settings)
            grads = gradients(*params, x, y)
            params = [formula(*args) for args in zip(params, grads, states, strict=True)]
        for got, want in zip(weights, params, strict=True):
            np.testing.assert_allclose(got.read(), want, rtol=1e-9, atol=1e-12)

    def test_clipnorm_counts_all_weights_together(self):
        # In tf_keras `clipnorm` looks at one weight at a time; in Keras 2.3.1 at all.
        params = [np.zeros((2, 1)), np.zeros(1)]
        weights, step = training(optimizers.SGD(lr=1.0, clipnorm=1.0), params)
        step([[[3.0, 0.0]], [[10.0]]])
        g = np.array([-60.0, 0.0, -20.0])
        got = np.concatenate([weights[0].read()[:, 0], weights[1].read()])
        np.testing.assert_allclose(got, -g / np.sqrt((g**2).sum()))

    def test_short_gradients_stay(self):
        params = [np.zeros((2, 1)), np.zeros(1)]
        weights, step = training(optimizers.SGD(lr=1.0, clipnorm=100.0), params)
        step([[[3.0, 0.0]], [[10.0]]])
        np.testing.assert_allclose(weights[0].read()[:, 0], [60.0, 0.0])
        step([[[0.0, 0.0]], [weights[1].read()]])  # no gradient at all
        np.testing.assert_allclose(weights[0].read()[:, 0], [60.0, 0.0])

    @pytest.mark.parametrize("name", NAMES)
    def test_constraints_have_the_last_word(self, name):
        params, batches = parts.problem()
        optimizer = getattr(optimizers, name)(lr=0.5)
        weights, step = training(optimizer, params, constraints.non_neg())
        for x, y in batches[:3]:
            step([x, y])
        assert all((w.read() >= 0).all() for w in weights)
        assert any((w.read() == 0).any() for w in weights)


class TestSettings:
    @pytest.mark.parametrize("name", NAMES)
    def test_learning_rate_has_two_names(self, name):
        make = getattr(optimizers, name)
        for optimizer in (make(0.25), make(lr=0.25), make(learning_rate=0.25)):
            assert K.get_value(optimizer.lr) == K.get_value(optimizer.learning_rate) == 0.25
            optimizer.lr = 0.5
            assert K.get_value(optimizer.learning_rate) == 0.5
            optimizer.learning_rate = np.float32(0.125)
            assert K.get_value(optimizer.lr) == 0.125
            K.set_value(optimizer.lr, 2)
            assert optimizer.get_config()["learning_rate"] == 2.0

    def test_defaults(self):
        # The documentation's; epsilon=None means K.epsilon().
        rates = {"SGD": 0.01, "RMSprop": 0.001, "Adagrad": 0.01, "Adadelta": 1.0}
        rates |= {"Adam": 0.001, "Adamax": 0.002, "Nadam": 0.002}
        for name in NAMES:
            config = getattr(optimizers, name)().get_config()
            assert config["learning_rate"] == pytest.approx(rates[name])
            assert config.get("decay", 0.0) == 0.0
            if name != "SGD":
                assert getattr(optimizers, name)(epsilon=None).epsilon == K.epsilon()

    def test_a_new_rate_counts_from_the_next_step_on(self):
        params = [np.zeros((1, 1)), np.zeros(1)]
        optimizer = optimizers.SGD(lr=0.0)
        (w, _), step = training(optimizer, params)
        step([[[1.0]], [[1.0]]])
        assert w.read() == 0
        optimizer.lr = 0.5
        step([[[1.0]], [[1.0]]])
        assert w.read() == 1

    @pytest.mark.parametrize("name", NAMES)
    def test_unknown_arguments(self, name):
        with pytest.raises(TypeError, match=rf"{name}.*'momentun'"):
            getattr(optimizers, name)(momentun=0.9)
        with pytest.raises(TypeError, match="learning_rate must be a number; got 'fast'"):
            getattr(optimizers, name)(lr="fast")
        with pytest.raises(TypeError, match="clipnorm"):
            getattr(optimizers, name)(clipnorm=[1])

    def test_epsilon_is_not_sgds(self):
        with pytest.raises(TypeError, match="epsilon"):
            optimizers.SGD(epsilon=1e-3)

    def test_rate_must_stay_a_number(self):
        optimizer = optimizers.SGD()
        with pytest.raises(TypeError, match="lr|learning_rate"):
            optimizer.lr = "slow"


class TestState:
    # In the order of Keras 2.3.1's files.
    SHAPES = {
        "SGD": [(), (4, 3), (3,)],
        "RMSprop": [(), (4, 3), (3,)],
        "Adagrad": [(), (4, 3), (3,)],
        "Adadelta": [(), (4, 3), (3,), (4, 3), (3,)],
        "Adam": [(), (4, 3), (3,), (4, 3), (3,), (1,), (1,)],
        "Adamax": [(), (4, 3), (3,), (4, 3), (3,)],
        "Nadam": [(), (), (4, 3), (3,), (4, 3), (3,)],
    }

    @pytest.mark.parametrize("name", NAMES)
    def test_goes_over_to_another_optimizer(self, name):
        params, batches = parts.problem()
        optimizer = getattr(optimizers, name)(lr=0.05)
        assert optimizer.get_weights() == []
        weights, step = training(optimizer, params)
        for x, y in batches[:5]:
            step([x, y])
        state = optimizer.get_weights()
        assert [np.shape(v) for v in state] == self.SHAPES[name]
        assert state[0] == K.get_value(optimizer.iterations) == 5

        other = type(optimizer).from_config(optimizer.get_config())
        others, other_step = training(other, [w.read() for w in weights])
        other.set_weights(state)
        for x, y in batches[5:8]:
            step([x, y])
            other_step([x, y])
        for a, b in zip(weights, others, strict=True):
            np.testing.assert_array_equal(a.read(), b.read())

    def test_amsgrad_keeps_the_largest(self):
        params, _ = parts.problem()
        optimizer = optimizers.Adam(amsgrad=True)
        training(optimizer, params)
        assert [np.shape(v) for v in optimizer.get_weights()[-2:]] == [(4, 3), (3,)]

    @pytest.mark.parametrize("name", ["RMSprop", "Adagrad", "Adadelta", "Nadam"])
    def test_state_of_keras_2_2(self, name):
        # It had no count of steps, Nadam's no product of momenta.
        params, _ = parts.problem()
        optimizer = getattr(optimizers, name)()
        training(optimizer, params)
        state = [np.full(np.shape(v), 3.0) for v in optimizer.get_weights()]
        place, first = (1, 1.0) if name == "Nadam" else (0, 0.0)
        optimizer.set_weights(state[:place] + state[place + 1 :])
        state[place] = first
        for got, want in zip(optimizer.get_weights(), state, strict=True):
            np.testing.assert_array_equal(got, want)

    def test_errors(self):
        optimizer = optimizers.SGD()
        with pytest.raises(ValueError, match="when training begins"):
            optimizer.set_weights([np.array(1)])
        params, _ = parts.problem()
        training(optimizer, params)
        with pytest.raises(ValueError, match="3 state variables; got 1"):
            optimizer.set_weights([np.array(1)])
        with pytest.raises(ValueError, match=r"needs shape \(4, 3\); got \(3, 4\)"):
            optimizer.set_weights([np.array(1), np.zeros((3, 4)), np.zeros(3)])

    def test_no_gradient(self):
        w, other = K.variable([1.0]), K.variable([2.0], name="left_out")
        with pytest.raises(ValueError, match="left_out.*K.argmax"):
            optimizers.SGD().get_updates(K.sum(w), [w, other])


class TestNames:
    @pytest.mark.parametrize("name", NAMES)
    def test_round_trip(self, name):
        settings = {"lr": 0.5, "decay": 0.25, "clipnorm": 2.0, "clipvalue": 0.5}
        optimizer = getattr(optimizers, name)(**settings)
        config = json.loads(json.dumps(optimizers.serialize(optimizer)))
        assert config["class_name"] == name
        again = optimizers.deserialize(config)
        assert type(again) is type(optimizer)
        assert again.get_config() == optimizer.get_config()
        assert optimizers.get(config).get_config() == optimizer.get_config()

    @pytest.mark.parametrize("name", NAMES)
    def test_get(self, name):
        kind = getattr(optimizers, name)
        assert type(optimizers.get(name)) is type(optimizers.get(name.lower())) is kind
        assert getattr(optimizers, name.lower()) is kind
        optimizer = kind()
        assert optimizers.get(optimizer) is optimizer

    @pytest.mark.parametrize(
        ("thing", "message"),
        [
            ("sdg", "Unknown optimizer: sdg.*sgd"),
            (None, "optimizer from None"),
            (3, "optimizer from 3"),
            (optimizers.SGD, r"`SGD\(\)`"),
        ],
    )
    def test_get_says_what_is_wrong(self, thing, message):
        with pytest.raises(ValueError, match=message):
            optimizers.get(thing)

    def test_nothing_to_train(self):
        optimizer = optimizers.SGD(clipnorm=1.0)
        K.function([], [], optimizer.get_updates(K.sum(K.variable([1.0])), []))([])
        assert optimizer.get_weights() == [1]  # steps are counted

    def test_one_of_ones_own(self):
        class Signs(optimizers.Optimizer):
            def __init__(self, lr=0.1, **kwargs):
                super().__init__(**kwargs)
                self.lr = K.variable(lr)

            def get_updates(self, loss, params):
                grads = self.get_gradients(loss, params)
                pairs = zip(params, grads, strict=True)
                return [K.update_sub(p, self.lr * K.sign(g)) for p, g in pairs]

        w = K.variable([1.0, -2.0])
        loss = K.sum(K.square(w))
        step = K.function([], [loss], Signs(0.5, clipvalue=1.0).get_updates(loss, [w]))
        step([])
        np.testing.assert_array_equal(w.read(), [0.5, -1.5])

    def test_base_says_what_to_define(self):
        w = K.variable([1.0])
        optimizer = optimizers.Optimizer(clipnorm=1.0)
        assert optimizer.get_config() == {"clipnorm": 1.0}
        with pytest.raises(TypeError, match="'speed'"):
            optimizers.Optimizer(speed=1)
        assert len(optimizer.get_gradients(K.sum(w), [w])) == 1


@pytest.mark.parametrize("case", parts.OPTIMIZERS)
def test_a_weight_is_gone_through_once(case):
    """The plan has one chain for each weight, and writes the new values in place."""
    optimizer = made(case)
    x, w = K.placeholder((64, 16)), K.variable(np.ones((64, 16)))
    loss = K.sum(x * w)
    updates = optimizer.get_updates(loss, [w])
    program = lower([loss], updates, [x], [Spec((64, 16), "float32")])
    compute, late = split_apply(program, units_of(program))
    big = [unit for unit in late if unit[0].outputs[0].spec.shape == (64, 16)]
    assert len(big) == 1
    order = compute + late
    numbers = set(range(len(compute), len(order)))
    assert len(in_place(program, order, numbers)) == len(program.updates)
