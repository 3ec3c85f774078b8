"""What a telephone and a raised voice do to a recording."""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from features import RATE


def telephone(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The band and the µ-law of a telephone line."""
    length = next_fast_len(len(audio), real=True)
    spectrum = rfft(audio, length)
    hertz = np.arange(length // 2 + 1, dtype=np.float32) * (RATE / length)
    low, high = rng.uniform(150, 350), rng.uniform(3200, 3700)
    band = 1 / (1 + np.exp(-(hertz - low) / 25)) / (1 + np.exp((hertz - high) / 60))
    narrow = irfft(spectrum * band, length)[: len(audio)]
    peak = np.abs(narrow).max() + 1e-9
    level = narrow / peak * rng.uniform(0.1, 0.9)
    coded = np.sign(level) * np.log1p(255 * np.abs(level)) / np.log(256)
    coded = np.round(coded * 127) / 127
    return np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255


def raised(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The treble lift and the overdrive of a raised voice."""
    audio = audio - rng.uniform(0, 0.6) * np.pad(audio, (1, 0))[:-1]
    return np.tanh(audio / (np.abs(audio).max() + 1e-9) * rng.uniform(1, 4))
