"""Reads the first layers of YAMNet (Apache-2.0) out of its quantised TFLite file as floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter

from model import Acoustic


class Layers:
    """Float tensors of a YAMNet TFLite file; batch norms are folded into weights and biases."""

    def __init__(self, path: Path) -> None:
        self.interpreter = Interpreter(str(path))
        self.details = self.interpreter.get_tensor_details()

    def tensor(self, layer: int, kind: str, ndim: int) -> torch.Tensor:
        """`kind`: conv, depthwise_conv or pointwise_conv; ndim 4 is the weight, 1 the bias."""
        prefix = f"yamnet_frames/layer{layer}/{kind}/"
        for detail in self.details:
            name, shape = detail["name"], detail["shape"]
            constant = ndim == 1 or "relu" not in name
            if name.startswith(prefix) and len(shape) == ndim and constant:
                value = self.interpreter.get_tensor(detail["index"]).astype(np.float32)
                scales = detail["quantization_parameters"]["scales"]
                return torch.from_numpy(value * scales[0] if len(scales) else value)
        raise ValueError(f"no tensor {prefix} with {ndim} dimensions")


def initialise(model: Acoustic, path: Path) -> None:
    """Copies YAMNet's stem and as many blocks as `model` has; channel counts must agree."""
    layers = Layers(path)
    with torch.no_grad():
        model.stem.weight.copy_(layers.tensor(1, "conv", 4).permute(0, 3, 1, 2))
        model.stem.bias.copy_(layers.tensor(1, "conv", 1))
        for i, block in enumerate(model.blocks, start=2):
            block.depthwise.weight.copy_(layers.tensor(i, "depthwise_conv", 4).permute(3, 0, 1, 2))
            block.depthwise.bias.copy_(layers.tensor(i, "depthwise_conv", 1))
            block.pointwise.weight.copy_(layers.tensor(i, "pointwise_conv", 4)[:, 0, 0])
            block.pointwise.bias.copy_(layers.tensor(i, "pointwise_conv", 1))
