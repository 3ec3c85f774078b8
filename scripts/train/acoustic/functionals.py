"""The functionals of a window, the twin of `undertone_dsp::Functionals`; `golden.py` holds both together."""

from __future__ import annotations

import numpy as np

from frontend import MELS, SCALING

ORDERS = 13
COSINES = np.array(
    [[np.cos(np.pi * k * (band + 0.5) / MELS) * np.sqrt(2 / MELS) for band in range(MELS)] for k in range(1, ORDERS + 1)]
)


def spread(values: np.ndarray) -> list[float]:
    return [values.mean(), values.std()] if len(values) else [0.0, 0.0]


def percentiles(values: np.ndarray, *shares: int) -> list[float]:
    return list(np.percentile(values, shares)) if len(values) else [0.0] * len(shares)


def smooth(values: np.ndarray, width: int) -> np.ndarray:
    half = width // 2
    return np.array([values[max(0, i - half) : i + half + 1].mean() for i in range(len(values))])


def moves(values: np.ndarray) -> list[float]:
    steps = np.diff(values)
    return spread(steps[steps > 0]) + spread(-steps[steps < 0])


def runs(flags: np.ndarray) -> np.ndarray:
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return (np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)).astype(float)


def functionals(window: np.ndarray) -> np.ndarray:
    """[T, 50] normalised log-mel, semitones, periodicity -> [110]."""
    mel = (np.exp(window[:, :MELS].astype(float) * SCALING.std + SCALING.mean) - SCALING.log_offset) / SCALING.level_ref
    mel, semitones, periodicity = np.maximum(mel, 0), window[:, MELS].astype(float), window[:, MELS + 1].astype(float)
    level = np.sqrt((mel**2).sum(1))
    log, loudness, decibels = np.log(mel + 1e-3), level**0.6, 20 * np.log10(level + 1e-3)
    spoken = level > 0.1
    voiced = spoken & (periodicity > 0)
    unvoiced, frames = spoken & ~voiced, max(int(spoken.sum()), 1)
    both_spoken, both_voiced = spoken[1:] & spoken[:-1], voiced[1:] & voiced[:-1]

    pitch = semitones[voiced]
    low, *middle, high = percentiles(pitch, 5, 20, 50, 80, 95)
    out = [*spread(pitch), *middle, *moves(smooth(pitch, 5)), high - low]
    stretches = runs(voiced)
    out += [voiced.sum() / frames, 100 * len(stretches) / frames, *spread(stretches), *spread(runs(unvoiced))]
    loud = loudness[spoken]
    out += [*spread(loud), *percentiles(loud, 20, 50, 80), *moves(smooth(loud, 5))]
    s = smooth(loudness, 7)
    out.append(100 * ((s[1:-1] > s[:-2]) & (s[1:-1] > s[2:]) & (s[1:-1] > 0.25)).sum() / frames)
    out += spread(periodicity[voiced])

    cepstrum = log @ COSINES.T
    for k in range(ORDERS):
        out += spread(cepstrum[spoken, k])
    for k in range(8):
        out += spread(cepstrum[voiced, k])
    steps = np.abs(np.diff(cepstrum, axis=0))[both_spoken]
    out += list(steps.mean(0)) if len(steps) else [0.0] * ORDERS

    def band(first: int, end: int) -> np.ndarray:
        return 10 * np.log10((mel[:, first:end] ** 2).sum(1) + 1e-6)

    bottom, centre, top = band(0, 12), band(12, 30), band(30, 48)
    place = np.linspace(-1, 1, MELS)
    slope = (log * place).sum(1) / (place**2).sum()
    for series in (bottom - centre, centre - top, bottom - top, slope):
        out += [*spread(series[voiced]), *percentiles(series[voiced], 20, 80), spread(series[unvoiced])[0]]

    flux = np.sqrt((np.diff(log, axis=0) ** 2).mean(1))[both_spoken]
    out += [*spread(flux), *percentiles(flux, 20, 80)]
    jumps = np.abs(np.diff(semitones))[both_voiced]
    out += [spread(jumps)[0], *percentiles(jumps, 50), spread(np.abs(np.diff(decibels))[both_voiced])[0]]
    return np.array(out)
