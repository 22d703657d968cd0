"""Cases of the recurrent sequences, and of their gradients."""

import numpy as np

from kerasnb.graph import ops
from tests.graph.cases.make import joined, normal, uniform
from tests.graph.checks import Case

SHAPES = {"tanh": np.tanh, "linear": lambda x: x, "relu": lambda x: np.maximum(x, 0)}
SHAPES["sigmoid"] = lambda x: 1 / (1 + np.exp(-x))
SHAPES["hard_sigmoid"] = lambda x: np.clip(x / 5 + 0.5, 0, 1)


def slope(name, y):
    """The slope of an activation where it has the value y."""
    return {
        "tanh": 1 - y**2,
        "sigmoid": y - y**2,
        "hard_sigmoid": np.where((y <= 0) | (y >= 1), 0, 0.2),
        "relu": np.where(y > 0, 1.0, 0.0),
        "linear": np.ones_like(y),
    }[name]


def masks(steps, rows):
    """A mask in which the first step of a row and some others are left out."""

    def arrays(rng):
        mask = rng.random((steps, rows, 1)) < 0.6
        mask[:1, :1] = False
        return [mask]

    return arrays


def chosen(mask, t, new, old):
    return np.where(mask[0][t], new, old) if mask else new


def plain(z, u, h, *mask, activation="tanh"):
    out = []
    for t, entry in enumerate(z):
        h = chosen(mask, t, SHAPES[activation](entry + np.einsum("nh,hk->nk", h, u)), h)
        out.append(h)
    return np.array(out).reshape(z.shape)


def lstm(z, u, h, c, *mask, activation="tanh", recurrent_activation="sigmoid"):
    f, g = SHAPES[recurrent_activation], SHAPES[activation]
    hs, cs, gates = [], [], []
    for t, entry in enumerate(z):
        parts = np.split(entry + np.einsum("nh,hk->nk", h, u), 4, axis=1)
        i, forget, new, o = f(parts[0]), f(parts[1]), g(parts[2]), f(parts[3])
        memory = i * new + forget * c
        h = chosen(mask, t, o * g(memory), h)
        c = chosen(mask, t, memory, c)
        hs, cs, gates = [*hs, h], [*cs, c], [*gates, [i, forget, new, o]]
    shape = (len(z), *h.shape)
    return (
        np.array(hs).reshape(shape),
        np.array(cs).reshape(shape),
        np.array(gates).reshape(len(z), 4, *h.shape),
    )


def gru(z, u, h, *rest, activation="tanh", recurrent_activation="sigmoid", reset_after=False):
    f, g = SHAPES[recurrent_activation], SHAPES[activation]
    mask = rest[1:] if reset_after else rest
    u_s, u_r, u_n = np.split(u, 3, axis=1)
    hs, gates, inner = [], [], []
    for t, entry in enumerate(z):
        z_s, z_r, z_n = np.split(entry, 3, axis=1)
        s, r = f(z_s + np.dot(h, u_s)), f(z_r + np.dot(h, u_r))
        met = np.dot(h, u_n) + rest[0] if reset_after else r * h
        n = g(z_n + (r * met if reset_after else np.dot(met, u_n)))
        h = chosen(mask, t, s * h + (1 - s) * n, h)
        hs, gates, inner = [*hs, h], [*gates, np.hstack([s, r, n])], [*inner, met]
    shape = (len(z), *h.shape)
    return (
        np.array(hs).reshape(shape),
        np.array(gates).reshape(z.shape),
        np.array(inner).reshape(shape),
    )


def plain_grad(dhs, hs, u, h, *mask, activation="tanh"):
    dh, dz, du = np.zeros_like(h), np.zeros_like(hs), np.zeros_like(u)
    for t in reversed(range(len(hs))):
        dh = dh + dhs[t]
        on = mask[0][t] if mask else 1
        dz[t] = on * dh * slope(activation, hs[t])
        du += np.dot((hs[t - 1] if t else h).T, dz[t])
        dh = np.dot(dz[t], u.T) + (1 - on) * dh
    return dz, du, dh


def lstm_grad(dhs, hs, cs, gates, u, h, c, *rest, with_dcs=False, **names):
    mask = rest[1:] if with_dcs else rest
    opening, new = names["recurrent_activation"], names["activation"]
    dh, dc, du = np.zeros_like(h), np.zeros_like(c), np.zeros_like(u)
    dz = np.zeros((len(hs), len(h), u.shape[1]))
    for t in reversed(range(len(hs))):
        dh, dc = dh + dhs[t], dc + (rest[0][t] if with_dcs else 0)
        on = mask[0][t] if mask else 1
        i, f, g, o = gates[t]
        y = SHAPES[new](cs[t])
        d = on * dc + on * dh * o * slope(new, y)
        past = cs[t - 1] if t else c
        slopes = [slope(opening, i), slope(opening, f), slope(new, g), slope(opening, o)]
        dz[t] = np.hstack([d * g, d * past, d * i, on * dh * y]) * np.hstack(slopes)
        du += np.dot((hs[t - 1] if t else h).T, dz[t])
        dh, dc = np.dot(dz[t], u.T) + (1 - on) * dh, d * f + (1 - on) * dc
    return dz, du, dh, dc


def gru_grad(dhs, hs, gates, inner, u, h, *mask, reset_after=False, **names):
    opening, new = names["recurrent_activation"], names["activation"]
    u_s, u_r, u_n = np.split(u, 3, axis=1)
    dh, dz, du, db = np.zeros_like(h), np.zeros_like(gates), np.zeros_like(u), np.zeros(h.shape[1])
    for t in reversed(range(len(hs))):
        dh = dh + dhs[t]
        on = mask[0][t] if mask else 1
        past = hs[t - 1] if t else h
        s, r, n = np.split(gates[t], 3, axis=1)
        to_n = on * dh * (1 - s) * slope(new, n)
        to_s = on * dh * (past - n) * slope(opening, s)
        inside = to_n * r if reset_after else to_n
        to_r = to_n * inner[t] if reset_after else np.dot(to_n, u_n.T) * past
        to_r = to_r * slope(opening, r)
        through = np.dot(inside, u_n.T) * (1 if reset_after else r)
        meets = past if reset_after else inner[t]
        du += np.hstack([past.T @ to_s, past.T @ to_r, meets.T @ inside])
        db += inside.sum(0) if reset_after else 0
        dz[t] = np.hstack([to_s, to_r, to_n])
        dh = on * dh * s + through + to_s @ u_s.T + to_r @ u_r.T + (1 - on) * dh
    return dz, du, dh, db


EDGES = [(1, 3, 2), (2, 0, 3), (0, 2, 3)]
CASES = {}


def far(shape):
    """Numbers that small ones do not take over zero: relu has a kink there."""
    return lambda rng: [rng.choice([-1.0, 1.0], shape) * rng.uniform(3, 4, shape)]


def shares(shape):
    """Numbers that gates may have."""
    return uniform(0.1, 0.9, shape)


def add(name, want, shapes, label, first=None, special=None, scale=0.6, **params):
    """Add cases without and with a mask; `shapes` takes steps, rows and units.

    `special` has makers of inputs by their numbers; the others are normal numbers times `scale`.
    """

    def up_to(made):
        return made if first is None else made[:first]

    sizes = [((3, 2, 3), True)]
    gradient = name.endswith("_grad")
    if name not in CASES:
        sizes += [(size, True) for size in EDGES if size[0] or not gradient]
    if name not in CASES or not gradient:
        sizes.append(((3, 2, 3), False))
    for (steps, rows, units), masked in sizes:
        makers = [
            (special or {}).get(i, lambda s: normal(s, scale=scale))(shape)
            for i, shape in enumerate(shapes(steps, rows, units))
        ]
        arrays = joined(*makers)
        CASES.setdefault(name, []).append(
            Case(
                lambda *x: up_to(getattr(ops, name)(*x, **params)),
                joined(arrays, masks(steps, rows)) if masked else arrays,
                lambda *x: up_to(want(*x, **params)),
                f"{label} {steps} steps {rows} rows {'masked' if masked else ''}",
                dtypes=("float32", "float64"),
                unknown=not gradient,
                scale=8.0,
            )
        )


for _name in ("tanh", "sigmoid", "relu"):
    add(
        "rnn_sequence",
        plain,
        lambda t, n, h: [(t, n, h), (h, h), (n, h)],
        _name,
        special={0: far} if _name == "relu" else None,
        scale=0.1 if _name == "relu" else 0.6,
        activation=_name,
    )
    add(
        "rnn_sequence_grad",
        plain_grad,
        lambda t, n, h: [(t, n, h), (t, n, h), (h, h), (n, h)],
        _name,
        special={1: far},
        activation=_name,
    )
for _opening, _new in [("sigmoid", "tanh"), ("hard_sigmoid", "tanh"), ("sigmoid", "linear")]:
    _names = {"activation": _new, "recurrent_activation": _opening}
    for _outputs in (1, 2, 3) if _new == "tanh" else (2,):
        add(
            "lstm_sequence",
            lstm,
            lambda t, n, h: [(t, n, 4 * h), (h, 4 * h), (n, h), (n, h)],
            f"{_opening} {_new} {_outputs} outputs",
            _outputs,
            **_names,
        )
    for _dcs in (False, True):
        add(
            "lstm_sequence_grad",
            lstm_grad,
            lambda t, n, h, dcs=_dcs: [
                *[(t, n, h)] * 3,
                *[(t, 4, n, h), (h, 4 * h), (n, h), (n, h)],
                *[(t, n, h)] * dcs,
            ],
            f"{_opening} {_new} {_dcs}",
            special={3: shares},
            with_dcs=_dcs,
            **_names,
        )
    for _after in (False, True):
        for _outputs in (1, 3) if _new == "tanh" else (1,):
            add(
                "gru_sequence",
                gru,
                lambda t, n, h, after=_after: [
                    *[(t, n, 3 * h), (h, 3 * h), (n, h)],
                    *[(h,)] * after,
                ],
                f"{_opening} {_new} {_after} {_outputs} outputs",
                _outputs,
                reset_after=_after,
                **_names,
            )
        add(
            "gru_sequence_grad",
            gru_grad,
            lambda t, n, h: [(t, n, h), (t, n, h), (t, n, 3 * h), (t, n, h), (h, 3 * h), (n, h)],
            f"{_opening} {_new} {_after}",
            special={2: shares},
            reset_after=_after,
            **_names,
        )
