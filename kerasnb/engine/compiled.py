"""What `compile` makes of a network: loss, metrics, and the functions of a step."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from .. import optimizers
from ..graph import Pool, no_collection
from ..metrics import Mean
from . import compiling
from .network import Network, learning_phases


class Compiled(Network):
    """A network with a loss to minimize and metrics to report.

    Attributes:
        optimizer: the optimizer.
        total_loss: the number to minimize, as a tensor.
        targets, sample_weights: for each output the placeholder of its targets and weights.
        train_function: a step of training: loss, metrics, gradients and updates in one plan.
        test_function, predict_function: the same without learning, and the outputs only.
    """

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any
    ) -> None:
        self.optimizer: Any = None
        self.history: Any = None
        self.stop_training = False
        self.train_function: Any = None
        self.test_function: Any = None
        self.predict_function: Any = None
        self._is_compiled = False
        self._reports: list[compiling.Reported] = []
        self._compile_metric_functions: list[Any] = []
        self._function_kwargs: dict[str, Any] = {}
        self._pool = Pool()
        super().__init__(inputs, outputs, name, **kwargs)

    def _init_graph(self, inputs: Any, outputs: Any, node_on_top: Any = None) -> None:
        super()._init_graph(inputs, outputs, node_on_top)
        self.predict_function = None

    def compile(
        self,
        optimizer: Any,
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        target_tensors: Any = None,
        **kwargs: Any,
    ) -> None:
        """Say how the model is trained and what is reported.

        What is `trainable` counts as it is now.

        Args:
            optimizer: optimizer or its name.
            loss: loss function, object or name; a list or a dictionary of them by output, if
                there are several: the sum is minimized.
            metrics: what to report, `["accuracy"]` say; a list of lists or a dictionary by output.
            loss_weights: factors of the outputs' losses, a list or a dictionary.
            sample_weight_mode: "temporal" if each time step has a weight of its own; a list or a
                dictionary by output.
            weighted_metrics: metrics that sample weights and class weights count for.
            target_tensors: tensors to use as targets, in place of data.
            **kwargs: accepted are `pool` and `name`, for `K.function`.
        """
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss if loss is not None else {}
        self.loss_weights = loss_weights
        self.sample_weight_mode = sample_weight_mode
        self._compile_metrics = metrics or []
        self._compile_weighted_metrics = weighted_metrics
        self._compile_metric_functions = []
        self._function_kwargs = kwargs
        self.train_function = self.test_function = self.predict_function = None
        self._is_compiled = False
        if not self.built or not self.outputs:
            return  # done as soon as data or `build` say what the inputs are
        self._reports = []
        self._is_compiled = True
        names = self.output_names
        self.loss_functions = compiling.prepare_loss_functions(loss, names)
        self.loss_weights_list = compiling.prepare_loss_weights(names, loss_weights)
        self._make_targets(compiling.prepare_target_tensors(target_tensors, names))
        self._make_sample_weights(compiling.prepare_sample_weight_modes(names, sample_weight_mode))
        self._masks = [getattr(y, "_keras_mask", None) for y in self.outputs]
        self.total_loss = self._make_loss()
        self._make_metrics(metrics, weighted_metrics)
        self._collected_trainable_weights = self.trainable_weights

    def _make_targets(self, given: list[Any]) -> None:
        self.targets: list[Any] = []
        self._feed_targets: list[Any] = []
        self._feed_output_names: list[str] = []
        self._feed_output_shapes: list[Any] = []
        self._feed_loss_fns: list[Any] = []
        for y, name, loss, target in zip(
            self.outputs, self.output_names, self.loss_functions, given, strict=True
        ):
            if loss is not None and target is None:
                target = K.placeholder(ndim=K.ndim(y), name=f"{name}_target", dtype=K.dtype(y))
            self.targets.append(None if loss is None else target)
            if loss is not None and K.is_placeholder(target):
                self._feed_targets.append(target)
                self._feed_output_names.append(name)
                self._feed_output_shapes.append(compiling.target_shape(loss, K.int_shape(y)))
                self._feed_loss_fns.append(loss)

    def _make_sample_weights(self, modes: list[str | None]) -> None:
        self.sample_weight_modes: list[Any] = []
        self.sample_weights: list[Any] = []
        for target, name, mode in zip(self.targets, self.output_names, modes, strict=True):
            fed = target in self._feed_targets
            shape = (None, None) if mode == "temporal" else (None,)
            weight = K.placeholder(shape=shape, name=f"{name}_sample_weights") if fed else None
            self.sample_weights.append(weight)
            self.sample_weight_modes.append(mode if fed else None)
        self._feed_sample_weights = [w for w in self.sample_weights if w is not None]
        self._feed_sample_weight_modes = [
            m
            for m, w in zip(self.sample_weight_modes, self.sample_weights, strict=True)
            if w is not None
        ]

    def _make_loss(self) -> Any:
        """Return the sum of the outputs' losses and of those that layers add."""
        total: Any = None
        for i, (y, loss) in enumerate(zip(self.outputs, self.loss_functions, strict=True)):
            if loss is None:
                continue
            weights = compiling.masked_weights(self._masks[i], self.sample_weights[i], y)
            # The scope is the output layer's: an error in the loss names it.
            layer = self.output_names[i]
            with K.name_scope("loss"), K.layer_scope(layer):
                value = loss(self.targets[i], y, sample_weight=weights)
            if len(self.outputs) > 1:
                mean = Mean(name=f"{self.output_names[i]}_loss")
                self._reports.append(compiling.report(mean, value))
            factor = self.loss_weights_list[i]
            value = value if factor == 1 else factor * value
            total = value if total is None else total + value
        added = self.losses
        if total is None and not added:
            raise ValueError(
                f'compile: model "{self.name}" has no loss to minimize; give `loss=`, or add one '
                "with `model.add_loss`."
            )
        for value in added:
            total = value if total is None else total + value
        return K.mean(total) if K.ndim(total) else total

    def _make_metrics(self, metrics: Any, weighted_metrics: Any) -> None:
        shapes = [K.int_shape(y) for y in self.outputs]
        plain, weighted = (
            compiling.collect_metrics(m, self.output_names, shapes, self.loss_functions)
            for m in (metrics, weighted_metrics)
        )
        taken = {r.metric.name for r in self._reports} | {"loss"}
        for i, y in enumerate(self.outputs):
            if self.loss_functions[i] is None:
                continue
            # Metrics without weights still leave out what is masked.
            for chosen, weights in ((plain[i], None), (weighted[i], self.sample_weights[i])):
                weights = compiling.masked_weights(self._masks[i], weights, y)
                for name, metric in chosen:
                    metric.name = self._unique_metric_name(name, i, taken)
                    self._compile_metric_functions.append(metric)
                    layer = self.output_names[i]
                    with K.name_scope("metrics"), K.layer_scope(layer):
                        self._reports.append(
                            compiling.report(metric, self.targets[i], y, sample_weight=weights)
                        )
        self._added_reports = compiling.report_added(self._metric_values(), self._fed())
        self._reports += self._added_reports

    def _unique_metric_name(self, name: str, output: int, taken: set[str]) -> str:
        base = f"{self.output_names[output]}_{name}" if len(self.outputs) > 1 else name
        name, count = base, 0
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        return name

    @property
    def metrics(self) -> list[Any]:
        """The metrics given to `compile`, and those that `add_metric` was given."""
        if not self._is_compiled:
            return super().metrics
        return self._compile_metric_functions + [r.metric for r in self._added_reports]

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `train_on_batch` and `evaluate` return."""
        if not self._is_compiled:
            return ["loss"]
        return ["loss", *(r.metric.name for r in self._reports)]

    def reset_metrics(self) -> None:
        """Let the metrics begin anew."""
        for report in self._reports:
            report.metric.reset_states()

    # -- functions

    def _uses_dynamic_learning_phase(self) -> bool:
        """Whether the functions take the learning phase."""
        return self.uses_learning_phase and not isinstance(K.learning_phase(), int)

    def _function(
        self, inputs: list[Any], outputs: list[Any], updates: list[Any], name: str
    ) -> Any:
        # The learning phase is the one that the graph was built with, and is asked for if it
        # matters.
        phases = learning_phases([*outputs, *(value for _, value in updates)])
        kwargs = {"pool": self._pool, "name": name, **self._function_kwargs}
        return K.function(inputs + phases, outputs, updates, **kwargs)

    def _fed(self) -> list[Any]:
        return self._feed_inputs + self._feed_targets + self._feed_sample_weights

    def _make_train_function(self) -> None:
        """Make the function of a training step: loss, metrics, gradients and updates together."""
        self._need_compile()
        self._check_trainable_weights_consistency()
        if self.train_function is None:
            name = type(self.optimizer).__name__
            with no_collection(), K.name_scope("training"), K.name_scope(name):
                updates = self.optimizer.get_updates(
                    loss=self.total_loss, params=self._collected_trainable_weights
                )
            self.train_function = self._function(
                self._fed(),
                [self.total_loss, *(r.result for r in self._reports)],
                self.updates + updates + [u for r in self._reports for u in r.updates],
                "train_function",
            )

    def _make_test_function(self) -> None:
        """Make the function that returns loss and metrics of a batch."""
        self._need_compile()
        if self.test_function is None:
            self.test_function = self._function(
                self._fed(),
                [self.total_loss, *(r.result for r in self._reports)],
                self.state_updates + [u for r in self._reports for u in r.updates],
                "test_function",
            )

    def _make_predict_function(self) -> None:
        """Make the function that returns the outputs for a batch."""
        if self.predict_function is None:
            self.predict_function = self._function(
                self._feed_inputs, self.outputs, self.state_updates, "predict_function"
            )

    def _need_compile(self) -> None:
        if not self._is_compiled:
            raise RuntimeError(
                f'Model "{self.name}": compile the model before training or testing it: '
                "`model.compile(optimizer, loss)`."
            )

    def _get_callback_model(self) -> Any:
        """Return the model that callbacks see."""
        return getattr(self, "callback_model", None) or self
