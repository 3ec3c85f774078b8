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
from data import Corpus
from model import END, NO_SPEECH, NO_TIMESTAMPS, START, Linear, Whisper
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
def transcribe(model: Whisper, audio: np.ndarray) -> str:
    """The words of one utterance, padded as undertone-transcribe pads."""
    positions = -(-max(384, len(audio) * 50 // 16_000 + 129) // 64) * 64
    padded = np.pad(audio.astype(np.float32) / 32768, (3200, 3200))
    memory = model.encoder(features.log_mel(torch.from_numpy(padded)[None], positions))
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
    model = load(args.model, torch.load(args.model, weights_only=False)["used"]).eval()
    Linear.quantised = True
    corpus = Corpus(args.data).refresh()
    wrong = words = 0
    for index in range(min(args.count, len(corpus.audio))):
        said = sentences.plain(corpus.texts[index]).split()
        heard = transcribe(model, corpus.audio[index])
        wrong += errors(said, sentences.plain(heard).split())
        words += len(said)
        if index < 12:
            print(f"{corpus.texts[index]}\n    {heard}")
    print(f"word error rate {100 * wrong / words:.1f} % of {words} words")


if __name__ == "__main__":
    main()
