"""whisper.cpp's model file, as its models/convert-pt-to-ggml.py lays it out."""

import pathlib
import struct
from collections.abc import Callable

import numpy as np

import features
import text

MAGIC = 0x67676D6C
F32, F16, Q4_0, Q8_0 = 0, 1, 2, 8
# In the file type, the quantisation's version counts in thousands.
QUANTISATION_VERSION = 2


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


def q8_0(weight: np.ndarray) -> bytes:
    """Blocks of 32 numbers: an f16 scale, then 32 signed bytes."""
    blocks = weight.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(1, keepdims=True) / 127
    levels = np.round(np.divide(blocks, scale, out=np.zeros_like(blocks), where=scale != 0))
    packed = [scale.astype(np.float16).view(np.uint8), levels.astype(np.int8).view(np.uint8)]
    return np.concatenate(packed, 1).tobytes()


def f16(weight: np.ndarray) -> bytes:
    """Half precision."""
    return weight.astype("<f2").tobytes()


# How the matrices are stored: the type of a tensor, that of the file, the bytes.
Matrices = tuple[int, int, Callable[[np.ndarray], bytes]]
HALF: Matrices = (F16, 1, f16)
EIGHT_BITS: Matrices = (Q8_0, 1000 * QUANTISATION_VERSION + 7, q8_0)
FOUR_BITS: Matrices = (Q4_0, 1000 * QUANTISATION_VERSION + 2, q4_0)


def write(path: pathlib.Path, sizes: list[int], state: dict[str, np.ndarray], matrices: Matrices) -> None:
    """Writes the tensors `state`, named as in openai-whisper. `sizes`: vocabulary,
    audio context, width, heads and layers of the encoder, text context, width,
    heads and layers of the decoder, mel bands."""
    with open(path, "wb") as file:
        file.write(struct.pack("<12i", MAGIC, *sizes, matrices[1]))
        filters = features.mel_filters()
        file.write(struct.pack("<2i", *filters.shape))
        file.write(filters.astype("<f4").tobytes())
        tokens = sorted(text.ranks(), key=text.ranks().get)
        file.write(struct.pack("<i", len(tokens)))
        for token in tokens:
            file.write(struct.pack("<i", len(token)) + token)
        for name, value in state.items():
            tensor(file, name, value, matrices)
    print(f"{path}: {path.stat().st_size} bytes")


def tensor(file, name: str, value: np.ndarray, matrices: Matrices) -> None:
    """Writes one tensor with its header."""
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        value = value[:, None]
    if value.ndim == 3:
        kind, data = F16, f16(value)
    elif value.ndim == 2 and "positional" not in name and value.shape[1] > 1:
        kind, data = matrices[0], matrices[2](value)
    else:
        kind, data = F32, value.astype("<f4").tobytes()
    encoded = name.encode()
    file.write(struct.pack("<3i", value.ndim, len(encoded), kind))
    file.write(struct.pack(f"<{value.ndim}i", *reversed(value.shape)))
    file.write(encoded + data)
