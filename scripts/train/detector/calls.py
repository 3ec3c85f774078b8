"""Calls as `undertone eval spikes --dump` and `undertone analyze --json` write them, as arrays."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Places in a hop's measures.
NAMES = ("score", "recent", "arousal", "recent_arousal", "recent_contrast", "pitch", "loudness", "rate")
SCORES = 5  # the first are the model's, the rest prosody

FLOOR, MIN_SPEECH, GRACE_S = 1e-4, 0.3, 2.0

# Prosody of calm speech, as cues.rs has it: centre, within a speaker, between speakers.
PROSODY = np.array([[7.0, -28.5, 6.0], [2.2, 2.6, 1.0], [5.5, 2.0, 0.8]])

PRIOR_WEIGHT, PROBATION, MEMORY = 12.0, 8, 240
HIGH, HIGH_SDS = 0.98, 2.054


@dataclass
class Call:
    """One call: end of each judged hop [n], its measures [n, 8], its spikes."""

    speaker: str
    times: np.ndarray
    measures: np.ndarray
    spikes: list
    seconds: float

    def calm(self) -> np.ndarray:
        """Hops of calm speech, nothing of a spike in their windows."""
        inside = [(self.times >= on - 0.5) & (self.times <= end + GRACE_S) for on, end, _ in self.spikes]
        return ~np.any(inside, axis=0) if inside else np.ones(len(self.times), bool)

    def calm_hours(self) -> float:
        return (self.seconds - sum(end - on for on, end, _ in self.spikes)) / 3600

    def grows(self) -> bool:
        return any(how == "growing" for _, _, how in self.spikes)


def anger(probabilities: list) -> float:
    return float(np.log(probabilities[1] + FLOOR) - np.log(probabilities[0] + FLOOR))


def row(looks: list, prosody: list) -> list:
    (whole, arousal, *_), (recent, recent_arousal, _, contrast) = looks
    f0, _, loudness, rate, _ = prosody
    semitones = 12 * np.log2(f0 / 100) if f0 else np.nan
    contrast, *rest = [np.nan if value is None else value for value in (contrast, loudness, rate)]
    return [anger(whole), anger(recent), arousal, recent_arousal, contrast, semitones, *rest]


def read(path: Path, growing: bool = False) -> list[Call]:
    """The calls of a dump, without those whose anger grows, or with them."""
    calls = []
    with open(path) as lines:
        for line in lines:
            call = json.loads(line)
            hops = [hop for hop in call["hops"] if hop[2] and hop[1] >= MIN_SPEECH]
            if hops:
                times = np.array([hop[0] for hop in hops])
                measures = np.array([row(hop[2], hop[3]) for hop in hops])
                calls.append(Call(call["speaker"], times, measures, call["spikes"], call["seconds"]))
    return [call for call in calls if growing or not call.grows()]


def usual(calls: list[Call]) -> np.ndarray:
    """Centre, spread within a speaker and between speakers of calm speech: [3, 8]."""
    spread = lambda values: 1.4826 * np.nanmedian(np.abs(values - np.nanmedian(values, 0)), 0)
    calm = [call.measures[call.calm()] for call in calls]
    centers = np.array([np.nanmedian(rows, 0) for rows in calm if len(rows) >= 8])
    within = np.array([spread(rows) for rows in calm if len(rows) > 60])
    missing = np.full(centers.shape[1], np.nan)
    return np.array([np.nanmedian(centers, 0), np.nanmedian(within, 0) if len(within) else missing, spread(centers)])


def pooled(corpora: list[list[Call]]) -> np.ndarray:
    """The same over corpora, whose centres differ as speakers do: [3, 8]."""
    each = np.array([usual(calls) for calls in corpora])
    between = np.sqrt((each[:, 2] ** 2).mean(0) + each[:, 0].var(0))
    known = np.array([each[:, 0].mean(0), np.nanmean(each[:, 1], 0), between])
    known[:, SCORES:] = PROSODY
    return known


def against_own(call: Call, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """z [n, 8], absolute z [n, 2] and share unheard [n] of every hop, as baseline.rs has them.

    One liberty: what the baseline may learn is decided by the truth, not by the detector's
    alerts, so that baselines are computed once. Beyond 40 values every fourth is enough.
    """
    center, within, between = known
    mine, spread = center.copy(), np.hypot(within, between)
    memory: list[list] = [[] for _ in NAMES]
    waiting, rows, unheard = [], [], []
    for n, (values, calm) in enumerate(zip(call.measures, call.calm())):
        rows.append((values - mine) / spread)
        unheard.append(PRIOR_WEIGHT / (PRIOR_WEIGHT + len(memory[0])))
        if calm:
            waiting.append(values)
        for j, value in enumerate(waiting.pop(0) if len(waiting) > PROBATION else ()):
            if np.isnan(value):
                continue
            heard = memory[j] = (memory[j] + [value])[-MEMORY:]
            if len(heard) > 40 and n % 4:
                continue
            middle, high = len(heard) // 2, min(int(HIGH * len(heard)), len(heard) - 1)
            ordered = np.sort(heard)
            median = ordered[middle]
            sd = 1.4826 * np.partition(np.abs(ordered - median), middle)[middle]
            sd = max(sd, (ordered[high] - median) / HIGH_SDS)
            share = PRIOR_WEIGHT / (PRIOR_WEIGHT + len(heard))
            mine[j] = center[j] + (1 - share) * (median - center[j])
            own = max((1 - share) * sd**2 + share * within[j] ** 2, 0.25 * within[j] ** 2)
            spread[j] = np.sqrt(own + share * between[j] ** 2)
    absolute = (call.measures - center) / np.hypot(within, between)
    return np.nan_to_num(np.array(rows)), absolute[:, :2], np.array(unheard)
