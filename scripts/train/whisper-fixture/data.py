"""Batches: spoken sentences as they come out of a telephone, and sounds without words."""

import pathlib

import numpy as np
import soundfile
import torch
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import lfilter, resample_poly
from torch import Tensor

import features
import text

RATE = features.RATE


class Corpus:
    """The shards of a folder; more may appear while training runs."""

    def __init__(self, folders: list[pathlib.Path]):
        self.folders, self.seen = folders, set()
        self.audio, self.tokens, self.texts, self.voices, self.folder = [], [], [], [], []

    def refresh(self) -> "Corpus":
        """Reads shards that have appeared."""
        for folder in self.folders:
            for path in sorted(folder.glob("*.npz")):
                if path not in self.seen:
                    self.seen.add(path)
                    self._read(path)
                    self.folder += [folder] * (len(self.audio) - len(self.folder))
        return self

    def chances(self) -> np.ndarray:
        """The chance of each utterance to be drawn: every folder has the same share."""
        names, which, counts = np.unique(
            [str(folder) for folder in self.folder], return_inverse=True, return_counts=True
        )
        return 1 / len(names) / counts[which]

    def _read(self, path: pathlib.Path) -> None:
        shard = np.load(path)
        self.audio += np.split(shard["audio"], shard["ends"][:-1])
        self.texts += [str(line) for line in shard["texts"]]
        self.tokens += [text.tokens(str(line)) for line in shard["texts"]]
        self.voices += [str(voice) for voice in shard["voices"]]


def telephone(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The band and the µ-law of a telephone line."""
    length = next_fast_len(len(audio), real=True)
    spectrum = rfft(audio, length)
    hertz = np.arange(length // 2 + 1, dtype=np.float32) * (RATE / length)
    low, high = rng.uniform(150, 350), rng.uniform(3200, 3700)
    band = 1 / (1 + np.exp(-(hertz - low) / 25)) / (1 + np.exp((hertz - high) / 60))
    narrow = irfft(spectrum * band, length)[: len(audio)]
    peak = np.abs(narrow).max() + 1e-9
    level = narrow / peak * rng.uniform(0.1, 0.9)
    coded = np.sign(level) * np.log1p(255 * np.abs(level)) / np.log(256)
    coded = np.round(coded * 127) / 127
    return np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255


def raised(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The treble lift and the overdrive of a raised voice."""
    audio = audio - rng.uniform(0, 0.6) * np.pad(audio, (1, 0))[:-1]
    return np.tanh(audio / (np.abs(audio).max() + 1e-9) * rng.uniform(1, 4))


def coloured_noise(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Noise between white and brown, of unit power."""
    noise = rng.standard_normal(samples, dtype=np.float32)
    noise = lfilter([1], [1, -rng.choice([0, 0, 0.7, 0.9, 0.99])], noise)
    return noise / (noise.std() + 1e-9)


def music(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Chords one after another, as hold music has them."""
    time = np.arange(samples) / RATE
    out = np.zeros(samples)
    beat = rng.uniform(0.2, 0.8)
    for start in np.arange(0, samples / RATE, beat):
        since = np.clip(time - start, 0, None)
        envelope = (time >= start) * np.exp(-since * rng.uniform(1, 6))
        for note in rng.choice([0, 2, 4, 5, 7, 9, 11, 12], rng.integers(1, 4), replace=False):
            hertz = 2 ** ((note + rng.integers(-2, 2) * 12) / 12) * 261.6
            for harmonic in range(1, rng.integers(2, 6)):
                out += envelope * np.sin(2 * np.pi * hertz * harmonic * time) / harmonic**1.5
    return out / (out.std() + 1e-9)


class NonSpeech:
    """Sounds without words: made up, and recordings where a folder has them."""

    def __init__(self, folder: pathlib.Path | None):
        paths = sorted(folder.rglob("*.ogg")) + sorted(folder.rglob("*.flac")) if folder else []
        # Every second recording is left for measuring.
        self.clips = [self._read(path) for path in paths[::2]]

    @staticmethod
    def _read(path: pathlib.Path) -> np.ndarray:
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        audio = audio.mean(1)
        return audio if rate == RATE else resample_poly(audio, RATE, rate)

    def draw(self, rng: np.random.Generator, samples: int) -> np.ndarray:
        """One sound of any level."""
        kind = rng.random()
        if kind < 0.35 and self.clips:
            clip = self.clips[rng.integers(len(self.clips))]
            start = rng.integers(max(1, len(clip) - samples))
            sound = np.resize(clip[start : start + samples], samples)
        elif kind < 0.55:
            sound = coloured_noise(samples, rng)
        elif kind < 0.85:
            sound = music(samples, rng)
        elif kind < 0.95:
            hertz = rng.uniform(50, 2500, rng.integers(1, 4))
            sound = np.sin(2 * np.pi * np.outer(hertz, np.arange(samples) / RATE)).sum(0)
        else:
            return np.zeros(samples)
        return sound / (np.abs(sound).max() + 1e-9) * 10 ** rng.uniform(-3, -0.1)


class Batches:
    """Draws batches. `used` maps a token to its row of the restricted vocabulary."""

    def __init__(self, corpus: Corpus, sounds: NonSpeech, used: list[int], seed: int):
        self.corpus, self.sounds = corpus, sounds
        self.rows = {token: row for row, token in enumerate(used)}
        self.rng = np.random.default_rng(seed)

    def spoken(self, index: int) -> np.ndarray:
        """Utterance `index`, another way each time."""
        rng = self.rng
        audio = self.corpus.audio[index].astype(np.float32) / 32768
        speed = rng.uniform(0.92, 1.08)
        places = np.arange(0, len(audio) - 1, speed)
        audio = np.interp(places, np.arange(len(audio)), audio).astype(np.float32)
        if rng.random() < 0.3:
            audio = raised(audio, rng)
        around = (rng.integers(0, RATE // 3), rng.integers(0, RATE // 2))
        audio = np.pad(audio, around) * 10 ** rng.uniform(-1.3, 0.2)
        if rng.random() < 0.6:
            noise = coloured_noise(len(audio), rng)
            audio = audio + noise * audio.std() * 10 ** (-rng.uniform(8, 40) / 20)
        return telephone(audio, rng) if rng.random() < 0.55 else audio

    def indices(self, batch: int, many: int = 12) -> list[list[int]]:
        """Batches of utterances of like length."""
        picked = self.rng.choice(len(self.corpus.audio), batch * many, p=self.corpus.chances())
        picked = sorted(picked, key=lambda index: len(self.corpus.audio[index]))
        batches = [picked[start : start + batch] for start in range(0, len(picked), batch)]
        self.rng.shuffle(batches)
        return batches

    def make(self, indices: list[int], silent: int, padded: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Log-mel, decoder input rows, target rows (-1 where there is none).

        `padded` gives the encoder the context that undertone-transcribe would."""
        audio = [self.spoken(index) for index in indices]
        longest = max(map(len, audio))
        audio += [self.sounds.draw(self.rng, longest) for _ in range(silent)]
        positions = longest * 50 // RATE + 1
        if padded:
            positions = -(-max(384, positions + 128) // 64) * 64
        else:
            positions += int(self.rng.integers(8, 32))
        block = np.zeros((len(audio), longest), np.float32)
        for row, piece in enumerate(audio):
            block[row, : len(piece)] = piece
        mel = features.log_mel(torch.from_numpy(block), positions)
        words = [self.corpus.tokens[index] for index in indices] + [None] * silent
        return mel, *self.sequences(words)

    def sequences(self, words: list[list[int] | None]) -> tuple[Tensor, Tensor]:
        """Decoder input and target; for a sound without words the model must say
        "no speech" at the start and end at once."""
        from model import END, NO_SPEECH, NO_TIMESTAMPS, START

        length = max(len(one or []) for one in words) + 2
        given = torch.full((len(words), length), self.rows[END])
        target = torch.full((len(words), length), -1)
        for row, one in enumerate(words):
            first = NO_SPEECH if one is None else NO_TIMESTAMPS
            into = [START, NO_TIMESTAMPS, *(one or [])]
            out = [first, *(one or []), END]
            given[row, : len(into)] = torch.tensor([self.rows[token] for token in into])
            target[row, : len(out)] = torch.tensor([self.rows[token] for token in out])
        return given, target
