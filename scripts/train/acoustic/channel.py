"""What a telephone and a room do to a voice, on waveforms at 16 kHz."""

from __future__ import annotations

import subprocess

import numpy as np
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from frontend import SAMPLE_RATE

CODECS = {
    "gsm": (8000, ["-f", "gsm", "-c:a", "libgsm"], ["-f", "gsm"]),
    "speex": (8000, ["-f", "ogg", "-c:a", "libspeex", "-b:a", "8000"], []),
    "opus6": (8000, ["-f", "ogg", "-c:a", "libopus", "-b:a", "6000", "-application", "voip"], []),
    "opus10": (8000, ["-f", "ogg", "-c:a", "libopus", "-b:a", "10000", "-application", "voip"], []),
    "g726": (8000, ["-f", "wav", "-c:a", "g726", "-b:a", "24000"], []),
    "g723": (8000, ["-f", "wav", "-c:a", "g723_1", "-b:a", "6300"], []),
    "opus16": (16000, ["-f", "ogg", "-c:a", "libopus", "-b:a", "12000", "-application", "voip"], []),
}
"""Name -> (rate, ffmpeg encoder arguments, decoder arguments)."""


def band_limit(wave: np.ndarray, low: float, high: float) -> np.ndarray:
    """Fourth-order Butterworth band pass."""
    return sosfilt(butter(4, [low, high], "bandpass", fs=SAMPLE_RATE, output="sos"), wave).astype(np.float32)


def companded(wave: np.ndarray, law: str) -> np.ndarray:
    """G.711 at 8 kHz and back: 8 bits on the µ or A curve."""
    narrow = np.clip(resample_poly(wave, 1, 2), -1, 1)
    if law == "mu":
        code = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
        code = np.round(code * 127) / 127
        narrow = np.sign(code) * np.expm1(np.abs(code) * np.log(256)) / 255
    else:
        a, knee = 87.6, 1 + np.log(87.6)
        size = np.abs(narrow)
        code = np.where(size < 1 / a, a * size / knee, (1 + np.log(np.maximum(a * size, 1))) / knee)
        code = np.round(code * 127) / 127
        size = np.where(code < 1 / knee, code * knee / a, np.exp(code * knee - 1) / a)
        narrow = np.sign(narrow) * size
    return resample_poly(narrow, 2, 1)[: len(wave)].astype(np.float32)


def packet_loss(wave: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Loses 20 ms packets in short bursts; a lost one repeats the last, faded."""
    out, size, lost = wave.copy(), 320, False
    for start in range(size, len(out) - size, size):
        lost = rng.random() < (0.4 if lost else rate)
        if lost:
            out[start : start + size] = 0.6 * out[start - size : start]
    return out


def phone(wave: np.ndarray, law: str = "mu", loss: float = 0.0, seed: int = 0) -> np.ndarray:
    """The `phone` condition: 300-3400 Hz, G.711, optional packet loss."""
    out = companded(band_limit(wave, 300, 3400), law)
    return packet_loss(out, loss, np.random.default_rng(seed)) if loss else out


def coded(wave: np.ndarray, codec: str) -> np.ndarray:
    """Through a low-bit-rate codec by ffmpeg; codec delay is not compensated."""
    rate, encode, decode = CODECS[codec]
    raw = ["-f", "f32le", "-ac", "1"]
    quiet = ["ffmpeg", "-v", "error", "-nostdin"]
    encoded = subprocess.run(
        [*quiet, *raw, "-ar", "16000", "-i", "-", "-ar", str(rate), *encode, "-"],
        input=wave.astype("<f4").tobytes(),
        capture_output=True,
        check=True,
    ).stdout
    decoded = subprocess.run(
        [*quiet, *decode, "-i", "-", *raw, "-ar", "16000", "-"], input=encoded, capture_output=True, check=True
    ).stdout
    out = np.frombuffer(decoded, "<f4")[: len(wave)]
    return np.pad(out, (0, len(wave) - len(out))).astype(np.float32)


def room(rng: np.random.Generator, seconds: float = 0.5) -> np.ndarray:
    """A simulated room's response: direct sound, a few reflections, a decaying noisy tail."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    decay = rng.uniform(0.12, 0.6)
    tail = rng.standard_normal(len(t)) * np.exp(-6.9 * t / decay) * (t > 0.004)
    tail *= rng.uniform(0.1, 1.0) / max(np.sqrt((tail**2).sum()), 1e-9)
    tail[0] = 1.0
    for _ in range(6):
        tail[rng.integers(16, 600)] += rng.uniform(-0.5, 0.5)
    return tail.astype(np.float32)


def reverberate(wave: np.ndarray, response: np.ndarray) -> np.ndarray:
    return fftconvolve(wave, response)[: len(wave)].astype(np.float32)
