"""Descriptions: what displays, widgets, figures and tests read, as numbers and strings."""

from __future__ import annotations

from .data import describe_confusion as describe_confusion
from .data import describe_dataset as describe_dataset
from .graph import describe_graph as describe_graph
from .inspection import describe_inspection as describe_inspection
from .summary import describe_summary as describe_summary
from .training import describe_history as describe_history
from .values import describe_activations as describe_activations
from .values import describe_gradients as describe_gradients
from .values import describe_weights as describe_weights
