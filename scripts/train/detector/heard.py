"""Calls as `undertone eval spikes --dump` writes them, as arrays."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Places in a hop's measures.
NAMES = ("score", "recent", "arousal", "recent_arousal", "pitch", "loudness", "rate")
FLOOR, MIN_SPEECH, GRACE_S = 1e-4, 0.3, 2.0


@dataclass
class Call:
    """One call: end of each judged hop [n], its measures [n, 7], its spikes."""

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


def anger(probabilities: list) -> float:
    return float(np.log(probabilities[1] + FLOOR) - np.log(probabilities[0] + FLOOR))


def row(looks: list, prosody: list) -> list:
    (whole, arousal, _), (recent, recent_arousal, _) = looks
    f0, _, loudness, rate, _ = prosody
    semitones = 12 * np.log2(f0 / 100) if f0 else np.nan
    rest = [np.nan if value is None else value for value in (loudness, rate)]
    return [anger(whole), anger(recent), arousal, recent_arousal, semitones, *rest]


def read(path: Path) -> list[Call]:
    calls = []
    with open(path) as lines:
        for line in lines:
            call = json.loads(line)
            hops = [hop for hop in call["hops"] if hop[2] and hop[1] >= MIN_SPEECH]
            if hops:
                times = np.array([hop[0] for hop in hops])
                measures = np.array([row(hop[2], hop[3]) for hop in hops])
                calls.append(Call(times, measures, call["spikes"], call["seconds"]))
    return calls


def usual(calls: list[Call]) -> np.ndarray:
    """Centre, spread within a speaker and between speakers of calm speech: [3, 7]."""
    spread = lambda values: 1.4826 * np.nanmedian(np.abs(values - np.nanmedian(values, 0)), 0)
    calm = [call.measures[call.calm()] for call in calls]
    centers = np.array([np.nanmedian(rows, 0) for rows in calm if len(rows) >= 8])
    within = np.array([spread(rows) for rows in calm if len(rows) > 60])
    missing = np.full(centers.shape[1], np.nan)
    return np.array([np.nanmedian(centers, 0), np.nanmedian(within, 0) if len(within) else missing, spread(centers)])


def pooled(corpora: list[list[Call]]) -> np.ndarray:
    """The same over corpora, whose centres differ as speakers do: [3, 7]."""
    each = np.array([usual(calls) for calls in corpora])
    between = np.sqrt((each[:, 2] ** 2).mean(0) + each[:, 0].var(0))
    return np.array([each[:, 0].mean(0), np.nanmean(each[:, 1], 0), between])
