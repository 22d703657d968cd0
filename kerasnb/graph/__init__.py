"""The graph: nodes, ops, differentiation, and the plans that run them."""

from . import ops
from .autodiff import gradients, vjp
from .function import Function, learning_phase_node, no_collection
from .interpret import evaluate
from .memory import Pool
from .node import (
    OPS,
    Change,
    Constant,
    LearningPhase,
    Node,
    Placeholder,
    Spec,
    Update,
    Variable,
    as_node,
    name_scope,
)
from .op import Elementwise, Op, op
from .plan import Rows
from .substitute import substitute

__all__ = [
    "OPS",
    "Change",
    "Constant",
    "Elementwise",
    "Function",
    "LearningPhase",
    "Node",
    "Op",
    "Placeholder",
    "Pool",
    "Rows",
    "Spec",
    "Update",
    "Variable",
    "as_node",
    "evaluate",
    "gradients",
    "learning_phase_node",
    "name_scope",
    "no_collection",
    "op",
    "ops",
    "substitute",
    "vjp",
]
