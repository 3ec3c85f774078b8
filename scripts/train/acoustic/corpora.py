"""Manifests of the recordings: what each corpus is, its labels as ours, its licence."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from frontend import SAMPLE_RATE
from model import CLASSES

OPEN = ("emodb", "emogator", "picovoice")
"""Corpora whose licence lets trained weights be used for anything."""
RESEARCH = (*OPEN, "ravdess", "nemo")
"""All training corpora; RAVDESS and nEMO are non-commercial."""
MEASURE_ONLY = ("librispeech",)
SPEECH = ("emodb", "ravdess", "nemo")
"""Acted speech in words: the corpora of the leave-one-out table."""

KEEP_EVERY = {"nemo": 2}
"""nEMO is five times as large as the others: every second clip is enough and saves minutes."""

SYNONYMS = {
    "calm": "neutral",
    "bored": "neutral",
    "anger": "angry",
    "amusement": "happy",
    "sadness": "sad",
    "disappointment": "sad",
    "fear": "fearful",
    "distress": "fearful",
}


@dataclass(frozen=True)
class Clip:
    """One recording; `label` is the corpus's own word, `target` the index of our class."""

    path: Path
    corpus: str
    speaker: str
    sex: str
    label: str
    intensity: str

    @property
    def target(self) -> int:
        return CLASSES.index(SYNONYMS.get(self.label, self.label))


def load(data: Path, corpus: str) -> list[Clip]:
    """Clips of one corpus in a fixed order; unlabelled speech counts as neutral."""
    if corpus in ("picovoice", "librispeech"):
        paths = sorted(p for p in (data / "neutral" / corpus).rglob("*") if p.suffix in (".ogg", ".flac", ".wav"))
        return [Clip(p, corpus, f"{corpus}-{p.stem.split('-')[0]}", "", "neutral", "") for p in paths]
    root = data / "acoustic" / corpus
    with open(root / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    clips = [Clip(root / r["path"], corpus, r["speaker"], r["sex"], r["label"], r["intensity"]) for r in rows]
    return sorted(clips, key=lambda clip: clip.path)[:: KEEP_EVERY.get(corpus, 1)]


def noises(data: Path) -> list[Path]:
    return sorted((data / "noise").rglob("*.ogg"))


def read(path: Path) -> np.ndarray:
    """Mono f32 samples [N] at 16 kHz; ffmpeg reads the few files that libsndfile cannot."""
    try:
        wave, rate = soundfile.read(path, dtype="float32")
    except soundfile.LibsndfileError:
        command = ["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE), "-"]
        return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")
    if rate != SAMPLE_RATE or wave.ndim != 1:
        raise ValueError(f"{path}: expected 16 kHz mono, got {rate} Hz, {wave.ndim} dimensions")
    return wave
