"""Descriptions: what displays, widgets, figures and tests read, as numbers and strings."""

from __future__ import annotations

from .graph import describe_graph as describe_graph
from .summary import describe_summary as describe_summary
