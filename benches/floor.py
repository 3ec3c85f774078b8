"""FLOPs and bytes of the models, and what a card could do at best: the tables of GPU.md.

    python floor.py

Shapes are read from models/; a multiplication and an addition are two FLOPs.
"""

import json
import struct
from math import ceil
from pathlib import Path

MODELS = Path(__file__).resolve().parents[1] / "models"
# NVIDIA H100 SXM, data sheet: dense FLOP/s of its tensor cores in bf16 and of its plain
# f32 units, bytes a second of its memory.
TENSOR, PLAIN, MEMORY = 989e12, 67e12, 3.35e12
# A kernel cannot start sooner after the one before it.
LAUNCH = 4e-6
# Windows a second that a two-lane call has judged (audio-fixtures, README.md).
WINDOWS = 3.4


def config(name):
    """The config in a weights file's header."""
    with open(MODELS / f"{name}.safetensors", "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(json.loads(file.read(length))["__metadata__"]["config"])


def acoustic():
    """(FLOPs, bytes moved by fused kernels, bytes moved by candle's, launches) of one look."""
    c = config("tone-open")
    frames, mels = (c["window"] - c["frame"]) // c["hop"] + 1, c["mels"]
    height, width, channels = ceil(frames / 2), ceil(mels / 2), c["stem"]
    numbers, weights = frames * mels + height * width * channels, 10 * channels
    convolved = height * width * channels
    flops = 18 * convolved
    for out, stride in c["blocks"]:
        height, width = ceil(height / stride), ceil(width / stride)
        positions = height * width
        flops += positions * (18 * channels + 2 * channels * out)
        convolved += positions * channels
        numbers += positions * (channels + out)
        weights += 10 * channels + (channels + 1) * out
        channels = out
    flat = width * channels
    flops += height * 2 * flat * c["proj"] + 4 * c["proj"] * c["hidden"]
    numbers += height * c["proj"]
    weights += (flat + 1) * c["proj"] + (2 * c["proj"] + 10) * c["hidden"]
    # Written once and read once, in f16. candle's path makes nine shifted copies of what a
    # convolution sees, multiplies each and adds it up: seven passes a tap.
    fused = 2 * 2 * numbers
    plain = fused + 2 * 9 * 7 * convolved
    launches = (len(c["blocks"]) + 1) * (9 * 4 + 8) + (len(c["blocks"]) + 3) * 4 + 20
    return flops, fused, plain, launches, 2 * weights


def text(tokens=22):
    """(FLOPs, bytes of weights in f32) of one input of so many word pieces."""
    c = config("text-emotion")
    width, layers, inner = (c[name] for name in ("width", "layers", "inner"))
    weights = layers * (4 * width * width + 2 * width * inner)
    return 2 * tokens * weights + layers * 4 * tokens * tokens * width, 4 * weights


def whisper(width, layers, seconds=5):
    """(FLOPs of encoder, of decoder, bytes a token) of a segment, as Undertone runs it."""
    positions = min(1500, ceil(max(50 * seconds + 128, 384) / 64) * 64)
    tokens = 10 * seconds + 16
    layer = 2 * positions * 12 * width * width + 4 * positions**2 * width
    front = 2 * 2 * positions * 80 * 3 * width + 2 * positions * 3 * width * width
    encoder = front + layers * layer
    decoder_weights = layers * 14 * width * width + 51_864 * width
    cross = layers * 2 * 2 * positions * width * width
    return encoder, cross + tokens * 2 * decoder_weights, 2 * decoder_weights, tokens


def main():
    flops, fused, plain, launches, weights = acoustic()
    print(f"acoustic, one look: {flops / 1e6:.1f} MFLOP, {fused / 1e6:.2f} MB if fused, "
          f"{plain / 1e6:.1f} MB in candle's operations, {launches} launches, {weights / 1e6:.2f} MB of weights")
    limit = max(flops / TENSOR, fused / MEMORY)
    print(f"  limit {limit * 1e6:.2f} us a look, {1 / (2 * limit * WINDOWS):,.0f} calls")
    for batch in (1, 32, 256):
        time = max(launches * LAUNCH, 2 * batch * max(flops / PLAIN, plain / MEMORY))
        windows = batch / time
        print(f"  candle, batch {batch:>3} of both looks: {time * 1e3:.2f} ms, "
              f"{windows / WINDOWS:,.0f} calls, {2 * limit * windows:.1%} of the limit")
    flops, weights = text()
    print(f"text, 22 pieces: {flops / 1e6:.0f} MFLOP, {weights / 1e6:.1f} MB of weights: "
          f"limit {max(flops / PLAIN, weights / MEMORY) * 1e6:.0f} us alone")
    for name, width, layers in (("tiny", 384, 4), ("base", 512, 6), ("small", 768, 12)):
        encoder, decoder, token, tokens = whisper(width, layers)
        time = encoder / TENSOR + tokens * token / MEMORY
        print(f"whisper {name}, 5 s: encoder {encoder / 1e9:.1f} GFLOP, decoder {decoder / 1e9:.2f} GFLOP "
              f"in {tokens} tokens of {token / 1e6:.0f} MB: limit {time * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
