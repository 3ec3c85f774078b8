"""Sounds without words."""

import pathlib

import numpy as np
import soundfile
from scipy.signal import lfilter, resample_poly

import features

RATE = features.RATE
SECONDS = 4


def coloured_noise(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Noise between white and brown."""
    noise = rng.standard_normal(samples, dtype=np.float32)
    return lfilter([1], [1, -rng.choice([0, 0, 0.7, 0.9, 0.99])], noise)


def music(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Chords one after another, as hold music has them."""
    out = np.zeros(samples)
    beat, decay = rng.uniform(0.2, 0.8), rng.uniform(1, 6)
    for start in range(0, samples, int(beat * RATE)):
        time = np.arange(min(samples - start, RATE)) / RATE
        for note in rng.choice([0, 2, 4, 5, 7, 9, 11, 12], rng.integers(1, 4), replace=False):
            hertz = 2 ** ((note + rng.integers(-2, 2) * 12) / 12) * 261.6
            for harmonic in range(1, rng.integers(2, 6)):
                tone = np.sin(2 * np.pi * hertz * harmonic * time) / harmonic**1.5
                out[start : start + len(time)] += np.exp(-decay * time) * tone
    return out


def tones(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Dial tones and hum, now and then interrupted."""
    time = np.arange(samples) / RATE
    hertz = rng.uniform(50, 2500, rng.integers(1, 4))
    on = np.sin(2 * np.pi * rng.uniform(0.2, 3) * time) > rng.uniform(-1, 0.3)
    return np.sin(2 * np.pi * np.outer(hertz, time)).sum(0) * on


def recordings(folder: pathlib.Path | None) -> list[np.ndarray]:
    """Recordings without words. Every second one is left for measuring."""
    paths = sorted(folder.rglob("*.ogg")) + sorted(folder.rglob("*.flac")) if folder else []
    clips = []
    for path in paths[::2]:
        try:
            audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            print(f"{path} left out: {error}")
            continue
        clips.append(resample_poly(audio.mean(1)[: SECONDS * rate], RATE, rate))
    return clips


def mels(folder: pathlib.Path | None, each: int = 60) -> list[np.ndarray]:
    """The log10 mel power of some of each kind."""
    rng = np.random.default_rng(7)
    samples = SECONDS * RATE
    clips = [np.zeros(samples)] + recordings(folder)
    for kind in (coloured_noise, music, tones):
        clips += [kind(samples, rng) for _ in range(each)]
    loud = [clip / (np.abs(clip).max() + 1e-9) * 0.5 for clip in clips]
    return [features.log_power(clip) for clip in loud if len(clip) > features.FFT]
