"""Log-mel front end shared with `undertone-dsp`; a golden file proves both agree to 1e-4.

16 kHz mono -> frames of 400 samples, hop 160, no centre padding -> periodic Hann ->
rfft 512 -> magnitude -> the lowest 48 of YAMNet's 64 mel bands (all below 4 kHz, so
that the network only ever sees the telephone band) -> level normalisation per window
-> natural logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLE_RATE = 16_000
FRAME = 400
HOP = 160
FFT = 512
MELS = 48
WINDOW = 32_000
WINDOW_FRAMES = (WINDOW - FRAME) // HOP + 1


@dataclass(frozen=True)
class Scaling:
    """How linear mel magnitudes become network input; written into the weight file."""

    level_ref: float = 24.0
    level_floor: float = 1e-2
    log_offset: float = 1e-3
    mean: float = 0.0
    std: float = 1.0


SCALING = Scaling()


def mel_matrix() -> np.ndarray:
    """[257, 48] f32: `tf.signal.linear_to_mel_weight_matrix(64, 257, 16000, 125, 7500)`, cut."""

    def to_mel(hz: np.ndarray | float) -> np.ndarray:
        return 1127.0 * np.log1p(np.asarray(hz, np.float64) / 700.0)

    bins = to_mel(np.linspace(0.0, SAMPLE_RATE / 2, FFT // 2 + 1)[1:])[:, None]
    edges = np.linspace(to_mel(125.0), to_mel(7500.0), 64 + 2)
    low, mid, high = edges[None, :-2], edges[None, 1:-1], edges[None, 2:]
    weights = np.maximum(0.0, np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid)))
    return np.vstack([np.zeros((1, 64)), weights])[:, :MELS].astype(np.float32)


_MEL = mel_matrix()
_HANN = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)


def frame_count(samples: int) -> int:
    """Whole frames in a signal of `samples` samples."""
    return max(0, (samples - FRAME) // HOP + 1)


def mel_frames(wave: np.ndarray) -> np.ndarray:
    """f32 samples [N] -> linear mel magnitudes [T, 48] f32."""
    count = frame_count(len(wave))
    if count == 0:
        return np.zeros((0, MELS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(wave.astype(np.float32), FRAME)[::HOP][:count]
    out = np.empty((count, MELS), np.float32)
    for start in range(0, count, 4096):
        block = frames[start : start + 4096] * _HANN
        out[start : start + 4096] = np.abs(np.fft.rfft(block, FFT)).astype(np.float32) @ _MEL
    return out


def window_level(mel: np.ndarray) -> np.ndarray:
    """[..., T, 48] -> the 90th percentile (lower) of the frame levels, [...]."""
    levels = np.sort(np.sqrt((mel.astype(np.float32) ** 2).sum(-1)), axis=-1)
    return levels[..., int(0.9 * (levels.shape[-1] - 1))]


def log_mel(mel: np.ndarray, scaling: Scaling = SCALING) -> np.ndarray:
    """Level-normalised log-mel of windows: [..., T, 48] linear -> [..., T, 48] f32."""
    level = np.maximum(window_level(mel), scaling.level_floor)
    gain = (scaling.level_ref / level)[..., None, None].astype(np.float32)
    return ((np.log(gain * mel + scaling.log_offset) - scaling.mean) / scaling.std).astype(np.float32)
