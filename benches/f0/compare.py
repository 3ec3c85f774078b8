"""Compares Undertone's F0 with Praat's on recordings.

    python3 -m venv .venv && .venv/bin/pip install -r benches/f0/requirements.txt
    .venv/bin/python benches/f0/compare.py [--clips 60] [--phone] [FOLDER ...]

Reads audio files below each FOLDER (default: the emotional speech collections beside
the repository, if they are there), runs `cargo run --release -p undertone-dsp
--example prosody` on them and Praat's autocorrelation method with the same range, and
compares frame by frame. `--phone` first cuts both programs' input to 300-3400 Hz at 8 kHz.
`--reference wide` then compares it with Praat on the wide-band original. Exits with 1 if
fewer than 90 % of the frames that both call voiced agree within 5 %.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import parselmouth
import soundfile
from scipy.signal import butter, resample_poly, sosfiltfilt

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = [ROOT.parent / "shared/data/acoustic" / name for name in ("emodb", "nemo", "ravdess")]
SUFFIXES = {".wav", ".flac", ".ogg", ".opus"}
LOWEST, HIGHEST = 60.0, 500.0
TOLERANCE, WANTED = 0.05, 0.90


def telephone(wave: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    """Band and rate of a fixed line, without moving anything in time."""
    narrow = resample_poly(wave, 8_000, rate)
    band = butter(4, [300, 3_400], "bandpass", fs=8_000, output="sos")
    return sosfiltfilt(band, narrow), 8_000


def prepare(path: Path, phone: bool, target: Path) -> tuple[np.ndarray, int]:
    """Writes what Undertone is to read and returns the wide-band original."""
    wave, rate = soundfile.read(path, dtype="float64", always_2d=True)
    wave = wave.mean(axis=1)
    heard, heard_rate = telephone(wave, rate) if phone else (wave, rate)
    soundfile.write(target, np.clip(heard, -1, 1), heard_rate, subtype="PCM_16")
    return wave, rate


def undertone(files: list[Path]) -> dict[str, np.ndarray]:
    """File name -> [frames, 2]: time in seconds, F0 in hertz or 0."""
    command = ["cargo", "run", "--release", "--quiet", "-p", "undertone-dsp", "--example", "prosody", "--"]
    run = subprocess.run(command + [str(f) for f in files], cwd=ROOT, check=True, capture_output=True, text=True)
    rows = defaultdict(list)
    for line in run.stdout.splitlines():
        name, time, hz, _ = line.rsplit(",", 3)
        rows[name].append((float(time), float(hz)))
    return {name: np.array(frames) for name, frames in rows.items()}


def praat(wave: np.ndarray, rate: int, times: np.ndarray) -> np.ndarray:
    """Praat's F0 at `times`, 0 where unvoiced; not interpolated between frames."""
    pitch = parselmouth.Sound(wave, rate).to_pitch_ac(0.01, LOWEST, 15, False, pitch_ceiling=HIGHEST)
    values, centres = pitch.selected_array["frequency"], pitch.xs()
    nearest = np.abs(centres[None, :] - times[:, None]).argmin(axis=1)
    close = np.abs(centres[nearest] - times) <= 0.0051
    return np.where(close, values[nearest], 0.0)


def compare(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Counts: frames, both voiced, within tolerance, octave errors, same voicing decision."""
    both = (ours > 0) & (theirs > 0)
    ratio = np.where(both, ours / np.maximum(theirs, 1.0), 1.0)
    good = both & (np.abs(ratio - 1) <= TOLERANCE)
    octave = both & ((ratio > 1.8) | (ratio < 0.56))
    same = (ours > 0) == (theirs > 0)
    return np.array([len(ours), both.sum(), good.sum(), octave.sum(), same.sum()])


def sample(folder: Path, count: int) -> list[Path]:
    files = sorted(f for f in folder.rglob("*") if f.suffix in SUFFIXES)
    return random.Random(1).sample(files, min(count, len(files)))


def measure(folder: Path, arguments: argparse.Namespace) -> np.ndarray:
    total = np.zeros(5)
    with tempfile.TemporaryDirectory() as scratch:
        originals = {}
        for number, path in enumerate(sample(folder, arguments.clips)):
            target = Path(scratch) / f"{number:04}.wav"
            originals[target] = prepare(path, arguments.phone, target)
        found = undertone(list(originals)) if originals else {}
        for target, original in originals.items():
            frames = found.get(str(target))
            if frames is None:
                continue
            wave, rate = original if arguments.reference == "wide" else soundfile.read(target)
            total += compare(frames[:, 1], praat(wave, rate, frames[:, 0]))
    return total


def report(name: str, total: np.ndarray) -> float:
    frames, both, good, octave, same = total
    share = good / max(both, 1)
    print(f"{name:10} {int(frames):7} frames, {int(both):6} voiced by both: {share:6.1%} within 5 %, "
          f"{octave / max(both, 1):5.1%} octave errors; voicing agrees on {same / max(frames, 1):6.1%}")
    return share


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, default=COLLECTIONS)
    parser.add_argument("--clips", type=int, default=60, help="clips from each folder")
    parser.add_argument("--phone", action="store_true", help="cut the input to the telephone band")
    parser.add_argument("--reference", choices=["same", "wide"], default="same", help="what Praat hears")
    arguments = parser.parse_args()
    folders = [folder for folder in arguments.folders if folder.is_dir()]
    if not folders:
        print("no folder of audio to compare on", file=sys.stderr)
        return 2
    totals = [measure(folder, arguments) for folder in folders]
    for folder, total in zip(folders, totals):
        report(folder.name, total)
    return 0 if report("all", np.sum(totals, axis=0)) >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
