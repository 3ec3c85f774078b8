"""Batches: spoken sentences and sounds without words, another way each time."""

import dataclasses

import numpy as np
import torch
from torch import Tensor

import features
from model import END, NO_SPEECH, NO_TIMESTAMPS, START
from pool import NO_PHONEME, Pool

SILENCE = -10.0
# Hertz of the mel bands' middles.
BANDS = torch.from_numpy(features.mel_filters().argmax(1) * features.RATE / features.FFT).float()


@dataclasses.dataclass
class Batch:
    """`given` and `target` are rows of the restricted vocabulary, -1 where there is
    none; `spans` is the positions at which each target's word is spoken."""

    mel: Tensor
    given: Tensor
    target: Tensor
    phonemes: Tensor
    spans: Tensor


class Batches:
    """Draws batches. `used` maps a token to its row of the restricted vocabulary."""

    # Share of the words before a word that are wrong: who cannot trust them listens.
    wrong_words = 0.1

    def __init__(self, pool: Pool, sounds: list[np.ndarray], used: list[int], seed: int):
        self.pool, self.sounds = pool, sounds
        self.rows = {token: row for row, token in enumerate(used)}
        self.rng = np.random.default_rng(seed)

    def indices(self, size: int, longest_s: float, many: int = 12) -> list[np.ndarray]:
        """`many` batches of utterances of like length, none over `longest_s`."""
        short = np.flatnonzero(self.pool.lengths <= longest_s * 100)
        picked = self.rng.choice(short, size * many)
        picked = picked[np.argsort(self.pool.lengths[picked])]
        batches = np.split(picked, many)
        self.rng.shuffle(batches)
        return batches

    def make(self, indices: np.ndarray, silent: int, padded: bool) -> Batch:
        """The utterances and `silent` sounds. `padded` gives the encoder the context
        that undertone-transcribe would."""
        parts = [self.pool.all[index] for index in indices]
        longest = max(len(one.mel) for one in parts) // 2
        positions = longest + (42 if padded else int(self.rng.integers(8, 42)))
        spoken = positions
        if padded:
            positions = -(-max(384, positions + 128) // 64) * 64
        rows = len(parts) + silent
        mel = np.full((rows, 2 * positions, features.MELS), SILENCE, np.float32)
        phonemes = np.full((rows, positions), NO_PHONEME)
        targets, spans = [], []
        for row, one in enumerate(parts):
            lead = int(self.rng.integers(0, min(16, spoken - len(one.mel) // 2)))
            frames, tokens = self.cut(one)
            mel[row, 2 * lead : 2 * lead + frames] = one.mel[:frames]
            labels = one.phonemes[: frames // 2]
            phonemes[row, lead : lead + len(labels)] = labels
            targets.append(one.tokens[:tokens])
            spans.append(one.spans[:tokens] + lead)
        for row in range(len(parts), rows):
            sound = self.sounds[self.rng.integers(len(self.sounds))]
            start = self.rng.integers(max(1, len(sound) - 2 * spoken))
            sound = sound[start : start + 2 * spoken]
            mel[row, : len(sound)] = sound
        mel = self.heard(torch.from_numpy(mel).transpose(1, 2), 2 * spoken, len(parts))
        given, target, where = self.sequences(targets, spans, silent)
        return Batch(mel, given, target, torch.from_numpy(phonemes), where)

    def cut(self, one) -> tuple[int, int]:
        """Frames and tokens of all of an utterance, or of its first words: what is
        recognised while somebody still speaks."""
        if len(one.spans) < 4 or self.rng.random() > 0.12:
            return len(one.mel), len(one.tokens)
        tokens = int(self.rng.integers(2, len(one.tokens)))
        end = one.spans[tokens - 1, 1]
        while tokens < len(one.tokens) and one.spans[tokens, 0] < end:
            tokens += 1
        return min(len(one.mel), 2 * int(end) + 2), tokens

    def heard(self, mel: Tensor, frames: int, spoken: int) -> Tensor:
        """Gain, colour and noise, then Whisper's scale. Only the first `frames` are
        heard; what follows is the silence that fills the context."""
        rng, rows = self.rng, len(mel)
        uniform = lambda low, high: torch.from_numpy(
            rng.uniform(low, high, (rows, 1, 1)).astype(np.float32)
        )
        octaves = (BANDS.clamp(min=100) / 1000).log2()[None, :, None]
        wave = torch.sin(uniform(0.5, 2) * octaves + uniform(0, 6.3))
        shape = uniform(-2.6, 0.4) + uniform(-0.15, 0.15) * octaves + uniform(0, 0.4) * wave
        part = mel[:, :, :frames] + shape
        power = 10**part
        level = power.mean((1, 2), keepdim=True).log10()
        noise = level - uniform(0.8, 5) - uniform(0, 0.6) * octaves
        noise = noise + torch.randn(part.shape).mul_(0.25)
        noisy = torch.from_numpy(rng.random((rows, 1, 1)) < 0.6)
        part = torch.where(noisy, (power + 10**noise).log10(), part)
        mel = torch.cat([part, mel[:, :, frames:]], 2)
        return features.normalised(mel.clamp(min=SILENCE))

    def sequences(self, words: list, spans: list, silent: int) -> tuple[Tensor, Tensor, Tensor]:
        """Decoder input, targets and their spans; for a sound without words the model
        must say "no speech" at the start and end at once."""
        count = len(words) + silent
        length = max(map(len, words)) + 2
        given = torch.full((count, length), self.rows[END])
        target = torch.full((count, length), -1)
        where = torch.full((count, length, 2), -1)
        for row in range(count):
            one = words[row] if row < len(words) else []
            first = NO_TIMESTAMPS if row < len(words) else NO_SPEECH
            into = [START, NO_TIMESTAMPS, *one]
            out = [first, *one, END]
            rows = np.array([self.rows[token] for token in into])
            wrong = self.rng.random(len(rows)) < self.wrong_words
            wrong[:2] = False
            rows[wrong] = self.rng.integers(len(self.rows), size=wrong.sum())
            given[row, : len(into)] = torch.from_numpy(rows)
            target[row, : len(out)] = torch.tensor([self.rows[token] for token in out])
            if row < len(words) and len(spans[row]):
                where[row, 1 : len(one) + 1] = torch.from_numpy(spans[row])
        return given, target, where
