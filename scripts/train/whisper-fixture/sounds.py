"""Sounds without words."""

import pathlib
import random
import re
import subprocess

import numpy as np
from scipy.signal import lfilter

import features

RATE = features.RATE
SECONDS = 4
# At most so many recordings of a folder.
A_FOLDER = 500
# ESC-10's names begin with the fold. The third is for setting the guard, the last two
# to measure on.
MEASURED = re.compile(r"[345]-\d+-[A-Z]")


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


def bursts(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Knocks, claps and crackling, ringing a little."""
    out = np.zeros(samples)
    count = rng.integers(1, 40)
    ring = 1 - 10 ** rng.uniform(-3, -0.5)
    angle = 2 * np.pi * rng.uniform(100, 3000) / RATE
    for start in rng.integers(0, samples - 1, count):
        length = min(samples - start, int(RATE * 10 ** rng.uniform(-2.5, -0.5)))
        noise = rng.standard_normal(length) * np.exp(-5 * np.arange(length) / length)
        out[start : start + length] += noise * rng.uniform(0.1, 1)
    return lfilter([1], [1, -2 * ring * np.cos(angle), ring * ring], out)


def calls(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Gliding tones with harmonics, as of birds, babies and sirens."""
    time = np.arange(samples) / RATE
    glide = np.sin(2 * np.pi * rng.uniform(0.2, 4) * time + rng.uniform(0, 6.3))
    hertz = rng.uniform(150, 1500) * 2 ** (rng.uniform(0, 1) * glide)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    tone = sum(np.sin(k * phase) / k ** rng.uniform(0.3, 2) for k in range(1, rng.integers(2, 12)))
    envelope = np.clip(np.sin(2 * np.pi * rng.uniform(0.3, 3) * time + rng.uniform(0, 6.3)), 0, 1)
    return tone * envelope + rng.uniform(0, 0.1) * rng.standard_normal(samples)


def decoded(path: pathlib.Path) -> np.ndarray:
    """The recording as 16 kHz mono; ffmpeg, since libsndfile fails on some Opus files."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-ac", "1", "-ar", str(RATE)]
    done = subprocess.run([*command, "-f", "f32le", "-"], check=True, capture_output=True)
    return np.frombuffer(done.stdout, np.float32)


def recordings(folders: list[pathlib.Path]) -> list[np.ndarray]:
    """Pieces of recordings without words, at most `A_FOLDER` of each folder."""
    clips = []
    for folder in folders:
        paths = [path for path in sorted(folder.rglob("*.ogg")) if not MEASURED.fullmatch(path.stem)]
        random.Random(7).shuffle(paths)
        for audio in map(decoded, paths[:A_FOLDER]):
            for start in range(0, min(len(audio), 40 * RATE), SECONDS * RATE):
                clips.append(audio[start : start + SECONDS * RATE])
    return clips


def mels(folders: list[pathlib.Path], each: int = 80) -> list[np.ndarray]:
    """The log10 mel power of some of each kind."""
    rng = np.random.default_rng(7)
    samples = SECONDS * RATE
    clips = [np.zeros(samples)] + recordings(folders)
    for kind in (coloured_noise, music, tones, bursts, calls):
        clips += [kind(samples, rng) for _ in range(each)]
    loud = [clip / (np.abs(clip).max() + 1e-9) * 0.5 for clip in clips]
    return [features.log_power(clip) for clip in loud if len(clip) > RATE // 2]
