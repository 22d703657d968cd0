"""From raw data to arrays: sequences, texts, images."""

from __future__ import annotations

from . import image as image
from . import sequence as sequence
from . import text as text
