"""Figures with matplotlib: trainings, confusion, pictures, kernels, activations, words, surfaces.

Each function draws into the Axes that it is given, or into new ones, and returns them. They read
the descriptions that the displays of `kerasnb.notebook.show` are made from.
"""

from .figures import activations as activations
from .figures import confusion as confusion
from .figures import history as history
from .figures import images as images
from .figures import kernels as kernels
from .planes import attention as attention
from .planes import decision_surface as decision_surface

__all__ = [
    "activations",
    "attention",
    "confusion",
    "decision_surface",
    "history",
    "images",
    "kernels",
]
