"""The callback that writes what TensorBoard shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import backend as K
from ..utils.io_utils import atomic_write
from .base import Remembering
from .event_file import EventFile, Histogram, field, image, scalar, summary

_MOST_IMAGES = 3  # of one weight


class TensorBoard(Remembering):
    """Write curves, histograms, images, the graph and embeddings for TensorBoard.

    Look at them with `tensorboard --logdir=logs` (`pip install tensorboard`).

    Args:
        log_dir: folder for the files.
        histogram_freq: number of epochs from one histogram of all weights and layers' outputs to
            the next; 0 for none. It needs `validation_data` as arrays, or `validation_split`.
        batch_size: samples at a time, for the outputs.
        write_graph: whether the graph of layers is written.
        write_grads: whether there are histograms of gradients too.
        write_images: whether weights are also shown as images.
        embeddings_freq: number of epochs from one time to the next that `embeddings_data` is
            sent through the model, and what layers make of it is written; 0 for never.
        embeddings_layer_names: names of these layers; by default all `Embedding` layers.
        embeddings_metadata: file with the names of the samples, or a dictionary of them by layer.
        embeddings_data: the model's inputs for that.
        update_freq: "epoch", "batch", or a number of samples: how often curves get a point.
    """

    _memory = ("samples_seen", "samples_seen_at_last_write")

    def __init__(
        self,
        log_dir: Any = "./logs",
        histogram_freq: int = 0,
        batch_size: int = 32,
        write_graph: bool = True,
        write_grads: bool = False,
        write_images: bool = False,
        embeddings_freq: int = 0,
        embeddings_layer_names: Any = None,
        embeddings_metadata: Any = None,
        embeddings_data: Any = None,
        update_freq: Any = "epoch",
    ) -> None:
        self.log_dir = log_dir
        self.histogram_freq = histogram_freq
        self.batch_size = batch_size
        self.write_graph = write_graph
        self.write_grads = write_grads
        self.write_images = write_images
        self.embeddings_freq = embeddings_freq
        self.embeddings_layer_names = embeddings_layer_names
        self.embeddings_metadata = embeddings_metadata
        self.embeddings_data = embeddings_data
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.samples_seen = 0
        self.samples_seen_at_last_write = 0
        self.writer: EventFile | None = None

    def set_model(self, model: Any) -> None:
        """Take note of the model."""
        super().set_model(model)
        self._probe: Any = None
        self._embedder: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin a file with the graph."""
        if self.histogram_freq and not self.validation_data:
            raise ValueError(
                "TensorBoard: histogram_freq needs validation_data, as arrays, or validation_split."
            )
        if self.embeddings_freq and self.embeddings_data is None:
            raise ValueError("TensorBoard: embeddings_freq needs embeddings_data.")
        self.writer = EventFile(self.log_dir)
        if self.write_graph and self.model._is_graph_network:
            graph = b"".join(field(1, node) for node in _graph_nodes(self.model))
            self.writer.write(field(4, graph + field(4, field(1, 22))))

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count samples, and write results if it is time."""
        if self.update_freq == "epoch":
            return
        logs = logs or {}
        self.samples_seen += logs.get("size", 1)
        if self.samples_seen - self.samples_seen_at_last_write >= self.update_freq:
            self._write_logs(logs, self.samples_seen)
            self.samples_seen_at_last_write = self.samples_seen

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write results, and what else it is time for."""
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write([*self._weights(), *self._outputs_and_gradients()], epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        self._write_logs(logs or {}, epoch if self.update_freq == "epoch" else self.samples_seen)

    def _write(self, values: list[bytes], step: int) -> None:
        if values and self.writer is not None:
            self.writer.write(summary(values), step)

    def _write_logs(self, logs: dict[str, Any], step: int) -> None:
        named = [(name, v) for name, v in logs.items() if name not in ("batch", "size")]
        self._write([scalar(name, float(v)) for name, v in named if np.size(v) == 1], step)

    # -- histograms and images

    def _weights(self) -> Iterator[bytes]:
        for layer in self.model.layers:
            for weight in layer.weights:
                tag, value = weight.name.replace(":", "_"), K.get_value(weight)
                counts = Histogram()
                counts.add(value)
                yield counts.value(tag)
                if self.write_images:
                    yield from _images(tag, np.squeeze(value))

    def _outputs_and_gradients(self) -> list[bytes]:
        """Return histograms of what layers give for the validation data, and of gradients on it."""
        model = self.model
        if self._probe is None:
            outputs = dict(_named_outputs(model))
            weights = model._collected_trainable_weights if self.write_grads else []
            grads = model.optimizer.get_gradients(model.total_loss, weights) if weights else []
            self._names = [*outputs, *(f"{w.name.replace(':', '_')}_grad" for w in weights)]
            self._outputs = len(outputs)
            self._probe = model._function([*model._fed()], [*outputs.values(), *grads], [], "probe")
        fed = len(model._fed())
        phase = [0] * (len(self._probe.inputs) - fed)
        samples = len(self.validation_data[0])
        histograms = [Histogram() for _ in self._names]
        sums: list[Any] = [0.0] * (len(self._names) - self._outputs)
        for start in range(0, samples, self.batch_size):
            rows = slice(start, min(start + self.batch_size, samples))
            values = self._probe([a[rows] for a in self.validation_data[:fed]] + phase)
            for counts, value in zip(histograms, values[: self._outputs], strict=False):
                counts.add(value)
            share = (rows.stop - start) / samples
            grads = values[self._outputs :]
            sums = [total + share * g for total, g in zip(sums, grads, strict=True)]
        for counts, value in zip(histograms[self._outputs :], sums, strict=True):
            counts.add(value)
        return [c.value(name) for c, name in zip(histograms, self._names, strict=True)]

    # -- embeddings

    def _write_embeddings(self) -> None:
        """Write what layers make of the data as tables, and which there are."""
        if self._embedder is None:
            names = self.embeddings_layer_names or [
                layer.name for layer in self.model.layers if type(layer).__name__ == "Embedding"
            ]
            layers = [self.model.get_layer(name) for name in names]
            self._embedded = names
            self._embedder = self.model._function(
                self.model._feed_inputs, [layer.output for layer in layers], [], "embedder"
            )
            self._write_projector_config(names)
        data, _, _ = self.model._standardize_user_data(self.embeddings_data)
        phase = [0] * (len(self._embedder.inputs) - len(data))
        parts = [
            self._embedder([a[i : i + self.batch_size] for a in data] + phase)
            for i in range(0, len(data[0]), self.batch_size)
        ]
        for name, arrays in zip(self._embedded, zip(*parts, strict=True), strict=True):
            table = np.concatenate(arrays)
            with atomic_write(Path(self.log_dir, f"{name}_embedding.tsv")) as path:
                np.savetxt(path, table.reshape(len(table), -1), "%.8g", delimiter="\t")

    def _write_projector_config(self, names: list[str]) -> None:
        metadata = self.embeddings_metadata
        if not isinstance(metadata, dict):
            metadata = dict.fromkeys(names, metadata) if metadata is not None else {}
        text = ""
        for name in names:
            text += f'embeddings {{\n  tensor_name: "{name}_embedding"\n'
            text += f'  tensor_path: "{name}_embedding.tsv"\n'
            if name in metadata:
                text += f'  metadata_path: "{metadata[name]}"\n'
            text += "}\n"
        folder = Path(self.log_dir)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "projector_config.pbtxt").write_text(text, "utf-8")


def _named_outputs(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield the outputs of layers by the names of their histograms."""
    for layer in model.layers if model._is_graph_network else []:
        nodes = [node for node in layer._inbound_nodes if node in model._network_nodes]
        if len(nodes) > 1:
            continue  # as `layer.output`, there is no such thing
        outputs = nodes[0].output_tensors
        for number, output in enumerate(outputs):
            yield f"{layer.name}_out" + (f"_{number}" if len(outputs) > 1 else ""), output


def _images(tag: str, value: np.ndarray) -> Iterator[bytes]:
    """Yield a matrix, a vector, or the filters of a convolution as images."""
    if value.ndim == 2:
        value = value.T if value.shape[0] > value.shape[1] else value
        value = value[None, :, :, None]
    elif value.ndim == 3:
        last = K.image_data_format() == "channels_last"
        value = (np.moveaxis(value, -1, 0) if last else value)[..., None]
    elif value.ndim == 1:
        value = value[None, None, :, None]  # a row: TensorBoard makes a column as long as a page
    else:
        return
    for number, pixels in enumerate(value[:_MOST_IMAGES]):
        yield image(f"{tag}/image" + (f"/{number}" if len(value) > 1 else ""), _gray(pixels))


def _gray(pixels: np.ndarray) -> np.ndarray:
    """Return numbers as bytes: 0 is black, or in the middle if there are negative ones."""
    pixels = np.where(np.isfinite(pixels), pixels, 0)
    most = np.abs(pixels).max(initial=0) or 1
    gray = pixels / most * 127 + 128 if pixels.min(initial=0) < 0 else pixels / most * 255
    return gray.astype(np.uint8)


# -- the graph


def _graph_nodes(model: Any, scope: str = "", fed: Any = None) -> Iterator[bytes]:
    """Yield a NodeDef for each layer; those of a model within it are in its scope.

    Args:
        model: a model that is a graph of layers.
        scope: what goes before the names.
        fed: for an inner model, the names of what its inputs are given.
    """
    calls: dict[Any, list[Any]] = {}
    for node in model._graph.ordered_nodes():
        calls.setdefault(node.outbound_layer, []).append(node)
    for layer, nodes in calls.items():
        name = scope + layer.name
        inputs = [_place(x, scope) for node in nodes for x in node.input_tensors]
        if getattr(layer, "_is_graph_network", False):
            count = len(layer.inputs)
            given = {x: inputs[i::count] for i, x in enumerate(layer.inputs)}
            yield from _graph_nodes(layer, f"{name}/", given)
            continue
        outputs = nodes[0].output_tensors
        if fed is not None and not nodes[0].inbound_layers:
            inputs = fed.get(outputs[0], [])
        elif not nodes[0].inbound_layers:
            inputs = []
        shapes = b"".join(field(7, _shape(K.int_shape(x))) for x in outputs)
        attribute = field(1, "_output_shapes") + field(2, field(1, shapes))
        yield b"".join([
            field(1, name),
            field(2, type(layer).__name__),
            *(field(3, i) for i in dict.fromkeys(inputs)),
            field(5, attribute),
        ])  # fmt: skip


def _place(x: Any, scope: str) -> str:
    """Return the name of the layer that has made a tensor."""
    layer, _, index = x._keras_history
    name = scope + layer.name
    if getattr(layer, "_is_graph_network", False):
        return _place(layer.outputs[index], f"{name}/")
    return name


def _shape(shape: Any) -> bytes:
    return b"".join(field(2, field(1, -1 if n is None else int(n))) for n in shape)
