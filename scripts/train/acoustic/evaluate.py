"""Scores of clips and of windows cut anywhere, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import rankdata

from frontend import MELS, WINDOW_FRAMES
from model import CLASSES, OUTPUTS, Acoustic
from windows import Corpus, scaled_log

HOP_FRAMES = 25
"""250 ms between the windows of a clip."""
FOUR = ("neutral", "angry", "happy", "sad")
BASELINE_CLIPS = 6


def clip_windows(mel: np.ndarray, voiced: tuple[int, int]) -> np.ndarray:
    """[T, 48] -> [K, 198, 48]: windows over the voiced part; a shorter clip is centred in silence."""
    first, last = voiced
    if last - first <= WINDOW_FRAMES:
        start = (first + last - WINDOW_FRAMES) // 2
        starts = [int(np.clip(start, min(0, len(mel) - WINDOW_FRAMES), max(0, len(mel) - WINDOW_FRAMES)))]
    else:
        starts = list(range(first, last - WINDOW_FRAMES + 1, HOP_FRAMES))
    out = np.zeros((len(starts), WINDOW_FRAMES, MELS), np.float32)
    for window, start in zip(out, starts):
        part = mel[max(0, start) : start + WINDOW_FRAMES]
        window[max(0, -start) : max(0, -start) + len(part)] = part
    return out


@torch.no_grad()
def outputs(models: list[Acoustic], windows: np.ndarray) -> np.ndarray:
    """Linear mel windows [N, 198, 48] -> raw outputs [N, 9], the mean over `models`."""
    raw = []
    for start in range(0, len(windows), 64):
        log = scaled_log(torch.from_numpy(windows[start : start + 64]))
        raw.append(sum(m.eval()(log)[:, :OUTPUTS] for m in models) / len(models))
    return torch.cat(raw).numpy() if raw else np.zeros((0, OUTPUTS), np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    power = np.exp(logits - logits.max(-1, keepdims=True))
    return power / power.sum(-1, keepdims=True)


@dataclass
class Scores:
    """Probabilities [N, 7] of some clips (or windows), and what is true of them."""

    probability: np.ndarray
    target: np.ndarray
    speaker: np.ndarray
    sex: np.ndarray
    label: np.ndarray
    intensity: np.ndarray

    def where(self, keep: np.ndarray) -> Scores:
        return Scores(*(value[keep] for value in vars(self).values()))


def describe(corpus: Corpus, clips: list[int], probability: np.ndarray) -> Scores:
    infos = [corpus.clips[i] for i in clips]
    return Scores(
        probability,
        np.array([c.target for c in infos]),
        np.array([c.speaker for c in infos]),
        np.array([c.sex for c in infos]),
        np.array([c.label for c in infos]),
        np.array([c.intensity for c in infos]),
    )


@dataclass
class Heard:
    """What the networks said of every window of some clips: logits [W, K], clip ends [N] in them."""

    corpus: Corpus
    clips: list[int]
    logits: np.ndarray
    ends: np.ndarray

    def scores(self, temperature: float = 1.0) -> Scores:
        """Each clip's mean probability over its windows."""
        parts = np.split(softmax(self.logits / temperature), self.ends[:-1])
        return describe(self.corpus, self.clips, np.stack([p.mean(0) for p in parts]))


def hear(
    models: list[Acoustic], corpus: Corpus, channel: str, clips: list[int] | None = None, classes: int = 7
) -> Heard:
    """Runs `models` over the windows of clips (all, when None)."""
    clips = list(range(len(corpus.clips))) if clips is None else clips
    cut = [clip_windows(corpus.mel(i, channel), corpus.voiced[i]) for i in clips]
    return Heard(corpus, clips, outputs(models, np.concatenate(cut))[:, :classes], np.cumsum([len(c) for c in cut]))


def best_temperature(heard: list[Heard], targets: list[np.ndarray]) -> float:
    """The temperature with the least log loss of clips."""

    def cost(temperature: float) -> float:
        chosen = [h.scores(temperature).probability[np.arange(len(t)), t] for h, t in zip(heard, targets)]
        return float(np.mean([-np.log(np.maximum(c, 1e-9)).mean() for c in chosen]))

    return float(min(np.geomspace(0.4, 3.0, 41), key=cost))


def speaker_calls(
    corpus: Corpus, speaker: str, rng: np.random.Generator, most: int
) -> tuple[list[tuple[int, int, int, int]], int]:
    """A call of one speaker: (clip, first, last, start in the call) of neutral, then angry clips."""
    mine = [i for i, c in enumerate(corpus.clips) if c.speaker == speaker]
    calm = [i for i in mine if corpus.clips[i].label in ("neutral", "calm")]
    angry = [i for i in mine if corpus.clips[i].label == "angry"]
    placed, at = [], 20
    for group in (calm, angry):
        for i in rng.permutation(group)[:most]:
            first, last = corpus.voiced[i]
            placed.append((int(i), first, last, at))
            at += last - first + int(rng.integers(10, 60))
        at += 40
    return placed, at + 150


def score_running(
    models: list[Acoustic], corpus: Corpus, channel: str, seed: int = 5, most: int = 24, hop: int = 50
) -> Scores:
    """Windows cut every `hop` frames of running speech with pauses; mixed and near-silent ones left out."""
    rng = np.random.default_rng(seed)
    windows, clips = [], []
    for speaker in sorted({c.speaker for c in corpus.clips}):
        placed, length = speaker_calls(corpus, speaker, rng, most)
        mel = np.zeros((length, MELS), np.float32)
        owner = np.full(length, -1)
        for clip, first, last, at in placed:
            mel[at : at + last - first] = corpus.mel(clip, channel)[first:last]
            owner[at : at + last - first] = clip
        floor = np.quantile(mel[owner >= 0], 0.05, axis=0)
        mel = np.sqrt(mel**2 + floor**2)
        for start in range(0, length - WINDOW_FRAMES, hop):
            heard = owner[start : start + WINDOW_FRAMES]
            heard = heard[heard >= 0]
            if len(heard) < 60 or len({corpus.clips[i].target for i in set(heard.tolist())}) > 1:
                continue
            windows.append(mel[start : start + WINDOW_FRAMES])
            clips.append(int(np.bincount(heard).argmax()))
    probability = softmax(outputs(models, np.stack(windows))[:, : len(CLASSES)])
    return describe(corpus, clips, probability)


def recalls(scores: Scores, classes: tuple[str, ...]) -> np.ndarray:
    """Recall of each class when only `classes` may be answered."""
    columns = [CLASSES.index(c) for c in classes]
    answer = np.array(columns)[scores.probability[:, columns].argmax(1)]
    return np.array([(answer[scores.target == c] == c).mean() for c in columns])


def uar(scores: Scores, classes: tuple[str, ...] = FOUR) -> float:
    return float(recalls(scores, classes).mean())


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    return float((ranks.sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative)))


def anger_score(scores: Scores) -> np.ndarray:
    """Log probability of anger above the mean log probability of the classes (centred log ratio).

    Unlike log-odds it does not saturate where anger and happiness share the mass.
    """
    logs = np.log(np.clip(scores.probability, 1e-6, 1.0))
    return logs[:, CLASSES.index("angry")] - logs.mean(1)


def anger_auc(scores: Scores, baseline: int | None = None) -> float:
    """Angry against neutral and calm; `baseline`: take off the median of a speaker's first calm ones."""
    value = anger_score(scores)
    calm = np.isin(scores.label, ("neutral", "calm"))
    if baseline:
        for speaker in np.unique(scores.speaker):
            mine = scores.speaker == speaker
            value[mine] -= np.median(value[mine & calm][:baseline])
    return auc(value[scores.label == "angry"], value[calm])


def caught(scores: Scores, rate: float = 0.02) -> float:
    """Share of angry windows above the threshold that `rate` of calm windows pass, with baseline."""
    value = anger_score(scores)
    calm = np.isin(scores.label, ("neutral", "calm"))
    for speaker in np.unique(scores.speaker):
        mine = scores.speaker == speaker
        value[mine] -= np.median(value[mine & calm])
    return float((value[scores.label == "angry"] > np.quantile(value[calm], 1 - rate)).mean())


def calibration_error(probability: np.ndarray, target: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of the best class, equal-width bins."""
    top = probability.max(1)
    right = probability.argmax(1) == target
    index = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [abs(right[index == b].mean() - top[index == b].mean()) * (index == b).mean() for b in set(index.tolist())]
    return float(sum(gaps))


def four_classes(scores: Scores) -> Scores:
    """Only clips of the four classes; bored is no neutral here."""
    keep = np.isin(scores.target, [CLASSES.index(c) for c in FOUR]) & (scores.label != "bored")
    return scores.where(keep)


def summary(scores: Scores) -> dict[str, float]:
    """The figures that every table of clips has; of bored voices the classes know nothing."""
    known = scores.where(scores.label != "bored")
    return {
        "uar4": uar(four_classes(scores)),
        "uar7": uar(known, tuple(c for i, c in enumerate(CLASSES) if (known.target == i).any())),
        "anger_auc": anger_auc(scores),
        "anger_auc_baseline": anger_auc(scores, BASELINE_CLIPS),
        "ece": calibration_error(known.probability, known.target),
    }
