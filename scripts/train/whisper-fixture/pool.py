"""The spoken sentences of the shards, ready to be batched."""

import dataclasses
import pathlib

import numpy as np

import text

# Encoder positions a second.
POSITIONS = 50
NO_PHONEME = -1


@dataclasses.dataclass
class Utterance:
    """`mel` is `[frames, 80]`; `phonemes` has one number a position and `spans` the
    position where each token's word begins and ends, or both are empty."""

    mel: np.ndarray
    tokens: list[int]
    phonemes: np.ndarray
    spans: np.ndarray


class Pool:
    """The shards of some folders; more may appear while training runs."""

    def __init__(self, folders: list[pathlib.Path], names: list[str]):
        self.folders, self.seen, self.names = folders, set(), names
        self.all: list[Utterance] = []
        self.texts: list[str] = []

    def refresh(self) -> "Pool":
        """Reads shards that have appeared."""
        for folder in self.folders:
            for path in sorted(folder.glob("*.npz")):
                if path not in self.seen:
                    self.seen.add(path)
                    self._read(path)
        self.lengths = np.array([len(one.mel) for one in self.all])
        return self

    def _read(self, path: pathlib.Path) -> None:
        with np.load(path) as file:
            shard = dict(file)
        for name in sorted(set(shard["names"]) - set(self.names)):
            self.names.append(str(name))
        known = {name: number for number, name in enumerate(self.names)}
        numbers = np.array([known[name] for name in shard["names"]], np.int64)
        mels = np.split(shard["mel"], shard["ends"][:-1])
        for index, (mel, line) in enumerate(zip(mels, map(str, shard["texts"]))):
            of_this = shard["phonemes"][:, 0] == index
            phonemes = at_positions(shard["phonemes"][of_this, 1], numbers[of_this], len(mel) // 2)
            words = shard["words"][shard["words"][:, 0] == index, 1:]
            tokens = text.tokens(line)
            self.all.append(Utterance(mel, tokens, phonemes, spans(line, tokens, words, len(mel) // 2)))
            self.texts.append(line)


def at_positions(times: np.ndarray, numbers: np.ndarray, positions: int) -> np.ndarray:
    """Which phoneme is spoken at each position."""
    if not len(times):
        return np.zeros(0, np.int64)
    middles = (np.arange(positions) + 0.5) / POSITIONS
    which = np.searchsorted(times, middles, side="right") - 1
    return np.where(which < 0, NO_PHONEME, numbers[which.clip(0)])


def spans(line: str, tokens: list[int], words: np.ndarray, positions: int) -> np.ndarray:
    """First and last position of the word each token belongs to, `[tokens, 2]`.
    espeak-ng runs some words together; those share a span."""
    if not len(words):
        return np.zeros((0, 2), np.int64)
    # The space before the first word is not in the line.
    lengths = [len(text.ENCODING.decode([token])) for token in tokens]
    last_character = np.cumsum(lengths) - 2
    which = (np.searchsorted(words[:, 0], last_character, side="right") - 1).clip(0)
    edges = np.append(words[:, 1] * POSITIONS, positions)
    first = np.floor(edges[which]).clip(0, positions - 1)
    last = np.ceil(edges[which + 1]).clip(1, positions)
    return np.stack([first, np.maximum(last, first + 1)], 1).astype(np.int64)
