"""ImageDataGenerator: pictures changed at random, so that a network does not learn them by heart."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ... import backend as K
from .dataframe import DataFrameIterator
from .folders import DirectoryIterator
from .iterator import NumpyArrayIterator, check_pictures
from .transforms import (
    apply_affine_transform,
    apply_channel_shift,
    brighten,
    draw_zoom,
    flip_axis,
)


class ImageDataGenerator:
    """Gives batches of pictures, changed at random (augmented) and standardized.

    Each picture is turned, shifted, sheared, zoomed, given other colours, flipped, given other
    light, in this order; then come `preprocessing_function`, `rescale`, and centring.

    Args:
        featurewise_center: subtract each channel's mean over the pictures of `fit`.
        samplewise_center: subtract each picture's mean.
        featurewise_std_normalization: divide by each channel's standard deviation in `fit`.
        samplewise_std_normalization: divide by each picture's standard deviation.
        zca_whitening: make pixels uncorrelated, as `fit` has found them; it takes the place of
            featurewise standard deviations. For small pictures only.
        zca_epsilon: what keeps the whitening from blowing up noise.
        rotation_range: largest angle to turn by, in degrees.
        width_shift_range, height_shift_range: how far to shift. A float is the largest shift, as
            a part of the size if it is below 1, in pixels from 1 on; an integer n means whole
            pixels from -(n-1) to n-1; a list means one of its numbers, to either side.
        brightness_range: (low, high) of the factor of the light, see `apply_brightness_shift`.
            It brings values to 0 to 255.
        shear_range: largest angle to shear by, in degrees.
        zoom_range: (low, high) of the zoom factors, or z for (1 - z, 1 + z); below 1 enlarges.
        channel_shift_range: largest number to add to all values.
        fill_mode: what comes in from outside: 'nearest' (aaaa|abcd|dddd), 'constant' (`cval`),
            'reflect' (dcba|abcd|dcba) or 'wrap' (abcd|abcd|abcd).
        cval: value outside for 'constant'.
        horizontal_flip, vertical_flip: whether to flip left and right, top and bottom, half of
            the times.
        rescale: factor for all values; None or 0 for none.
        preprocessing_function: takes and returns one picture of three axes.
        data_format: 'channels_last' or 'channels_first'; None is the session's.
        validation_split: part of the samples, between 0 and 1, that `subset='validation'` has.
        interpolation_order: `order` of `apply_affine_transform`.
        dtype: type of the pictures; None is `K.floatx()`.

    Attributes:
        mean, std: of each channel, from `fit`; broadcast over a picture.
        principal_components: matrix that whitens a flat picture, from `fit`.

    Example:
        >>> pictures, labels = np.random.rand(10, 8, 8, 3), np.arange(10)
        >>> augment = ImageDataGenerator(horizontal_flip=True, rescale=2.0)
        >>> x, y = next(augment.flow(pictures, labels, batch_size=4))
        >>> x.shape, y.shape
        ((4, 8, 8, 3), (4,))
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Any = None,
        data_format: str | None = "channels_last",
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = "float32",
    ) -> None:
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = zoom_range
        if np.ndim(zoom_range) == 0:
            self.zoom_range = [1 - zoom_range, 1 + zoom_range]
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = K.normalize_data_format(data_format)
        last = self.data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if last else (2, 3, 1)
        self._validation_split = validation_split
        self.interpolation_order = interpolation_order
        self.dtype = dtype or K.floatx()
        self.mean: Any = None
        self.std: Any = None
        self.principal_components: Any = None
        self._check()
        self._settle()

    def _check(self) -> None:
        for name in ("zoom_range", "brightness_range"):
            value = getattr(self, name)
            if value is not None and np.shape(value) != (2,):
                raise ValueError(f"ImageDataGenerator: got {name}={value!r}; needs two numbers.")
        if self._validation_split and not 0 < self._validation_split < 1:
            raise ValueError(
                f"ImageDataGenerator: got validation_split={self._validation_split}; needs a "
                "number between 0 and 1."
            )

    def _settle(self) -> None:
        """Turn on what another setting needs, turn off what it replaces; say so."""

        def change(cause: str, name: str, value: bool) -> None:
            if getattr(self, cause) and getattr(self, name) != value:
                setattr(self, name, value)
                warnings.warn(
                    f"ImageDataGenerator: `{cause}` sets `{name}` to {value}.", stacklevel=4
                )

        change("zca_whitening", "featurewise_center", True)
        change("zca_whitening", "featurewise_std_normalization", False)
        change("featurewise_std_normalization", "featurewise_center", True)
        change("samplewise_std_normalization", "samplewise_center", True)

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Return batches of the pictures of an array, without end; see `NumpyArrayIterator`."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
    ) -> DirectoryIterator:
        """Return batches of a folder's pictures, without end; see `DirectoryIterator`."""
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Return batches of pictures that a table names, without end; see `DataFrameIterator`.

        The arguments `has_ext`, `sort` and `drop_duplicates` of older versions do nothing, and
        class_mode 'other' is the old name of 'raw'.
        """
        old = {"has_ext", "sort", "drop_duplicates"}
        if kwargs.keys() - old:
            raise TypeError(
                f"flow_from_dataframe: got unknown arguments {sorted(kwargs.keys() - old)}."
            )
        if kwargs:
            warnings.warn(
                f"flow_from_dataframe: {', '.join(sorted(kwargs))} no longer do anything: names "
                "are whole file names, and rows stay as they are.",
                DeprecationWarning,
                stacklevel=2,
            )
        if class_mode == "other":
            warnings.warn(
                "flow_from_dataframe: class_mode 'other' is now called 'raw'.",
                DeprecationWarning,
                stacklevel=2,
            )
            class_mode = "raw"
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Return pictures standardized as the settings say; floats are changed in place.

        Args:
            x: a picture, or a batch of them where no setting is samplewise.
        """
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if x.dtype.kind != "f":
            x = x.astype(self.dtype)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x -= self.mean
        if self.featurewise_std_normalization and self._fitted(
            "featurewise_std_normalization", self.std
        ):
            x /= self.std + 1e-6
        if self.zca_whitening and self._fitted("zca_whitening", self.principal_components):
            flat = x.reshape(-1, np.prod(x.shape[-3:]))
            x = (flat @ self.principal_components).reshape(x.shape)
        return x

    def _fitted(self, setting: str, found: Any) -> bool:
        if found is None:
            warnings.warn(
                f"ImageDataGenerator: `{setting}` does nothing before `fit(pictures)`.",
                stacklevel=3,
            )
        return found is not None

    def get_random_transform(
        self, img_shape: tuple[int, ...], seed: int | None = None
    ) -> dict[str, Any]:
        """Return a change drawn at random, for `apply_transform`.

        Args:
            img_shape: shape of the picture, three axes.
            seed: NumPy's seed is set to it before.

        Returns:
            'theta', 'tx', 'ty', 'shear', 'zx', 'zy' as in `apply_affine_transform`,
            'flip_horizontal', 'flip_vertical', and 'channel_shift_intensity' and 'brightness',
            which are None if they are not to change.
        """
        # The order of the draws is Keras's: the same seed gives the same pictures.
        if seed is not None:
            np.random.seed(seed)
        theta = _draw(self.rotation_range)
        tx = _draw_shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _draw_shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = _draw(self.shear_range)
        zx, zy = draw_zoom(*self.zoom_range)
        horizontal = np.random.random() < 0.5
        vertical = np.random.random() < 0.5
        intensity = _draw(self.channel_shift_range) if self.channel_shift_range else None
        brightness = np.random.uniform(*self.brightness_range) if self.brightness_range else None
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": horizontal and self.horizontal_flip,
            "flip_vertical": vertical and self.vertical_flip,
            "channel_shift_intensity": intensity,
            "brightness": brightness,
        }

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """Return a picture changed as told.

        Args:
            x: the picture, three axes.
            transform_parameters: as `get_random_transform` gives them; what is absent does not
                change.
        """
        told = transform_parameters.get
        row, col, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x,
            told("theta", 0),
            told("tx", 0),
            told("ty", 0),
            told("shear", 0),
            told("zx", 1),
            told("zy", 1),
            row_axis=row,
            col_axis=col,
            channel_axis=channel,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        intensity, brightness = told("channel_shift_intensity"), told("brightness")
        if intensity is not None:
            x = apply_channel_shift(x, intensity, channel)
        if told("flip_horizontal"):
            x = flip_axis(x, col)
        if told("flip_vertical"):
            x = flip_axis(x, row)
        if brightness is not None:
            x = brighten(x, brightness, channel)
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """Return a picture changed at random; NumPy's seed is set to `seed` before."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def _change(self, x: np.ndarray) -> np.ndarray:
        """Return a picture as it goes into a batch; `x` itself may be written to."""
        return self.standardize(self.random_transform(x))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Find means, standard deviations and whitening; only featurewise settings need it.

        Args:
            x: array of pictures, four axes. They should be what `standardize` gets: `rescale`
                and `preprocessing_function` are not applied here.
            augment: whether to change them at random before.
            rounds: how many times to go through them when augmenting.
            seed: NumPy's seed is set to it before.
        """
        x = np.array(x, dtype=self.dtype)
        check_pictures("ImageDataGenerator.fit", x, self.data_format)
        if seed is not None:
            np.random.seed(seed)
        if augment:
            x = np.stack([self.random_transform(picture) for _ in range(rounds) for picture in x])
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x /= self.std + 1e-6
        if self.zca_whitening:
            self.principal_components = _whitening(x.reshape(len(x), -1), self.zca_epsilon)


def _draw(largest: float) -> float:
    return np.random.uniform(-largest, largest) if largest else 0


def _draw_shift(values: Any, size: int) -> Any:
    """Return a shift in pixels; see `width_shift_range`."""
    if np.ndim(values) == 0 and not values:
        return 0
    if isinstance(values, (float, np.floating)):
        shift = np.random.uniform(-values, values)
    else:
        shift = np.random.choice(values) * np.random.choice([-1, 1])
    return shift * size if np.max(values) < 1 else shift


def _whitening(flat: np.ndarray, epsilon: float) -> np.ndarray:
    """Return `C^(-1/2)` of the rows' covariance C, with `epsilon` added to its eigenvalues."""
    # In float64: most eigenvalues are about as small as epsilon.
    wide = flat.astype("float64")
    values, vectors = np.linalg.eigh(wide.T @ wide / len(wide))
    scaled = vectors / np.sqrt(np.maximum(values, 0) + epsilon)
    return (scaled @ vectors.T).astype(flat.dtype)
