"""Computes and caches mel magnitudes of every clip under several channels.

    python features.py --cache DIR [corpus ...]

One `.npz` a corpus: `offsets` [N+1] and, for each channel, `<name>` [sum T, 48] f16. Channel
delays are under one frame, so all share the offsets; the voiced part comes from `clean`.
Channels: clean; phone (300-3400 Hz, mu-law: the measuring condition); line (A- or mu-law, random
band, 1-10 % packet loss, room); codec (a low-bit-rate codec, sometimes in a room).
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import channel
from corpora import MEASURE_ONLY, RESEARCH, load, noises, read
from frontend import FRAME, mel_frames

TRAINING = ("clean", "phone", "line", "codec")
GAP = 8000
"""Samples of silence between clips that share one run of a codec."""


def data_dir() -> Path:
    return Path(os.environ.get("UNDERTONE_DATA", "../shared/data"))


def level(wave: np.ndarray, decibels: float) -> np.ndarray:
    """Scales to an RMS level in dB full scale: codecs and companding depend on it."""
    return wave * np.float32(10 ** (decibels / 20) / max(np.sqrt((wave**2).mean()), 1e-6))


def line(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random telephone line."""
    wave = level(wave, rng.uniform(-38, -16))
    if rng.random() < 0.5:
        wave = channel.reverberate(wave, channel.room(rng))
    wave = channel.band_limit(wave, rng.uniform(80, 400), rng.uniform(3000, 7000))
    wave = channel.companded(wave, "mu" if rng.random() < 0.5 else "a")
    return channel.packet_loss(wave, rng.choice([0.0, rng.uniform(0.01, 0.1)]), rng)


def codec(waves: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """All waves through random codecs, in long runs because starting ffmpeg is slow."""
    out: list[np.ndarray] = []
    for start in range(0, len(waves), 60):
        batch = [level(w, rng.uniform(-34, -16)) for w in waves[start : start + 60]]
        batch = [channel.reverberate(w, channel.room(rng)) if rng.random() < 0.4 else w for w in batch]
        joined = np.concatenate([np.pad(w, (0, GAP)) for w in batch])
        coded = channel.coded(np.clip(joined, -1, 1), rng.choice(sorted(channel.CODECS)))
        ends = np.cumsum([len(w) + GAP for w in batch])
        out += [coded[end - GAP - len(w) : end - GAP] for w, end in zip(batch, ends)]
    return out


def cached(cache: Path, corpus: str) -> dict[str, np.ndarray]:
    with np.load(cache / f"{corpus}.npz") as file:
        return {name: file[name] for name in file.files}


def compute(data: Path, corpus: str) -> dict[str, np.ndarray]:
    """All channels of one corpus; measure-only corpora get `clean` and `phone`."""
    rng = np.random.default_rng(2026)
    if corpus == "noise":
        waves = [level(read(p), -26) for p in noises(data)]
    else:
        waves = [read(clip.path) for clip in load(data, corpus)]
    waves = [np.pad(w, (0, max(0, FRAME - len(w)))) for w in waves]
    channels = {"clean": lambda: waves}
    if corpus != "noise":
        channels["phone"] = lambda: [channel.phone(level(w, -26)) for w in waves]
    if corpus in RESEARCH:
        channels["line"] = lambda: [line(w, rng) for w in waves]
        channels["codec"] = lambda: codec(waves, rng)
    out: dict[str, np.ndarray] = {}
    for name, make in channels.items():
        mels = [mel_frames(w) for w in make()]
        out["offsets"] = np.cumsum([0] + [len(m) for m in mels])
        out[name] = np.concatenate(mels).astype(np.float16)
    return out


def store(cache: Path, corpus: str) -> str:
    path = cache / f"{corpus}.npz"
    if not path.exists():
        arrays = compute(data_dir(), corpus)
        part = cache / f"{corpus}.part.npz"
        np.savez(part, **arrays)
        part.rename(path)
    return corpus


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("corpora", nargs="*", default=["noise", *RESEARCH, *MEASURE_ONLY])
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as workers:
        for corpus in workers.map(store, [arguments.cache] * len(arguments.corpora), arguments.corpora):
            print(corpus, flush=True)


if __name__ == "__main__":
    main()
