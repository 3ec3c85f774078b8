"""Training windows: cut anywhere in running speech, then disturbed in the mel domain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from corpora import load
from features import TRAINING, cached
from frontend import MELS, SCALING, WINDOW_FRAMES
from model import CLASSES

RAW_FRAMES = 236
"""Frames cut before time stretching."""
SILENCE = np.zeros((RAW_FRAMES, MELS), np.float16)
MARGIN = 30
"""Most frames of natural silence kept on each side of a clip."""
AFFECT = {
    "neutral": (0.0, 0.0),
    "calm": (-0.4, 0.3),
    "bored": (-0.6, -0.3),
    "angry": (0.8, -0.7),
    "happy": (0.6, 0.7),
    "sad": (-0.5, -0.6),
    "fearful": (0.6, -0.6),
    "disgust": (0.2, -0.6),
    "surprised": (0.6, 0.2),
    "anger": (0.8, -0.7),
    "amusement": (0.6, 0.7),
    "disappointment": (-0.4, -0.5),
    "distress": (0.6, -0.7),
    "fear": (0.6, -0.6),
    "sadness": (-0.5, -0.6),
}
"""Arousal and valence by label, -1..1: where Russell's circumplex puts the words."""


def voiced_range(mel: np.ndarray) -> tuple[int, int]:
    """First and one past the last frame within 26 dB of the clip's level, with 4 frames of margin."""
    levels = np.sqrt((mel.astype(np.float32) ** 2).sum(1))
    loud = np.flatnonzero(levels > 0.05 * np.sort(levels)[int(0.95 * (len(levels) - 1))])
    if len(loud) == 0:
        return 0, len(mel)
    return max(0, int(loud[0]) - 4), min(len(mel), int(loud[-1]) + 5)


class Corpus:
    """Cached mel magnitudes of one corpus with its clips and their voiced parts."""

    def __init__(self, data: Path, cache: Path, name: str) -> None:
        self.name = name
        self.clips = load(data, name)
        arrays = cached(cache, name)
        self.offsets = arrays.pop("offsets")
        self.channels = arrays
        self.voiced = [voiced_range(self.mel(i, "clean")) for i in range(len(self.clips))]

    def mel(self, clip: int, channel: str) -> np.ndarray:
        """[T, 48] f16 of one clip."""
        return self.channels[channel][self.offsets[clip] : self.offsets[clip + 1]]


@dataclass
class Batch:
    """Log-mel [B, 198, 48]; class shares [B, 7]; arousal and valence [B, 2]; index of the clip [B]."""

    log_mel: Tensor
    classes: np.ndarray
    affect: np.ndarray
    clips: np.ndarray


class Sampler:
    """Draws windows of one corpus: label evenly, then clip; neighbours from the same speaker."""

    def __init__(self, corpus: Corpus, noise: np.ndarray, talk: np.ndarray, seed: int, gentle: bool = False) -> None:
        """`noise` and `talk` [T, 48]: recorded noises, and speech of people outside `corpus` for babble.

        `gentle`: single clips, clean or on the phone, little disturbed, as the tests of one corpus have them.
        """
        self.rng = np.random.default_rng(seed)
        self.strength = 0.35 if gentle else 1.0
        self.channel_odds = (0.6, 0.4, 0.0, 0.0) if gentle else (0.3, 0.2, 0.25, 0.25)
        self.corpus, self.noise, self.talk = corpus, noise.astype(np.float32), talk.astype(np.float32)
        self.steady = np.sqrt(self.rng.exponential(size=(20_000, MELS))).astype(np.float32)
        self.by_label: dict[str, list[int]] = {}
        self.by_speaker: dict[str, list[int]] = {}
        for i, clip in enumerate(corpus.clips):
            self.by_label.setdefault(clip.label, []).append(i)
            self.by_speaker.setdefault(clip.speaker, []).append(i)

    def _segment(self, clip: int, channel: str) -> tuple[np.ndarray, int, int]:
        """A clip with random natural margins, and where its voiced part lies in it."""
        corpus = self.corpus
        first, last = corpus.voiced[clip]
        mel = corpus.mel(clip, channel)
        start = max(0, first - int(self.rng.integers(0, MARGIN + 1)))
        end = min(len(mel), last + int(self.rng.integers(0, MARGIN + 1)))
        return mel[start:end], first - start, last - start

    def _neighbour(self, clip: int) -> int | None:
        """Nothing, a clip with the same label, or rarely one with another, of the same speaker."""
        draw = self.rng.random()
        if draw < 0.25 or self.strength < 1:
            return None
        same = draw < 0.88
        clips = self.corpus.clips
        mates = self.by_speaker[clips[clip].speaker]
        choice = int(mates[self.rng.integers(len(mates))])
        for _ in range(12):
            if (clips[choice].label == clips[clip].label) == same:
                return choice
            choice = int(mates[self.rng.integers(len(mates))])
        return None

    def _cut(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """One raw window [RAW_FRAMES, 48] with class shares [7], affect [2], its clip."""
        group = self.by_label[list(self.by_label)[self.rng.integers(len(self.by_label))]]
        clip = int(group[self.rng.integers(len(group))])
        channel = TRAINING[self.rng.choice(4, p=self.channel_odds)]
        centre, first, last = self._segment(clip, channel)
        parts = [(None, SILENCE, 0, 0), (clip, centre, first, last)]
        for at_end in (False, True):
            other = self._neighbour(clip)
            if other is not None:
                pause = int(self.rng.integers(0, 50))
                part = (other, *self._segment(other, channel))
                gap = (None, SILENCE[:pause], 0, 0)
                parts = [*parts, gap, part] if at_end else [parts[0], part, gap, *parts[1:]]
        parts.append((None, SILENCE, 0, 0))
        stream = np.concatenate([p[1] for p in parts])
        starts = np.cumsum([0] + [len(p[1]) for p in parts])
        spans = [(c, s + a, s + b) for (c, _, a, b), s in zip(parts, starts) if c is not None]
        _, first, last = next(s for s in spans if s[0] == clip)
        least = min(90 if self.strength == 1 else 170, last - first)
        begin = int(self.rng.integers(first + least - RAW_FRAMES, last - least + 1))
        raw = stream[begin : begin + RAW_FRAMES].astype(np.float32)
        return raw, *self._targets(spans, begin), clip

    def _targets(self, spans: list[tuple[int, int, int]], begin: int) -> tuple[np.ndarray, np.ndarray]:
        """Labels weighted by how much of each clip's voiced part the window holds."""
        classes, affect = np.zeros(len(CLASSES), np.float32), np.zeros(2, np.float32)
        for clip, first, last in spans:
            overlap = max(0, min(last, begin + RAW_FRAMES) - max(first, begin))
            info = self.corpus.clips[clip]
            strength = 1.15 if info.intensity == "strong" else 1.0
            classes[info.target] += overlap
            affect += overlap * np.clip(strength * np.array(AFFECT[info.label], np.float32), -0.95, 0.95)
        return classes / classes.sum(), affect / classes.sum()

    def batch(self, size: int) -> Batch:
        """`size` disturbed windows."""
        raw, classes, affect, clips = zip(*(self._cut() for _ in range(size)))
        mel = self._disturb(torch.from_numpy(np.stack(raw)))
        return Batch(mask(scaled_log(mel), self.rng), np.stack(classes), np.stack(affect), np.array(clips))

    def _uniform(self, size: int, low: float, high: float) -> Tensor:
        return torch.from_numpy(self.rng.uniform(low, high, (size, 1, 1)).astype(np.float32))

    def _disturb(self, mel: Tensor) -> Tensor:
        """[B, RAW_FRAMES, 48] -> [B, 198, 48]: stretch, frequency warp, tilt, noise."""
        size = len(mel)
        mel = warp(mel, self._near_one(size, 0.14), self._near_one(size, 0.07))
        mel = mel * self._colour(size)
        power = (mel**2).sum(-1).sort(dim=1).values[:, int(0.9 * (WINDOW_FRAMES - 1))].clamp(min=1e-8)
        noise = self._noise(size)
        noise_power = (noise**2).sum(-1).mean(1).clamp(min=1e-8)
        noisy = torch.from_numpy((self.rng.random((size, 1, 1)) < 0.6 * self.strength).astype(np.float32))
        snr = self._uniform(size, 0, 30) * noisy + self._uniform(size, 30, 75) * (1 - noisy)
        gain = torch.sqrt(power / noise_power)[:, None, None] * 10 ** (-snr / 20)
        return torch.sqrt(mel**2 + (gain * noise) ** 2)

    def _near_one(self, size: int, most: float) -> Tensor:
        """[B, 1, 1] factors up to `most` from one."""
        return 1 + self.strength * self._uniform(size, -most, most)

    def _colour(self, size: int) -> Tensor:
        """[B, 1, 48] gains: a tilt, slow ripples, sometimes a soft low cut."""
        band = torch.linspace(-1, 1, MELS)[None, None]
        decibels = self._uniform(size, -7, 7) * band
        for order in (1, 2, 3):
            decibels = decibels + self._uniform(size, -2.5, 2.5) * torch.sin(
                3.1416 * (order * band + self._uniform(size, -1, 1))
            )
        cut = self._uniform(size, -1.6, -0.5)
        return 10 ** (self.strength * (decibels - 40 * (cut - band).clamp(min=0)) / 20)

    def _noise(self, size: int) -> Tensor:
        """[B, 198, 48]: recorded noise, babble of three voices, or steady noise."""
        recorded, steady = self._slices(self.noise, size), self._slices(self.steady, size) * self._colour(size)
        babble = torch.sqrt(sum(self._slices(self.talk, size) ** 2 for _ in range(3)))
        kind = torch.from_numpy(self.rng.integers(0, 3, (size, 1, 1)))
        return torch.where(kind == 0, recorded, torch.where(kind == 1, babble, steady))

    def _slices(self, frames: np.ndarray, size: int) -> Tensor:
        """[B, 198, 48]: random stretches of [T, 48]."""
        starts = self.rng.integers(0, len(frames) - WINDOW_FRAMES, size)
        return torch.from_numpy(np.stack([frames[s : s + WINDOW_FRAMES] for s in starts]))


def warp(mel: Tensor, speed: Tensor, pitch: Tensor) -> Tensor:
    """[B, T, 48] -> [B, 198, 48]: plays `speed` times as fast, moves the spectrum by `pitch`."""
    size, length, _ = mel.shape
    time = (torch.arange(WINDOW_FRAMES) - WINDOW_FRAMES / 2)[None, :, None] * speed / (length / 2)
    band = (torch.arange(MELS) + 0.5)[None, None, :] / pitch * 2 / MELS - 1
    grid = torch.stack([band.expand(size, WINDOW_FRAMES, MELS), time.expand(size, WINDOW_FRAMES, MELS)], dim=-1)
    return F.grid_sample(mel[:, None], grid, padding_mode="border", align_corners=False)[:, 0]


def scaled_log(mel: Tensor) -> Tensor:
    """The torch twin of `frontend.log_mel`: [B, T, 48] linear -> normalised log."""
    levels = torch.sqrt((mel**2).sum(-1)).sort(dim=1).values
    level = levels[:, int(0.9 * (levels.shape[1] - 1))].clamp(min=SCALING.level_floor)
    log = torch.log(SCALING.level_ref / level[:, None, None] * mel + SCALING.log_offset)
    return (log - SCALING.mean) / SCALING.std


def mask(log_mel: Tensor, rng: np.random.Generator) -> Tensor:
    """SpecAugment: up to two stretches of time and one of bands become the window's mean."""
    for window in log_mel:
        fill = window.mean()
        for _ in range(rng.integers(0, 3)):
            length = int(rng.integers(1, 25))
            start = int(rng.integers(0, WINDOW_FRAMES - length))
            window[start : start + length] = fill
        if rng.random() < 0.5:
            length = int(rng.integers(1, 7))
            start = int(rng.integers(0, MELS - length))
            window[:, start : start + length] = fill
    return log_mel
