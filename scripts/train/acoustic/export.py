"""Writes a trained network as the safetensors file that `undertone-emotion` loads."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

from frontend import FFT, FRAME, HOP, MELS, SAMPLE_RATE, SCALING, WINDOW, Scaling
from model import CLASSES, OUTPUTS, Acoustic

FORMAT = "undertone-acoustic/1"


def tensors(model: Acoustic, temperature: float = 1.0) -> dict[str, np.ndarray]:
    """The f32 tensors by file name; `temperature` divides the seven class logits."""
    out: dict[str, torch.Tensor] = {
        "stem.weight": model.stem.weight.reshape(-1, 9).T,
        "stem.bias": model.stem.bias,
    }
    for i, block in enumerate(model.blocks):
        out[f"blocks.{i}.dw.weight"] = block.depthwise.weight.reshape(-1, 9).T
        out[f"blocks.{i}.dw.bias"] = block.depthwise.bias
        out[f"blocks.{i}.pw.weight"] = block.pointwise.weight.T
        out[f"blocks.{i}.pw.bias"] = block.pointwise.bias
    out["proj.weight"], out["proj.bias"] = model.proj.weight.T, model.proj.bias
    out["att.weight"], out["att.bias"] = model.att.weight[0], model.att.bias
    out["hidden.weight"], out["hidden.bias"] = model.hidden.weight.T, model.hidden.bias
    scale = torch.ones(OUTPUTS)
    scale[: len(CLASSES)] = 1.0 / temperature
    out["out.weight"] = (model.out.weight[: len(scale)] * scale[:, None]).T
    out["out.bias"] = model.out.bias[: len(scale)] * scale
    return {k: np.ascontiguousarray(v.detach().float().numpy()) for k, v in out.items()}


def metadata(model: Acoustic, name: str, scaling: Scaling = SCALING, window: int = WINDOW) -> dict[str, str]:
    """The `__metadata__` of a weight file."""
    config = {
        "name": name,
        "sample_rate": SAMPLE_RATE,
        "window": window,
        "frame": FRAME,
        "hop": HOP,
        "fft": FFT,
        "mels": MELS,
        **asdict(scaling),
        **model.config.as_dict(),
        "classes": list(CLASSES),
    }
    return {"format": FORMAT, "config": json.dumps(config)}


def write(path: Path, arrays: dict[str, np.ndarray], meta: dict[str, str]) -> None:
    """Writes atomically: a reader sees the old file or the whole new one."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(save(arrays, metadata=meta))
    os.replace(part, path)


def export(model: Acoustic, path: Path, name: str, temperature: float = 1.0) -> None:
    """Trained model -> f16 safetensors at `path`."""
    arrays = {k: v.astype(np.float16) for k, v in tensors(model, temperature).items()}
    write(path, arrays, metadata(model, name))
