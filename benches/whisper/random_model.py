"""A Whisper with random weights of a published size: speed does not depend on what it knows.

    python random_model.py tiny.en|base.en|small.en FILE.bin

Needs nothing but Python, so that it runs where there is no network. The words of
models/whisper-fixture.bin's vocabulary are used, as every English Whisper has them.
"""

import random
import struct
import sys
from pathlib import Path

FIXTURE = Path(__file__).resolve().parents[2] / "models/whisper-fixture.bin"
# Width, heads and layers, of the encoder and of the decoder alike.
SIZES = {"tiny.en": (384, 6, 4), "base.en": (512, 8, 6), "small.en": (768, 12, 12)}
F32, F16 = 0, 1
# Half-precision numbers within ±0.05, laid end to end until a tensor is full.
random.seed(1)
NOISE = b"".join(struct.pack("<e", random.uniform(-0.05, 0.05)) for _ in range(1 << 16))


def head():
    """Mel filters and vocabulary of the fixture, and its number of tokens."""
    data = FIXTURE.read_bytes()
    tokens = struct.unpack_from("<i", data, 4)[0]
    at = 48
    bands, bins = struct.unpack_from("<2i", data, at)
    at += 8 + 4 * bands * bins
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        at += 4 + struct.unpack_from("<i", data, at)[0]
    return data[48:at], tokens


def tensor(file, name, *shape, value=None):
    """One tensor: all `value` in 32 bits, or noise in 16. `shape` is outermost first."""
    count = 1
    for size in shape:
        count *= size
    if value is None:
        kind, data = F16, (NOISE * (2 * count // len(NOISE) + 1))[: 2 * count]
    else:
        kind, data = F32, struct.pack("<f", value) * count
    file.write(struct.pack("<3i", len(shape), len(name), kind))
    file.write(struct.pack(f"<{len(shape)}i", *reversed(shape)))
    file.write(name.encode() + data)


def linear(file, name, to, of, bias=True):
    """A matrix and its bias."""
    tensor(file, f"{name}.weight", to, of)
    if bias:
        tensor(file, f"{name}.bias", to, value=0.0)


def norm(file, name, width):
    """A layer normalisation that changes nothing."""
    tensor(file, f"{name}.weight", width, value=1.0)
    tensor(file, f"{name}.bias", width, value=0.0)


def block(file, name, width, attentions):
    """One transformer layer."""
    for attention in attentions:
        norm(file, f"{name}.{attention}_ln", width)
        for part in ("query", "key", "value", "out"):
            linear(file, f"{name}.{attention}.{part}", width, width, bias=part != "key")
    norm(file, f"{name}.mlp_ln", width)
    linear(file, f"{name}.mlp.0", 4 * width, width)
    linear(file, f"{name}.mlp.2", width, 4 * width)


def write(path, width, heads, layers):
    """The whole file, as whisper.cpp reads it."""
    words, tokens = head()
    with open(path, "wb") as file:
        sizes = (tokens, 1500, width, heads, layers, 448, width, heads, layers, 80, 1)
        file.write(struct.pack("<12i", 0x67676D6C, *sizes))
        file.write(words)
        tensor(file, "encoder.positional_embedding", 1500, width, value=0.01)
        tensor(file, "encoder.conv1.weight", width, 80, 3)
        tensor(file, "encoder.conv1.bias", width, 1, value=0.0)
        tensor(file, "encoder.conv2.weight", width, width, 3)
        tensor(file, "encoder.conv2.bias", width, 1, value=0.0)
        for layer in range(layers):
            block(file, f"encoder.blocks.{layer}", width, ["attn"])
        norm(file, "encoder.ln_post", width)
        tensor(file, "decoder.positional_embedding", 448, width, value=0.01)
        tensor(file, "decoder.token_embedding.weight", tokens, width)
        for layer in range(layers):
            block(file, f"decoder.blocks.{layer}", width, ["attn", "cross_attn"])
        norm(file, "decoder.ln", width)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in SIZES:
        sys.exit(__doc__)
    write(sys.argv[2], *SIZES[sys.argv[1]])
