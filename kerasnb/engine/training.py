"""Models: networks that can be trained."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any

from .. import backend as K
from ..utils.generic_utils import to_list, unpack_singleton
from . import compiling
from . import training_generator as generators
from . import training_utils as data_utils
from .compiled import Compiled
from .input_layer import Input
from .loops import (
    ArrayBatches,
    Feed,
    Validation,
    as_numbers,
    fit_loop,
    phase_of,
    predict_loop,
    test_loop,
)


class Model(Compiled):
    """A network that can be trained, evaluated and asked for predictions.

    Args:
        inputs: tensor made by `Input`, or list of them.
        outputs: tensor, or list of tensors, that layers have made from them.
        name: name.

    Example:
        >>> import numpy as np
        >>> from kerasnb.layers import Dense, Input
        >>> x = Input(shape=(4,))
        >>> model = Model(inputs=x, outputs=Dense(3, activation="softmax")(x))
        >>> model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
        >>> history = model.fit(np.eye(4), np.eye(4)[:, :3], epochs=2, verbose=0)
        >>> list(history.history)
        ['loss', 'accuracy']
    """

    # -- data

    def _set_inputs(self, inputs: Sequence[Any]) -> None:
        """Make the graph of a model that had to wait for data."""
        arrays = data_utils.standardize_input_data(
            list(inputs), [f"input_{i + 1}" for i in range(len(inputs))]
        )
        self.inputs = [
            Input(batch_shape=(None, *a.shape[1:]), name=f"{self.name}_input_{i + 1}")
            for i, a in enumerate(arrays)
        ]
        with K.layer_scope(self.name):
            outputs = to_list(self.call(unpack_singleton(self.inputs)), True)
        self.outputs = outputs
        self.output_names = [f"output_{i + 1}" for i in range(len(outputs))]
        self._set_input_names([f"input_{i + 1}" for i in range(len(arrays))])
        self.built = True

    def _build_for_data(self, x: Any, y: Any) -> None:
        """Build and compile a model that had to wait for data."""
        if not self.inputs:
            if isinstance(x, dict):
                raise ValueError(
                    f'Model "{self.name}" does not know its inputs yet; needs an array or a list '
                    "of arrays, not a dictionary."
                )
            self._set_inputs(to_list(x, allow_tuple=True))
        if y is None:
            return
        if self.optimizer is None:
            self._need_compile()
        if not self._is_compiled:
            self.compile(
                self.optimizer,
                self.loss or None,
                self._compile_metrics,
                self.loss_weights,
                self.sample_weight_mode,
                self._compile_weighted_metrics,
                **self._function_kwargs,
            )

    def _standardize_user_data(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        check_array_lengths: bool = True,
        batch_size: int | None = None,
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """Return inputs, targets and sample weights as lists in the order of the placeholders."""
        self._build_for_data(x, y)
        shapes = self._feed_input_shapes if self._is_graph_network else None
        x = data_utils.standardize_input_data(x, self._feed_input_names, shapes, False, "input")
        if y is None:
            return x, [], []
        y = data_utils.standardize_input_data(
            y,
            self._feed_output_names,
            self._feed_output_shapes,
            False,
            "target",
            [compiling.target_hint(loss) for loss in self._feed_loss_fns],
        )
        compiling.check_targets(y, self._feed_loss_fns, self._feed_output_names)
        names = self._feed_output_names
        weights = [
            data_utils.standardize_weights(*given)
            for given in zip(
                y,
                data_utils.standardize_sample_weights(sample_weight, names),
                data_utils.standardize_class_weights(class_weight, names),
                self._feed_sample_weight_modes,
                strict=True,
            )
        ]
        if check_array_lengths:
            data_utils.check_array_length_consistency(x, y, weights)
        if self.stateful and batch_size and x[0].shape[0] % batch_size:
            raise ValueError(
                f'Model "{self.name}" keeps states from batch to batch, so it needs a number of '
                f"samples that is a multiple of batch_size={batch_size}; got {x[0].shape[0]}."
            )
        return x, y, weights

    def _validate_or_infer_batch_size(self, batch_size: Any, steps: Any, x: Any) -> Any:
        """Return the batch size: that given, that of the input layer, or 32."""
        fixed = K.int_shape(self.inputs[0])[0] if self.inputs else None
        if fixed is not None:
            if batch_size is not None and batch_size != fixed:
                raise ValueError(
                    f'Model "{self.name}" has an input with a fixed batch size of {fixed}; got '
                    f"batch_size={batch_size}."
                )
            if steps is None:
                return fixed
        return 32 if batch_size is None and steps is None else batch_size

    def _learning_data(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Any = None,
        batch_size: int | None = None,
    ) -> list[Any]:
        """Return inputs, targets and sample weights in one list."""
        x, y, weights = self._standardize_user_data(
            x, y, sample_weight, class_weight, batch_size=batch_size
        )
        self._need_compile()
        if len(y) != len(self._feed_targets):
            raise ValueError(
                f'Model "{self.name}" learns from targets for '
                f"{', '.join(self._feed_output_names)}; got none: give y."
            )
        return x + y + weights

    # -- training

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Train the model.

        Ctrl-C ends the training after the step at hand; the model keeps what it has learned, and
        `model.history` says what was done. At a prompt and in notebooks it is returned as usual.

        Args:
            x: inputs: an array, a list of arrays, or a dictionary of arrays by input. Or a
                generator or Sequence, as for `fit_generator`.
            y: targets, likewise; a generator gives them together with the inputs.
            batch_size: samples a step, 32 by default.
            epochs: how often to go over the data (the number of the last epoch, with
                `initial_epoch`).
            verbose: 0 nothing, 1 a progress bar, 2 a line an epoch.
            callbacks: list of callbacks.
            validation_split: part of the data, at its end, to validate on instead of training.
            validation_data: (x, y) or (x, y, sample_weight) to validate on; or a generator or
                Sequence.
            shuffle: whether samples come in another order in each epoch; "batch" shuffles whole
                batches, for data in an HDF5 file.
            class_weight: weight of each class in the loss, by its number.
            sample_weight: weight of each sample in the loss (of each time step, with
                `sample_weight_mode="temporal"`).
            initial_epoch: where to go on with a training, from 0.
            steps_per_epoch: steps an epoch, each of all the data (or of a generator's next batch);
                in place of `batch_size`.
            validation_steps: steps a validation, with `steps_per_epoch` or a generator.
            validation_freq: validate each so many epochs, or after the epochs in a list.
            max_queue_size, workers, use_multiprocessing: for generators.

        Returns:
            The History: `history.history["loss"]` is the loss after each epoch.
        """
        if "nb_epoch" in kwargs:
            epochs = kwargs.pop("nb_epoch")
            warnings.warn(
                f"fit(nb_epoch={epochs}) is a spelling of Keras 1; write fit(epochs={epochs}).",
                stacklevel=2,
            )
        if kwargs:
            raise TypeError(f"fit: got an unknown argument, {', '.join(map(repr, kwargs))}.")
        if x is None and y is None and steps_per_epoch is None:
            raise ValueError("fit: needs data, x and y, or `steps_per_epoch`.")
        if data_utils.is_generator_or_sequence(x):
            data_utils.check_generator_arguments(
                "fit",
                y=y,
                batch_size=batch_size,
                sample_weight=sample_weight,
                validation_split=validation_split,
            )
            return self.fit_generator(
                x,
                steps_per_epoch,
                epochs,
                verbose,
                callbacks,
                validation_data,
                validation_steps,
                validation_freq,
                class_weight,
                max_queue_size,
                workers,
                use_multiprocessing,
                shuffle,
                initial_epoch,
            )
        batch_size = self._validate_or_infer_batch_size(batch_size, steps_per_epoch, x)
        data = self._learning_data(x, y, sample_weight, class_weight, batch_size)
        self._make_train_function()
        feed = Feed(data)
        feed.need_samples("fit")
        data_utils.check_steps(batch_size, steps_per_epoch, "steps_per_epoch")
        validation = None
        with contextlib.ExitStack() as stack:
            if data_utils.is_generator_or_sequence(validation_data):
                queue = generators.queue_of(workers, max_queue_size, use_multiprocessing)
                validation = generators.validation_on(
                    self, validation_data, validation_steps, queue, stack
                )
            else:
                feed, held = self._hold_out(feed, validation_data, validation_split, batch_size)
                data_utils.check_validation_steps(held, steps_per_epoch, validation_steps)
                if held is not None:
                    if verbose:
                        print(
                            f"Train on {feed.samples} samples, validate on {held.samples} samples"
                        )
                    batches = ArrayBatches(held, batch_size, validation_steps)
                    validation = Validation(self, lambda: batches, held)
            return fit_loop(
                self,
                self.train_function,
                ArrayBatches(feed, batch_size, steps_per_epoch, shuffle),
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation=validation,
                initial_epoch=initial_epoch,
                validation_freq=validation_freq,
            )

    def _hold_out(
        self, feed: Feed, validation_data: Any, validation_split: float, batch_size: int | None
    ) -> tuple[Feed, Feed | None]:
        """Return what to train on, and what to validate on."""
        if validation_data:
            return feed, self._validation_feed(validation_data, batch_size)
        if validation_split and 0.0 < validation_split < 1.0:
            feed, held = feed.split(int(feed.samples * (1.0 - validation_split)))
            feed.need_samples(f"fit: with validation_split={validation_split}, training")
            return feed, held
        return feed, None

    def _validation_feed(self, validation_data: Any, batch_size: int | None) -> Feed:
        if len(validation_data) not in (2, 3):
            raise ValueError(
                "fit: validation_data needs (x, y) or (x, y, sample_weight); got "
                f"{len(validation_data)} items."
            )
        x, y, *weights = validation_data
        sample_weight = weights[0] if weights else None
        feed = Feed(self._learning_data(x, y, sample_weight, batch_size=batch_size))
        feed.need_samples("fit: validation_data")
        return feed

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int = 1,
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """Return loss and metrics on data, without training.

        Args:
            x, y: inputs and targets, as for `fit`.
            batch_size: samples at a time, 32 by default.
            verbose: 1 shows a progress bar.
            sample_weight: weight of each sample.
            steps: number of steps, each of all the data; in place of `batch_size`.
            callbacks: list of callbacks.
            max_queue_size, workers, use_multiprocessing: for generators.

        Returns:
            The loss, or a list with the metrics after it; `model.metrics_names` names them.
        """
        queue = (max_queue_size, workers, use_multiprocessing)
        if data_utils.is_generator_or_sequence(x):
            data_utils.check_generator_arguments(
                "evaluate", y=y, batch_size=batch_size, sample_weight=sample_weight
            )
            return self.evaluate_generator(x, steps, callbacks, *queue, verbose)
        batch_size = self._validate_or_infer_batch_size(batch_size, steps, x)
        if x is None and y is None and steps is None:
            raise ValueError("evaluate: needs data, x and y, or `steps`.")
        feed = Feed(self._learning_data(x, y, sample_weight, batch_size=batch_size))
        feed.need_samples("evaluate")
        self._make_test_function()
        batches = ArrayBatches(feed, batch_size, steps)
        results = test_loop(self, self.test_function, batches, verbose=verbose, callbacks=callbacks)
        return unpack_singleton(results)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int = 0,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """Return the outputs for data, an array or a list of arrays.

        Args:
            x: inputs, as for `fit`.
            batch_size: samples at a time, 32 by default.
            verbose: 1 shows a progress bar.
            steps: number of steps, each of all the data; in place of `batch_size`.
            callbacks: list of callbacks.
            max_queue_size, workers, use_multiprocessing: for generators.
        """
        queue = (max_queue_size, workers, use_multiprocessing)
        if data_utils.is_generator_or_sequence(x):
            data_utils.check_generator_arguments("predict", batch_size=batch_size)
            return self.predict_generator(x, steps, callbacks, *queue, verbose)
        batch_size = self._validate_or_infer_batch_size(batch_size, steps, x)
        if x is None and steps is None:
            raise ValueError("predict: needs data, x, or `steps`.")
        x, _, _ = self._standardize_user_data(x)
        if self.stateful and batch_size and x[0].shape[0] > batch_size:
            if x[0].shape[0] % batch_size:
                raise ValueError(
                    f'Model "{self.name}" keeps states from batch to batch, so it needs a number '
                    f"of samples that is a multiple of batch_size={batch_size}; got "
                    f"{x[0].shape[0]}."
                )
        self._make_predict_function()
        batches = ArrayBatches(Feed(x), batch_size, steps)
        return predict_loop(
            self, self.predict_function, batches, verbose=verbose, callbacks=callbacks
        )

    fit_generator = generators.fit_generator
    evaluate_generator = generators.evaluate_generator
    predict_generator = generators.predict_generator

    def train_on_batch(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Any = None,
        reset_metrics: bool = True,
    ) -> Any:
        """Do one step of training; return loss and metrics.

        Args:
            x, y: inputs and targets of the batch, as for `fit`.
            sample_weight: weight of each sample.
            class_weight: weight of each class, by its number.
            reset_metrics: whether metrics begin anew with the next batch.
        """
        data = self._learning_data(x, y, sample_weight, class_weight)
        self._make_train_function()
        return self._on_batch(self.train_function, data, 1, reset_metrics)

    def test_on_batch(
        self, x: Any, y: Any, sample_weight: Any = None, reset_metrics: bool = True
    ) -> Any:
        """Return loss and metrics of one batch, without training.

        Args:
            x, y: inputs and targets of the batch, as for `fit`.
            sample_weight: weight of each sample.
            reset_metrics: whether metrics begin anew with the next batch.
        """
        data = self._learning_data(x, y, sample_weight)
        self._make_test_function()
        return self._on_batch(self.test_function, data, 0, reset_metrics)

    def _on_batch(self, function: Any, data: list[Any], phase: int, reset_metrics: bool) -> Any:
        if reset_metrics:
            self.reset_metrics()  # of what an evaluation before has left
        outputs = function(data + phase_of(function, phase))
        if reset_metrics:
            self.reset_metrics()
        return unpack_singleton(as_numbers(outputs))

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch.

        Args:
            x: inputs of the batch, as for `fit`.
        """
        x, _, _ = self._standardize_user_data(x)
        self._make_predict_function()
        function = self.predict_function
        return unpack_singleton(function(x + phase_of(function, 0)))
