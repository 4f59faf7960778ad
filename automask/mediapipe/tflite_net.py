"""A TensorFlow Lite net whose graph and metadata can be added to."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from automask.mediapipe.silence import quiet, without_pyplot

METADATA = b"TFLITE_METADATA"


class TfliteNet:
    """A TensorFlow Lite net whose graph can be added to.

    Args:
        content: Of its file.
    """

    def __init__(self, content: bytes) -> None:
        self.schema, self.metadata_schema = _schemas()
        root = self.schema.Model.GetRootAsModel(content, 0)
        self.model = self.schema.ModelT.InitFromObj(root)
        (self.graph,) = self.model.subgraphs

    def join_outputs(self, names: list[str], places: np.ndarray, last: str) -> None:
        """Put some values of some outputs into one, which then comes before another.

        Args:
            names: Of these outputs, each (1, 1, 1, N).
            places: Of the values among theirs.
            last: The other output.
        """
        fb, tensors = self.schema, self.graph.tensors
        by_name = {tensors[i].name.decode(): i for i in self.graph.outputs}
        inputs = [by_name[name] for name in names]
        length = sum(int(tensors[i].shape[-1]) for i in inputs)
        joined = self._tensor("joined", [1, 1, 1, length], fb.TensorType.FLOAT32)
        self._operator("Concatenation", inputs, joined)
        index = self._tensor("places", [len(places)], fb.TensorType.INT32, places)
        chosen = self._tensor(
            "landmarks", [1, 1, 1, len(places)], fb.TensorType.FLOAT32
        )
        self._operator("Gather", [joined, index], chosen)
        outputs, self.graph.outputs = self.graph.outputs, [chosen, by_name[last]]
        self._describe_outputs(
            [list(outputs).index(i) for i in (inputs[0], by_name[last])]
        )

    def describe_input(self, mean: float, std: float) -> None:
        """Say how 8-bit RGB becomes the one input: less ``mean``, then over ``std``."""
        fb = self.metadata_schema
        scale, unit, tensor = (
            fb.NormalizationOptionsT(),
            fb.ProcessUnitT(),
            fb.TensorMetadataT(),
        )
        scale.mean, scale.std = [mean], [std]
        unit.optionsType, unit.options = (
            fb.ProcessUnitOptions.NormalizationOptions,
            scale,
        )
        pixels, kind = fb.ImagePropertiesT(), fb.ContentT()
        pixels.colorSpace = fb.ColorSpaceType.RGB
        kind.contentPropertiesType = fb.ContentProperties.ImageProperties
        kind.contentProperties = pixels
        tensor.name, tensor.content, tensor.processUnits = "image", kind, [unit]
        graph, told = fb.SubGraphMetadataT(), fb.ModelMetadataT()
        graph.inputTensorMetadata = [tensor]
        graph.outputTensorMetadata = [fb.TensorMetadataT() for _ in self.graph.outputs]
        told.subgraphMetadata = [graph]
        entry = self.schema.MetadataT()
        entry.name, entry.buffer = METADATA, self._buffer(_packed(told, b"M001"))
        self.model.metadata = [*(self.model.metadata or []), entry]

    def packed(self) -> bytes:
        """The file's content."""
        return _packed(self.model, b"TFL3")

    def _describe_outputs(self, kept: list[int]) -> None:
        fb = self.metadata_schema
        (entry,) = (each for each in self.model.metadata if each.name == METADATA)
        buffer = self.model.buffers[entry.buffer]
        root = fb.ModelMetadata.GetRootAsModelMetadata(bytes(buffer.data), 0)
        told = fb.ModelMetadataT.InitFromObj(root)
        (graph,) = told.subgraphMetadata
        graph.outputTensorMetadata = [graph.outputTensorMetadata[i] for i in kept]
        buffer.data = np.frombuffer(_packed(told, b"M001"), np.uint8)

    def _tensor(
        self, name: str, shape: list[int], kind: int, values: np.ndarray | None = None
    ) -> int:
        tensor = self.schema.TensorT()
        tensor.name, tensor.shape, tensor.type = name, shape, kind
        tensor.buffer = self._buffer(b"" if values is None else values.tobytes())
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def _buffer(self, content: bytes) -> int:
        buffer = self.schema.BufferT()
        if content:
            buffer.data = np.frombuffer(content, np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def _operator(self, name: str, inputs: list[int], output: int) -> None:
        """Add one, along the last axis of four."""
        fb = self.schema
        code, operator = fb.OperatorCodeT(), fb.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(
            fb.BuiltinOperator, name.upper()
        )
        code.version = 1
        self.model.operatorCodes.append(code)
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType = getattr(fb.BuiltinOptions, f"{name}Options")
        operator.builtinOptions = getattr(fb, f"{name}OptionsT")()
        operator.builtinOptions.axis = 3
        self.graph.operators.append(operator)


def _schemas() -> tuple[ModuleType, ModuleType]:
    """Of TensorFlow Lite's files and of their metadata, as MediaPipe brings them."""
    with quiet(), without_pyplot():
        from mediapipe.tasks.metadata import (
            metadata_schema_py_generated,
            schema_py_generated,
        )
    return schema_py_generated, metadata_schema_py_generated


def _packed(table: Any, identifier: bytes) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(2**16)
    builder.Finish(table.Pack(builder), identifier)
    return bytes(builder.Output())
