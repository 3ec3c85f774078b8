"""Writes a trained model as whisper.cpp's ggml file, its matrices in q4_0.

    python export.py fixture.pt ../../../models/whisper-fixture.bin
"""

import argparse
import pathlib

import numpy as np

import ggml
from model import VOCABULARY, Whisper
from train import load


def tensors(model: Whisper) -> dict[str, np.ndarray]:
    """The tensors of the file, the embedding over the whole vocabulary."""
    state = {name: value.float().numpy() for name, value in model.state_dict().items()}
    state = {name: value for name, value in state.items() if not name.startswith("phonemes")}
    rows = state["decoder.token_embedding.weight"]
    words = np.repeat(rows[-1:], VOCABULARY, 0)
    words[model.used] = rows[:-1]
    state["decoder.token_embedding.weight"] = words
    return state


def main() -> None:
    """Converts one model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    model, _ = load(args.model)
    config = model.config
    sizes = [VOCABULARY, config.audio_context, config.width, config.heads, config.audio_layers]
    sizes += [config.text_context, config.width, config.heads, config.text_layers, config.mels]
    ggml.write(args.out, sizes, tensors(model), ggml.FOUR_BITS)


if __name__ == "__main__":
    main()
