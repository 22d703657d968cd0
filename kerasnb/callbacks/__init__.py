"""Callbacks: what is called as a training goes on."""

from .base import Callback as Callback
from .base import CallbackList as CallbackList
from .base import Logs as Logs
from .logging import BaseLogger as BaseLogger
from .logging import History as History
from .logging import LambdaCallback as LambdaCallback
from .logging import ProgbarLogger as ProgbarLogger
from .schedule import EarlyStopping as EarlyStopping
