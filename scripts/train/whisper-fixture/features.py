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


def log_mel(audio: Tensor, positions: int) -> Tensor:
    """`[batch, samples]` to `[batch, 80, 2 * positions]`, silence after the end."""
    frames = 2 * positions
    audio = F.pad(audio[:, None], (FFT // 2, 0), mode="reflect")[:, 0]
    wanted = (frames - 1) * HOP + FFT
    audio = F.pad(audio, (0, max(0, wanted - audio.shape[1])))[:, :wanted]
    spectrum = torch.stft(audio, FFT, HOP, window=WINDOW, center=False, return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    mel = (FILTERS @ power).clamp(min=1e-10).log10()
    mel = mel.maximum(mel.amax((1, 2), keepdim=True) - 8)
    return (mel + 4) / 4
