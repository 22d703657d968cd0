"""Connectionist temporal classification: losses and labels of frames that nobody has lined up."""

from __future__ import annotations

from typing import Any

from ..graph import Node, as_node, ops
from .config import epsilon

__all__ = ["ctc_batch_cost", "ctc_decode", "ctc_label_dense_to_sparse"]


def _lengths(x: Any) -> Node:
    x = ops.cast(x, dtype="int32")
    return ops.squeeze(x, axis=-1) if x.ndim == 2 else x


def _logits(y_pred: Any) -> Node:
    return ops.log(as_node(y_pred) + epsilon())


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Node:
    """Return -log of the probability of each sample's labels, over all ways to line them up.

    Args:
        y_true: labels, (samples, most labels); what lies beyond `label_length` plays no role.
        y_pred: probabilities of classes, (samples, steps, classes); the last class is the blank.
        input_length: how many steps of each sample count, (samples, 1).
        label_length: how many labels each sample has, (samples, 1).

    Returns:
        Tensor (samples, 1).

    See: Graves et al., Connectionist temporal classification, ICML 2006.
    """
    labels = ops.cast(y_true, dtype="int32")
    loss = ops.ctc_loss(_logits(y_pred), labels, _lengths(input_length), _lengths(label_length))
    return ops.expand_dims(loss, axis=1)


def ctc_decode(
    y_pred: Any,
    input_length: Any,
    greedy: bool = True,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = False,
) -> tuple[list[Node], Node]:
    """Return the labels that predictions stand for.

    Args:
        y_pred: probabilities of classes, (samples, steps, classes); the last class is the blank.
        input_length: how many steps of each sample count, (samples,).
        greedy: whether to follow the likeliest class of each step; else the likeliest sequences
            are searched for with a beam.
        beam_width: how many sequences the search keeps at each step.
        top_paths: how many sequences it returns.
        merge_repeated: whether equal labels in a row count once in what the search has found.

    Returns:
        List of `top_paths` (one, if greedy) tensors of labels (samples, steps), filled up with -1;
        and the logarithm of their probabilities, (samples, top_paths): for greedy, the sum of the
        logarithms along the way with its sign changed, (samples, 1).
    """
    logits, lengths = _logits(y_pred), _lengths(input_length)
    if greedy:
        labels, total = ops.ctc_greedy(logits, lengths)
        return [labels], total
    found, logs = ops.ctc_beam(
        logits, lengths, width=int(beam_width), paths=int(top_paths), merge=bool(merge_repeated)
    )
    return list(found), logs


def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> Node:
    """Return labels (samples, most labels) with 0 for what lies beyond each sample's length.

    That is the dense form of the sparse tensor that other backends make; sparse tensors are dense
    here.
    """
    labels = as_node(labels)
    places = ops.arange(0, ops.shape_of(labels)[1], 1)
    inside = ops.expand_dims(places, axis=0) < ops.expand_dims(_lengths(label_lengths), axis=1)
    return ops.where(inside, labels, 0)
