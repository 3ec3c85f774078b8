"""Word error rate of a trained model on shards, in PyTorch.

    python evaluate.py fixture.pt HELD_OUT [--count 100]

Decodes greedily with 4-bit weights. The figures in the model card are measured
through whisper.cpp, with `undertone eval asr`; this one is for while it trains.
"""

import argparse
import pathlib

import numpy as np
import torch

import features
import sentences
import text
from data import SILENCE
from model import END, NO_SPEECH, NO_TIMESTAMPS, START, Linear, Whisper
from pool import Pool
from train import load


def errors(said: list[str], heard: list[str]) -> int:
    """Words to insert, delete or replace to get from one to the other."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        above, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (word != other))
    return row[-1]


@torch.no_grad()
def transcribe(model: Whisper, mel: np.ndarray) -> str:
    """The words of one utterance, padded as undertone-transcribe pads."""
    lead = 20
    positions = -(-max(384, len(mel) // 2 + lead + 128) // 64) * 64
    padded = np.full((2 * positions, features.MELS), SILENCE, np.float32)
    padded[lead : lead + len(mel)] = mel
    memory = model.encoder(features.normalised(torch.from_numpy(padded).T[None]))
    rows = {token: row for row, token in enumerate(model.used)}
    given = [rows[START], rows[NO_TIMESTAMPS]]
    never = torch.tensor([rows[START], rows[NO_SPEECH], rows[NO_TIMESTAMPS], len(rows)])
    for _ in range(60):
        logits = model.logits(torch.tensor([given]), memory)[0, -1]
        logits[never] = -torch.inf
        best = int(logits.argmax())
        if model.used[best] == END:
            break
        given.append(best)
    return text.ENCODING.decode([model.used[row] for row in given[2:]])


def main() -> None:
    """Prints the word error rate and some examples."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path, nargs="+")
    parser.add_argument("--count", type=int, default=60)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, names = load(args.model)
    model.eval()
    Linear.quantised = True
    pool = Pool(args.data, names).refresh()
    wrong = words = 0
    for index, one in enumerate(pool.all[: args.count]):
        said = sentences.plain(pool.texts[index]).split()
        heard = transcribe(model, one.mel.astype(np.float32))
        wrong += errors(said, sentences.plain(heard).split())
        words += len(said)
        if index < 12:
            print(f"{pool.texts[index]}\n    {heard}")
    print(f"word error rate {100 * wrong / words:.1f} % of {words} words")


if __name__ == "__main__":
    main()
