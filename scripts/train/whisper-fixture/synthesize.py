"""Speaks sentences and stores them in shards.

    python synthesize.py OUT --count 12000 [--seed 1] [--public FOLDER]  # to train on
    python synthesize.py OUT --count 300 --seed 4 --held-out      # to measure on
    python synthesize.py OUT --count 600 --seed 2 --festival

A shard is an `.npz`: `mel`, the log10 mel power of all utterances end to end
(`[frames, 80]`, 100 frames a second); `ends`, where each ends; `texts` and `voices`;
and the times espeak-ng tells, in seconds from the start of the utterance: `words`
(utterance, character, second), `phonemes` (utterance, second) with `names`.
With --held-out, the audio is written too, as FLAC with a `manifest.csv` for
`undertone eval asr`.
"""

import argparse
import csv
import pathlib
import random

import numpy as np
import soundfile

import channel
import features
import public
import sentences
import voices
from espeak import Espeak, Spoken

SHARD = 500
LONGEST_S = 9.0
# Share of the voices that are raised.
RAISED = 0.35
CALLS_TEXT = voices.CALLS.with_name("calls-text.csv")
# So many words in a row of a shipped call are in no text to train on.
RUN = 5


def words_span(rng: random.Random, text: str) -> str:
    """Some of the words of `text`, as a recogniser sees them while the sentence
    is still being spoken or where a pause has cut it."""
    words = text.split()
    if len(words) < 4:
        return text
    start = 0 if rng.random() < 0.6 else rng.randrange(len(words) - 2)
    end = rng.randint(start + 2, len(words))
    return " ".join(words[start:end]).rstrip(",")


def runs(text: str) -> set[tuple[str, ...]]:
    """Every `RUN` words of `text` that follow each other."""
    words = sentences.plain(text).split()
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def stressed(rng: random.Random, text: str) -> str:
    """`text` with stars around one word in five."""
    words = text.split()
    marked = {rng.randrange(len(words)) for _ in range(1 + len(words) // 5)}
    mark = lambda word: "*" + word.rstrip(".,?!") + "*" + word[len(word.rstrip(".,?!")) :]
    return " ".join(mark(word) if at in marked else word for at, word in enumerate(words))


class Texts:
    """Draws what is to be said. Of the shipped calls the words are known, but no
    `RUN` of them in a row: the calls are there to measure on."""

    def __init__(self, rng: random.Random, held_out: bool, folder: pathlib.Path | None = None):
        self.rng, self.held_out = rng, held_out
        with open(CALLS_TEXT, newline="", encoding="utf-8") as file:
            calls = [row["text"] for row in csv.DictReader(file)]
        self.of_calls = sorted(set(" ".join(map(sentences.plain, calls)).split()))
        self.never = set().union(*map(runs, calls))
        known = sentences.vocabulary() | set(self.of_calls)
        self.public = public.sentences(folder, known) if folder else []
        self.words = sorted(known.union(*(sentences.plain(line).split() for line in self.public)))

    def one(self) -> str:
        """A sentence of the grammar, from the side of the split that is asked for."""
        while True:
            text = sentences.sentence(self.rng)
            if sentences.is_held_out(text) == self.held_out:
                return text

    def draw(self) -> str:
        """What may be trained on, or a held-out sentence."""
        while True:
            text = self.one() if self.held_out else self.any()
            if self.held_out or self.never.isdisjoint(runs(text)):
                return text

    def any(self) -> str:
        """A sentence, two, part of one, one that somebody wrote, or words without a
        sentence, which only who listens can write down."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.25:
            words = [rng.choice(self.of_calls if rng.random() < 0.5 else self.words)
                     for _ in range(rng.randint(2, 8))]
            return " ".join(words)
        if kind < 0.65 and self.public:
            text = rng.choice(self.public)
            return words_span(rng, text) if rng.random() < 0.25 else text
        if kind < 0.73:
            return f"{self.one()} {self.one()}"
        return words_span(rng, self.one()) if kind < 0.82 else self.one()


def utterances(args: argparse.Namespace):
    """Endless (spoken, text, voice)."""
    rng = random.Random(args.seed)
    texts = Texts(rng, args.held_out, args.public)
    espeak = Espeak()
    while True:
        if args.festival:
            voice = rng.choice(voices.FESTIVAL)
            lines = [texts.draw() for _ in range(50)]
            yield from zip(voices.speak_festival(lines, voice), lines, [voice] * 50)
        else:
            text = texts.draw()
            other = not args.held_out and rng.random() < 0.06
            raised = rng.random() < (0 if args.held_out else RAISED)
            setting = voices.espeak_setting(rng, args.held_out, raised)
            setting = voices.flite_setting(rng) if other else setting
            marked = raised and not other and rng.random() < 0.7
            spoken = voices.speak(stressed(rng, text) if marked else text, setting, espeak)
            yield spoken, text, f"{setting.engine} {setting.voice}"


def through_the_line(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A third made harsh, 45 % over the telephone."""
    if rng.random() < 0.35:
        audio = channel.raised(audio, rng)
    return channel.telephone(audio, rng) if rng.random() < 0.45 else audio


def save(path: pathlib.Path, batch: list[tuple[Spoken, str, str]], rng: np.random.Generator) -> None:
    """Writes one shard; under another name first, since training may be reading."""
    mels = [features.log_power(through_the_line(item[0].audio, rng)) for item in batch]
    words = [(i, *mark) for i, item in enumerate(batch) for mark in item[0].words]
    phonemes = [(i, *mark) for i, item in enumerate(batch) for mark in item[0].phonemes]
    partial = path.with_suffix(".part")
    with open(partial, "wb") as file:
        np.savez(
            file,
            mel=np.concatenate(mels).astype(np.float16),
            ends=np.cumsum([len(mel) for mel in mels]),
            texts=np.array([item[1] for item in batch]),
            voices=np.array([item[2] for item in batch]),
            words=np.array(words, np.float32).reshape(-1, 3),
            phonemes=np.array([(i, time) for i, _, time in phonemes], np.float32).reshape(-1, 2),
            names=np.array([name for _, name, _ in phonemes], "U8"),
        )
    partial.rename(path)


def save_audio(out: pathlib.Path, first: int, batch: list[tuple[Spoken, str, str]]) -> None:
    """Writes what was spoken, with half a second of silence around it."""
    with open(out / "manifest.csv", "a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        if first == 0:
            rows.writerow(["path", "text"])
        for index, (spoken, text, _) in enumerate(batch, first):
            soundfile.write(out / f"{index:05}.flac", np.pad(spoken.audio, 8000), voices.RATE)
            rows.writerow([f"{index:05}.flac", text])


def main() -> None:
    """Speaks until there is enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--public", type=pathlib.Path, help="folder of sentences people wrote")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--festival", action="store_true")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    source, rng = utterances(args), np.random.default_rng(args.seed)
    done = 0
    while done < args.count:
        batch = []
        while len(batch) < min(SHARD, args.count - done):
            spoken, text, voice = next(source)
            if 0.15 < len(spoken.audio) / voices.RATE < LONGEST_S:
                batch.append((spoken, text, voice))
        if args.held_out:
            save_audio(args.out, done, batch)
        done += len(batch)
        save(args.out / f"{args.seed}-{done:06}.npz", batch, rng)
        print(f"{done} utterances", flush=True)


if __name__ == "__main__":
    main()
