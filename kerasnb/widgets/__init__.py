"""Widgets (ipywidgets): what a lesson is composed from.

Each shows the display of the same name (see `kerasnb.notebook.show`), with choosers for what is
shown. Its traits can be observed and linked, it goes into an `HBox` or `VBox`, and without a front
end it prints as the display does. What is computed goes to the page also while `fit` runs; choices
made in the page meanwhile are followed when it has ended.

Example:
    >>> from kerasnb.layers import Dense
    >>> from kerasnb.models import Sequential
    >>> model = Sequential([Dense(2, input_shape=(3,), name="units")], name="small")
    >>> inspector = LayerInspector(model)
    >>> print(str(inspector).splitlines()[0])
    Layer units (Dense)
"""

from __future__ import annotations

try:
    import ipywidgets as _  # noqa: F401
except ImportError as error:
    raise ImportError(
        'kerasnb.widgets needs ipywidgets, which is missing: pip install "kerasnb[lab]"'
    ) from error

from .browser import DatasetBrowser as DatasetBrowser
from .curves import TrainingCurves as TrainingCurves
from .inspector import LayerInspector as LayerInspector
from .loader import DatasetLoader as DatasetLoader
from .models import ModelGraph as ModelGraph
from .models import ModelSummary as ModelSummary
from .playground import Playground as Playground
from .view import keep_boxes

__all__ = [
    "DatasetBrowser",
    "DatasetLoader",
    "LayerInspector",
    "ModelGraph",
    "ModelSummary",
    "Playground",
    "TrainingCurves",
]

keep_boxes()
