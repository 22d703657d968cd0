"""Models that cut each batch in parts, one for each GPU."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .. import backend as K
from ..array import devices
from ..layers import Lambda, concatenate
from ..models import Model, clone_model
from .generic_utils import to_list


def multi_gpu_model(
    model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False
) -> Any:
    """Return a model that cuts each batch in as many parts as there are GPUs.

    Each part goes through the same model, with the same weights, and the outputs are put together
    again. The parts are computed one after another on the device in use, so that this changes
    neither results nor speed: it is here for programs that call it.

    Args:
        model: the model.
        gpus: how many GPUs, at least two, or a list of their numbers; None: all there are.
        cpu_merge: where Keras puts the outputs together; all is on one device here.
        cpu_relocation: whether to use a copy of the model, with new weights.

    Raises:
        ValueError: if less than two GPUs are asked for, or this machine has not got them.
    """
    available = [f"/{name if ':' in name else f'{name}:0'}" for name in devices()]
    if not gpus:
        gpus = sum(name.startswith("/gpu:") for name in available)
    numbers = list(gpus) if isinstance(gpus, list | tuple) else list(range(gpus))
    if len(numbers) < 2:
        raise ValueError(
            "multi_gpu_model needs two GPUs or more (`gpus >= 2`, or a list of as many numbers); "
            f"got gpus={gpus}. This machine has the devices {available}."
        )
    needed = ["/cpu:0", *(f"/gpu:{number}" for number in numbers)]
    if not set(needed) <= set(available):
        raise ValueError(
            f"multi_gpu_model: gpus={gpus} needs the devices {needed}; this machine has "
            f"{available}. Try a smaller `gpus`."
        )
    if cpu_relocation:
        model = clone_model(model)
    outputs = []
    for i in range(len(numbers)):
        arguments = {"i": i, "parts": len(numbers)}
        parts = [
            Lambda(_part, output_shape=K.int_shape(x)[1:], arguments=arguments)(x)
            for x in model.inputs
        ]
        outputs.append(to_list(model(parts if len(parts) > 1 else parts[0])))
    merged = [
        concatenate(list(same), axis=0, name=name)
        for name, same in zip(
            _distinct(model.output_names), zip(*outputs, strict=True), strict=True
        )
    ]
    return Model(model.inputs, merged)


def _part(x: Any, i: int, parts: int) -> Any:
    """Return the i-th part of a batch; the last one takes what is left over."""
    step = K.shape(x)[0] // parts
    return x[step * i :] if i == parts - 1 else x[step * i : step * (i + 1)]


def _distinct(names: list[str]) -> list[str]:
    """Number the names that occur several times: a, a_1, a_2."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        found.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found
