"""The backend API of Keras 2, `K`, in terms of the graph's ops."""

from .config import *  # noqa: F403
from .conv import *  # noqa: F403
from .ctc import *  # noqa: F403
from .fold import *  # noqa: F403
from .function import *  # noqa: F403
from .local import *  # noqa: F403
from .math import *  # noqa: F403
from .nn import *  # noqa: F403
from .rnn import *  # noqa: F403
from .shape import *  # noqa: F403
from .variables import *  # noqa: F403
