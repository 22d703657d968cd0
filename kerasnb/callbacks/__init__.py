"""Callbacks: what is called as a training goes on."""

from .base import Callback as Callback
from .base import CallbackList as CallbackList
from .base import Logs as Logs
from .checkpoint import ModelCheckpoint as ModelCheckpoint
from .logging import BaseLogger as BaseLogger
from .logging import CSVLogger as CSVLogger
from .logging import History as History
from .logging import LambdaCallback as LambdaCallback
from .logging import ProgbarLogger as ProgbarLogger
from .logging import RemoteMonitor as RemoteMonitor
from .resume import Resume as Resume
from .schedule import EarlyStopping as EarlyStopping
from .schedule import LearningRateScheduler as LearningRateScheduler
from .schedule import ReduceLROnPlateau as ReduceLROnPlateau
from .schedule import TerminateOnNaN as TerminateOnNaN
from .tensorboard import TensorBoard as TensorBoard
