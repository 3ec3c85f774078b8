"""A bank of disturbed training windows, carried through the frozen layers once.

    python bank.py --cache DIR [corpus ...]

The first layers keep YAMNet's values, so their output for a window never changes; computing it
once more than halves the time of every later run. One folder file a corpus: `<name>.npy`
[N, 128, 50, 12] f16 (stored channels last) and `<name>.targets.npz`.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import yamnet
from corpora import RESEARCH
from features import cached, data_dir
from model import Acoustic
from windows import Corpus, Sampler

SIZES = {"emodb": 7_000, "ravdess": 12_000, "nemo": 8_000, "emogator": 5_000, "picovoice": 3_000}
GENTLE = {"emodb": 3_400, "ravdess": 7_200}
"""Banks for refitting within one corpus, stored as `<name>-gentle`."""
BURSTS = ("amusement", "anger", "disappointment", "disgust", "distress", "fear", "neutral", "sadness")


def fill(cache: Path, corpus_name: str, gentle: bool) -> str:
    """Draws windows of one corpus and stores the frozen layers' output, if it is not there yet."""
    name = corpus_name + ("-gentle" if gentle else "")
    path = cache / f"{name}.bank.npy"
    if path.exists():
        return name
    data, count = data_dir(), (GENTLE if gentle else SIZES)[corpus_name]
    corpus = Corpus(data, cache, corpus_name)
    torch.set_num_threads(1)
    model = Acoustic().eval()
    yamnet.initialise(model, data / "pretrained" / "yamnet.tflite")
    talk = cached(cache, "picovoice")["clean"]
    sampler = Sampler(corpus, cached(cache, "noise")["clean"], talk, len(name), gentle)
    store, parts = None, []
    part = cache / f"{name}.bank.part.npy"
    for start in range(0, count, 40):
        batch = sampler.batch(min(40, count - start))
        with torch.no_grad():
            front = model.front(batch.log_mel).permute(0, 2, 3, 1).half().numpy()
        if store is None:
            store = np.lib.format.open_memmap(part, "w+", np.float16, (count, *front.shape[1:]))
        store[start : start + len(front)] = front
        parts.append((batch.classes, batch.affect, batch.clips))
    store.flush()
    classes, affect, clips = (np.concatenate(p) for p in zip(*parts))
    np.savez(cache / f"{name}.targets.npz", classes=classes, affect=affect, clips=clips)
    part.rename(path)
    return name


class Bank:
    """Stored windows of several corpora; draws corpus by share, class evenly, label evenly."""

    def __init__(
        self,
        corpora: dict[str, Corpus],
        cache: Path,
        shares: dict[str, float],
        exclude: frozenset[str],
        seed: int,
        gentle: bool = False,
    ) -> None:
        """`shares`: how often each corpus is drawn; `exclude`: speakers that must not be heard;
        `gentle`: the banks for refitting within one corpus."""
        self.rng = np.random.default_rng(seed)
        self.names = list(shares)
        self.share = np.array([shares[n] for n in self.names]) / sum(shares.values())
        suffix = "-gentle" if gentle else ""
        self.stores = {n: np.load(cache / f"{n}{suffix}.bank.npy", mmap_mode="r") for n in self.names}
        self.targets = {n: cached(cache, f"{n}{suffix}.targets") for n in self.names}
        self.groups: dict[str, list[list[np.ndarray]]] = {}
        self.labels: dict[str, np.ndarray] = {}
        for name in self.names:
            infos = [corpora[name].clips[i] for i in self.targets[name]["clips"]]
            labels = self.labels[name] = np.array([c.label for c in infos])
            allowed = np.array([c.speaker not in exclude for c in infos])
            target = np.array([c.target for c in infos])
            self.groups[name] = [
                [np.flatnonzero(allowed & (labels == x)) for x in np.unique(labels[allowed & (target == t)])]
                for t in np.unique(target[allowed])
            ]

    def batch(self, size: int) -> tuple[Tensor, Tensor, Tensor, list[tuple[str, str]]]:
        """Front output [B, C, T', F'], class shares [B, 7], affect [B, 2], (corpus, label) of each."""
        front, classes, affect, origin = [], [], [], []
        for name in np.array(self.names)[self.rng.choice(len(self.names), size, p=self.share)]:
            group = self.groups[name]
            while isinstance(group, list):
                group = group[self.rng.integers(len(group))]
            index = group[self.rng.integers(len(group))]
            front.append(self.stores[name][index])
            classes.append(self.targets[name]["classes"][index])
            affect.append(self.targets[name]["affect"][index])
            origin.append((str(name), str(self.labels[name][index])))
        features = torch.from_numpy(np.stack(front)).float().permute(0, 3, 1, 2)
        return features, torch.from_numpy(np.stack(classes)), torch.from_numpy(np.stack(affect)), origin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("corpora", nargs="*", default=RESEARCH)
    arguments = parser.parse_args()
    jobs = [(n, gentle) for sizes, gentle in ((SIZES, False), (GENTLE, True)) for n in arguments.corpora if n in sizes]
    names, gentle = zip(*jobs)
    with ProcessPoolExecutor() as workers:
        for name in workers.map(fill, [arguments.cache] * len(jobs), names, gentle):
            print(name, flush=True)


if __name__ == "__main__":
    main()
