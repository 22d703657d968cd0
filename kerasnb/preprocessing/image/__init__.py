"""Pictures: read, written, and changed at random so that a network sees more of them.

Pillow reads and writes files, SciPy turns and zooms; both come with `pip install "kerasnb[images]"`
and are imported when first needed.
"""

from __future__ import annotations

from .dataframe import DataFrameIterator as DataFrameIterator
from .files import array_to_img as array_to_img
from .files import img_to_array as img_to_array
from .files import list_pictures as list_pictures
from .files import load_img as load_img
from .files import save_img as save_img
from .folders import BatchFromFilesMixin as BatchFromFilesMixin
from .folders import DirectoryIterator as DirectoryIterator
from .generator import ImageDataGenerator as ImageDataGenerator
from .iterator import Iterator as Iterator
from .iterator import NumpyArrayIterator as NumpyArrayIterator
from .transforms import apply_affine_transform as apply_affine_transform
from .transforms import apply_brightness_shift as apply_brightness_shift
from .transforms import apply_channel_shift as apply_channel_shift
from .transforms import flip_axis as flip_axis
from .transforms import random_brightness as random_brightness
from .transforms import random_channel_shift as random_channel_shift
from .transforms import random_rotation as random_rotation
from .transforms import random_shear as random_shear
from .transforms import random_shift as random_shift
from .transforms import random_zoom as random_zoom
