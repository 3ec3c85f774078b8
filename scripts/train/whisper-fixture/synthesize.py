"""Speaks sentences and stores them in shards.

    python synthesize.py OUT --count 12000 [--seed 1]       # to train on
    python synthesize.py OUT --held-out --count 300         # to measure on
    python synthesize.py OUT --count 600 --extra calls.csv  # sentences of a CSV (column `text`)

A shard is an `.npz` with `audio` (int16, 16 kHz, all utterances end to end),
`ends` (where each ends), `texts` and `voices`.
"""

import argparse
import csv
import pathlib
import random
import re

import numpy as np

import sentences
import voices

SHARD = 250
LONGEST_S = 9.0


def words_span(rng: random.Random, text: str) -> str:
    """Some of the words of `text`, as a recogniser sees them while the sentence
    is still being spoken or where a pause has cut it."""
    words = text.split()
    if len(words) < 4:
        return text
    start = 0 if rng.random() < 0.6 else rng.randrange(len(words) - 2)
    end = rng.randint(start + 2, len(words))
    return " ".join(words[start:end]).rstrip(",")


def some_sentences(rng: random.Random, text: str) -> str:
    """All of `text` or some of its sentences, as pauses may cut it."""
    parts = re.findall(r"[^.?!]+[.?!]?", text)
    if len(parts) < 2 or rng.random() < 0.5:
        return text
    start = rng.randrange(len(parts))
    return "".join(parts[start : rng.randint(start + 1, len(parts))]).strip()


def draw_text(rng: random.Random, held_out: bool, extra: list[str]) -> str:
    """A sentence, two, or part of one."""
    if extra:
        text = some_sentences(rng, rng.choice(extra))
        return words_span(rng, text) if rng.random() < 0.15 else text

    def one() -> str:
        while True:
            text = sentences.sentence(rng)
            if sentences.is_held_out(text) == held_out:
                return text

    kind = rng.random()
    if held_out or kind < 0.62:
        return one()
    if kind < 0.82:
        return f"{one()} {one()}"
    return words_span(rng, one())


def draw_setting(rng: random.Random, held_out: bool) -> voices.Setting:
    """Mostly espeak-ng, which is what the shipped calls speak with."""
    if held_out or rng.random() < 0.85:
        return voices.espeak_setting(rng, held_out)
    return voices.flite_setting(rng)


def utterances(args: argparse.Namespace, extra: list[str]):
    """Endless (audio, text, voice)."""
    rng = random.Random(args.seed)
    while True:
        if args.festival:
            voice = rng.choice(voices.FESTIVAL)
            texts = [draw_text(rng, args.held_out, extra) for _ in range(50)]
            for audio, text in zip(voices.speak_festival(texts, voice), texts):
                yield audio, text, voice
        else:
            text = draw_text(rng, args.held_out, extra)
            setting = draw_setting(rng, args.held_out)
            yield voices.speak(text, setting), text, f"{setting.engine} {setting.voice}"


def save(path: pathlib.Path, batch: list) -> None:
    """Writes one shard; under another name first, since training may be reading."""
    audio = [np.round(item[0] * 32767).astype(np.int16) for item in batch]
    partial = path.with_suffix(".part")
    with open(partial, "wb") as file:
        np.savez(
            file,
            audio=np.concatenate(audio),
            ends=np.cumsum([len(piece) for piece in audio]),
            texts=np.array([item[1] for item in batch]),
            voices=np.array([item[2] for item in batch]),
        )
    partial.rename(path)


def main() -> None:
    """Speaks until there is enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--festival", action="store_true")
    parser.add_argument("--extra", type=pathlib.Path)
    args = parser.parse_args()
    extra = []
    if args.extra:
        with open(args.extra, newline="", encoding="utf-8") as file:
            extra = [row["text"] for row in csv.DictReader(file) if row["text"].strip()]
    args.out.mkdir(parents=True, exist_ok=True)
    source = utterances(args, extra)
    done = 0
    while done < args.count:
        batch = []
        while len(batch) < min(SHARD, args.count - done):
            audio, text, voice = next(source)
            if 0.15 < len(audio) / voices.RATE < LONGEST_S:
                batch.append((audio, text, voice))
        done += len(batch)
        save(args.out / f"{args.seed}-{done:06}.npz", batch)
        print(f"{done} utterances", flush=True)


if __name__ == "__main__":
    main()
