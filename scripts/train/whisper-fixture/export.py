"""Writes a trained model as whisper.cpp's ggml file.

    python export.py fixture.pt ../../../models/whisper-fixture.bin

The layout is that of whisper.cpp's models/convert-pt-to-ggml.py; matrices are
stored in q4_0 as its quantize example does.
"""

import argparse
import pathlib
import struct

import numpy as np
import torch

import features
import text
from model import VOCABULARY, Whisper
from train import load

MAGIC = 0x67676D6C
# Two bits of history: quantisation version 2 in the thousands, q4_0 is file type 2.
FILE_TYPE = 2 * 1000 + 2
F32, F16, Q4_0 = 0, 1, 2


def q4_0(weight: np.ndarray) -> bytes:
    """Blocks of 32 numbers: an f16 scale, then 16 bytes of two numbers each."""
    blocks = weight.astype(np.float32).reshape(-1, 32)
    peak = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    scale = (peak / -8).astype(np.float16)
    wide = scale.astype(np.float32)
    inverse = np.divide(1, wide, out=np.zeros_like(wide), where=wide != 0)
    levels = np.clip(np.floor(blocks * inverse + 8.5), 0, 15).astype(np.uint8)
    packed = levels[:, :16] | levels[:, 16:] << 4
    return np.concatenate([scale.view(np.uint8), packed], 1).tobytes()


def tensors(model: Whisper) -> dict[str, np.ndarray]:
    """The tensors of the file, the embedding over the whole vocabulary."""
    state = {name: value.float().numpy() for name, value in model.state_dict().items()}
    state = {name: value for name, value in state.items() if not name.startswith("phonemes")}
    rows = state["decoder.token_embedding.weight"]
    words = np.repeat(rows[-1:], VOCABULARY, 0)
    words[model.used] = rows[:-1]
    state["decoder.token_embedding.weight"] = words
    return state


def write(model: Whisper, path: pathlib.Path) -> None:
    """Writes the file."""
    config = model.config
    with open(path, "wb") as file:
        sizes = [VOCABULARY, config.audio_context, config.width, config.heads, config.audio_layers]
        sizes += [config.text_context, config.width, config.heads, config.text_layers, config.mels]
        file.write(struct.pack("<12i", MAGIC, *sizes, FILE_TYPE))
        filters = features.mel_filters()
        file.write(struct.pack("<2i", *filters.shape))
        file.write(filters.astype("<f4").tobytes())
        tokens = sorted(text.ranks(), key=text.ranks().get)
        file.write(struct.pack("<i", len(tokens)))
        for token in tokens:
            file.write(struct.pack("<i", len(token)) + token)
        for name, value in tensors(model).items():
            tensor(file, name, value)
    print(f"{path}: {path.stat().st_size} bytes")


def tensor(file, name: str, value: np.ndarray) -> None:
    """Writes one tensor with its header."""
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        value = value[:, None]
    if value.ndim == 3:
        kind, data = F16, value.astype("<f2").tobytes()
    elif value.ndim == 2 and "positional" not in name and value.shape[1] > 1:
        kind, data = Q4_0, q4_0(value)
    else:
        kind, data = F32, value.astype("<f4").tobytes()
    encoded = name.encode()
    file.write(struct.pack("<3i", value.ndim, len(encoded), kind))
    file.write(struct.pack(f"<{value.ndim}i", *reversed(value.shape)))
    file.write(encoded + data)


def main() -> None:
    """Converts one model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    used = torch.load(args.model, weights_only=False)["used"]
    write(load(args.model, used), args.out)


if __name__ == "__main__":
    main()
