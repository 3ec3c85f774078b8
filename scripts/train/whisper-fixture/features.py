"""Whisper's log-mel spectrogram, as whisper.cpp computes it."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

RATE, FFT, HOP, MELS = 16_000, 400, 160, 80


def mel_filters() -> np.ndarray:
    """Slaney's mel filters `[80, 201]`, as librosa and Whisper have them."""

    def hertz(mel: np.ndarray) -> np.ndarray:
        linear = mel * 200 / 3
        return np.where(mel < 15, linear, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    top = 15 + 27 * np.log(RATE / 2 / 1000) / np.log(6.4)
    edges = hertz(np.linspace(0, top, MELS + 2))
    bins = np.linspace(0, RATE / 2, FFT // 2 + 1)
    rising = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    area = 2 / (edges[2:] - edges[:-2])
    return (np.maximum(0, np.minimum(rising, falling)) * area[:, None]).astype(np.float32)


FILTERS = torch.from_numpy(mel_filters())
WINDOW = torch.hann_window(FFT)


def log_power(audio: np.ndarray) -> np.ndarray:
    """`[samples]` to log10 mel power `[frames, 80]`, 100 frames a second."""
    padded = F.pad(torch.from_numpy(audio.astype(np.float32))[None], (FFT // 2, FFT // 2), mode="reflect")
    spectrum = torch.stft(padded[0], FFT, HOP, window=WINDOW, center=False, return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    frames = len(audio) // HOP
    return (FILTERS @ power)[:, :frames].clamp(min=1e-10).log10().T.numpy()


def normalised(log_power: Tensor) -> Tensor:
    """Whisper's scale, for each of `[batch, 80, frames]`."""
    return (log_power.maximum(log_power.amax((1, 2), keepdim=True) - 8) + 4) / 4
