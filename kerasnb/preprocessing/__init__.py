"""From raw data to arrays: sequences and texts."""

from __future__ import annotations

from . import sequence as sequence
from . import text as text
