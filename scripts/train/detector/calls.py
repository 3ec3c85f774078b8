"""Builds calls with known spikes and lets `undertone analyze` hear them."""

import argparse
import collections
import csv
import json
import os
import random
import subprocess
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000
LEVEL = 0.05  # RMS of the voiced part, -26 dBFS
Spike = tuple[float, float, str]


def voiced(path: Path) -> np.ndarray:
    """A clip without its outer silence, at the common level: [samples] f32."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE, f"{path}: {rate} Hz"
    mono = samples.mean(1)
    frames = mono[: len(mono) // 160 * 160].reshape(-1, 160)
    energy = (frames**2).mean(1)
    loud = np.flatnonzero(energy > energy.max() * 1e-3)
    return mono[loud[0] * 160 : (loud[-1] + 1) * 160] * (LEVEL / np.sqrt(energy[loud].mean()))


class Call:
    """A call under construction."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.parts: list[np.ndarray] = []
        self.length = 0
        self.pause(0.5, 0.5)

    def add(self, samples: np.ndarray) -> None:
        self.parts.append(samples)
        self.length += len(samples)

    def pause(self, least: float, most: float) -> None:
        self.add(np.zeros(int(self.rng.uniform(least, most) * RATE), np.float32))

    def stretch(self, clips: list[Path], least: float, most: float, turns: bool) -> tuple[float, float]:
        """Shuffled clips until the drawn length is full: (onset, end) in seconds."""
        until = self.length + int(self.rng.uniform(least, most) * RATE)
        onset, deck, left = self.length, [], self.rng.randint(2, 4)
        while True:
            if not deck:
                deck = clips[:]
                self.rng.shuffle(deck)
            self.add(voiced(deck.pop()))
            if self.length >= until:
                return onset / RATE, self.length / RATE
            left -= 1
            if left == 0 and turns:
                left = self.rng.randint(2, 4)
                self.pause(1.5, 5)
            else:
                self.pause(0.15, 0.6)

    def write(self, path: Path) -> None:
        self.pause(1, 1)
        samples = np.concatenate(self.parts)
        noise = np.random.RandomState(1).uniform(-3e-4, 3e-4, len(samples))
        soundfile.write(path, np.clip(samples + noise, -1, 1), RATE, subtype="PCM_16")


def acted(data: Path, corpus: str, out: Path) -> dict[str, list[Spike]]:
    """Two charged calls and a calm one for each speaker of an acted corpus."""
    folder = data / "acoustic" / corpus
    with open(folder / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    rng, truth = random.Random(5), {}
    for speaker in sorted({row["speaker"] for row in rows}):
        own = [row for row in rows if row["speaker"] == speaker]
        calm = [folder / row["path"] for row in own if row["label"] in ("neutral", "calm")]
        angry: dict[str, list[Path]] = collections.defaultdict(list)
        for row in own:
            if row["label"] == "angry":
                angry[row["intensity"]].append(folder / row["path"])
        for number in range(3):
            call, spikes, kinds = Call(rng), [], sorted(angry)
            for part in range(2 if number < 2 else 3):
                call.stretch(calm, 20, 60, True)
                if number < 2:
                    call.pause(0.15, 0.6)
                    kind = kinds[(part + number) % len(kinds)]
                    spikes.append((*call.stretch(angry[kind], 6, 15, False), kind))
                call.pause(1.5, 5)
            if number < 2:
                call.stretch(calm, 20, 60, True)
            path = out / f"{corpus}-{speaker}-{number}.wav"
            call.write(path)
            truth[str(path)] = spikes
    return truth


def calm(data: Path, corpus: str, out: Path) -> dict[str, list[Spike]]:
    """Each recording of a calm corpus as a short call without spikes."""
    truth = {}
    for source in sorted((data / "neutral" / corpus).glob("*.ogg")):
        call = Call(random.Random(1))
        call.add(voiced(source))
        path = out / f"{corpus}-{source.stem}.wav"
        call.write(path)
        truth[str(path)] = []
    return truth


def shipped() -> dict[str, list[Spike]]:
    """The calls in audio-fixtures."""
    truth: dict[str, list[Spike]] = {}
    with open("audio-fixtures/calls.csv", newline="") as file:
        for row in csv.DictReader(file):
            spikes = truth.setdefault(f"audio-fixtures/{row['file']}", [])
            if row["onset_s"]:
                spikes.append((float(row["onset_s"]), float(row["end_s"]), ""))
    return truth


def hear(name: str, truth: dict[str, list[Spike]], out: Path) -> None:
    """Runs `undertone analyze --json` over the calls; keeps events and truth."""
    binary = Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "release" / "undertone"
    with open(out / f"{name}.events", "w") as events:
        subprocess.run([binary, "analyze", "--json", *truth], stdout=events, check=True)
    (out / f"{name}.json").write_text(json.dumps(truth))
    print(f"{name}: {len(truth)} calls")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("UNDERTONE_DATA", "../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    data = Path(args.data)
    hear("shipped", shipped(), args.out)
    for corpus in ("emodb", "ravdess"):
        hear(corpus, acted(data, corpus, args.out), args.out)
    for corpus in ("picovoice", "librispeech"):
        hear(corpus, calm(data, corpus, args.out), args.out)


if __name__ == "__main__":
    main()
