"""Models that are a stack of layers."""

from __future__ import annotations

import warnings
from typing import Any

from .. import backend as K
from ..layers import deserialize
from .base_layer import Layer
from .input_layer import Input, InputLayer
from .network import Network, known_names
from .training import Model
from .training_utils import standardize_input_data


class Sequential(Model):
    """A stack of layers, each with one input and one output.

    The shape of the input is needed once: as `input_shape` of the first layer, by
    `build(batch_input_shape)`, or from the first data. Until then the model has no weights.

    Args:
        layers: the layers, the first at the input.
        name: name.

    Example:
        >>> from kerasnb.layers import Dense
        >>> model = Sequential([Dense(8, activation="relu", input_shape=(4,)), Dense(3)])
        >>> model.output_shape, model.count_params()
        ((None, 3), 67)
    """

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self._build_input_shape: Any = None
        for layer in layers or []:
            self.add(layer)

    @property
    def layers(self) -> list[Any]:
        """The layers that were added; the entry that was made for them is not among them."""
        if self._layers and isinstance(self._layers[0], InputLayer):
            return self._layers[1:]
        return list(self._layers)

    def _sublayers(self) -> list[Any]:
        return list(self._layers)

    @property
    def model(self) -> Sequential:
        """The model itself; it was a wrapper once."""
        warnings.warn(
            "Sequential.model is a spelling of Keras 1; use the Sequential itself.", stacklevel=2
        )
        return self

    def add(self, layer: Any) -> None:
        """Put a layer on top.

        Raises:
            TypeError: if it is not a layer, or has several outputs.
        """
        if not isinstance(layer, Layer):
            kind = "the class" if isinstance(layer, type) else "the object"
            name = getattr(layer, "__name__", repr(layer))
            raise TypeError(
                f'Sequential "{self.name}": needs a Layer, made with its arguments; got {kind} '
                f"{name}. Functions go in `Activation(...)` or `Lambda(...)`."
            )
        if isinstance(layer, Network) and not layer.layers:
            raise ValueError(f'Sequential "{self.name}": got the empty model "{layer.name}".')
        node, before = None, self.outputs
        if self.outputs:
            self._set_output(layer(self.outputs[0]), layer)
            node = layer._inbound_nodes[-1] if layer not in self._layers else None
        elif not self._layers:
            self._begin_with(layer)
        if self.inputs:
            try:
                self._init_graph(self.inputs, self.outputs, node)
            except ValueError:  # two layers of one name: the stack stays as it was
                self.outputs = before
                raise
        else:
            self.built = False
            self._layers.append(layer)

    def _begin_with(self, layer: Any) -> None:
        """Make the entry, if the first layer says what it expects."""
        if isinstance(layer, InputLayer):
            self.inputs = self.outputs = [layer.output]
            return
        first = layer
        while isinstance(first, Network):
            first = first._layers[0]
        if hasattr(first, "batch_input_shape"):
            x = Input(
                batch_shape=first.batch_input_shape, dtype=first.dtype, name=f"{layer.name}_input"
            )
            self._set_output(layer(x), layer)
            self.inputs = [x]

    def _set_output(self, output: Any, layer: Any) -> None:
        if isinstance(output, list):
            raise TypeError(
                f'Sequential "{self.name}": a layer needs one output; "{layer.name}" has '
                f"{len(output)}. Use the functional API: Model(inputs=..., outputs=...)."
            )
        self.outputs = [output]

    def pop(self) -> None:
        """Take the last layer away.

        Raises:
            TypeError: if there is none.
        """
        if not self.layers:
            raise TypeError(f'Sequential "{self.name}": there is no layer to take away.')
        self._layers.pop()
        if not self.layers:
            self.inputs = self.outputs = None
            self.built = False
            self._layers = []
            self._graph = None
            self._is_graph_network = False
        elif self.outputs:
            (made_here,) = (n for n in self._layers[-1]._inbound_nodes if n in self._network_nodes)
            self._layers[-1]._outbound_nodes = []
            self.outputs = list(made_here.output_tensors)
            self._init_graph(self.inputs, self.outputs)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights.

        Args:
            input_shape: shape of the input, with samples: `(None, 784)`.
        """
        if input_shape and not self.inputs:
            shape = tuple(input_shape)
            x = Input(batch_shape=shape, dtype=K.floatx(), name=f"{self.name}_input")
            inputs = [x]
            for layer in list(self._layers):
                x = layer(x)
                self._set_output(x, layer)
            self.inputs = inputs
            self._build_input_shape = shape
            self._init_graph(self.inputs, self.outputs)

    def _set_inputs(self, inputs: Any) -> None:
        (array,) = standardize_input_data(inputs, [f"{self.name}_input"], exception_prefix="input")
        self.build((None, *array.shape[1:]))

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """Return the predictions, with a warning if they cannot be probabilities.

        Args:
            x: inputs.
            batch_size: samples at a time.
            verbose: 1 shows a progress bar.
        """
        predictions = self.predict(x, batch_size, verbose)
        if predictions.min() < 0.0 or predictions.max() > 1.0:
            warnings.warn(
                f'Sequential "{self.name}": the outputs are no probabilities: they reach from '
                f"{predictions.min():.3g} to {predictions.max():.3g}. Does the last layer lack a "
                "softmax or sigmoid?",
                stacklevel=2,
            )
        return predictions

    def predict_classes(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """Return the number of the likeliest class for each sample.

        With one output, 1 where it is above 0.5.

        Args:
            x: inputs.
            batch_size: samples at a time.
            verbose: 1 shows a progress bar.
        """
        predictions = self.predict(x, batch_size, verbose)
        if predictions.shape[-1] > 1:
            return predictions.argmax(axis=-1)
        return (predictions > 0.5).astype("int32")

    def get_config(self) -> dict[str, Any]:
        """Return the layers' classes and configs."""
        config: dict[str, Any] = {
            "name": self.name,
            "layers": [
                {"class_name": type(layer).__name__, "config": layer.get_config()}
                for layer in self.layers
            ],
        }
        if self._build_input_shape:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """Make a model from what `get_config` returned; the weights are new.

        Args:
            config: the config, or the plain list of layers that Keras wrote before 2.2.3.
            custom_objects: names of one's own classes and functions.
        """
        if isinstance(config, list):
            config = {"layers": config}
        names = known_names(custom_objects)
        model = cls(name=config.get("name"))
        for described in config["layers"]:
            model.add(deserialize(described, custom_objects=names))
        if not model.inputs and config.get("build_input_shape"):
            model.build(config["build_input_shape"])
        return model
