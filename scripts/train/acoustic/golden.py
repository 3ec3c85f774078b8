"""Makes the golden files that hold the Rust front end and network to this code.

    python golden.py            # writes all, relative to the repository root

functionals.safetensors: `window` [198,50], `functionals` [110].
logmel.safetensors: `wave` [32000], `mel` [198,48], `log_mel` [198,48], `mel_matrix` [257,48].
acoustic.safetensors: weights of a small random network (f32, with `__metadata__`),
`golden.input` [3,198,48], `golden.raw` [3,9], `golden.output` [3,9] (softmax and tanh).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from export import metadata, tensors, write
from frontend import SCALING, WINDOW, log_mel, mel_frames, mel_matrix
from functionals import functionals
from model import Acoustic, Config, activate

ROOT = Path(__file__).resolve().parents[3]
FRONTEND = ROOT / "crates/undertone-dsp/tests/golden/logmel.safetensors"
FUNCTIONALS = ROOT / "crates/undertone-dsp/tests/golden/functionals.safetensors"
NETWORK = ROOT / "crates/undertone-emotion/tests/golden/acoustic.safetensors"


def signal(seed: int) -> np.ndarray:
    """Two seconds like speech in shape: gliding harmonics with pauses, and noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(WINDOW) / 16_000
    phase = 2 * np.pi * np.cumsum(140 + 60 * np.sin(2 * np.pi * (0.7 + 0.2 * seed) * t)) / 16_000
    voice = sum(np.sin(k * phase) / k for k in range(1, 25))
    envelope = np.clip(np.sin(2 * np.pi * 1.5 * t + seed), 0, 1)
    return (0.1 * envelope * voice + 0.003 * rng.standard_normal(WINDOW)).astype(np.float32)


def write_frontend() -> None:
    wave = signal(0)
    mel = mel_frames(wave)
    arrays = {"wave": wave, "mel": mel, "log_mel": log_mel(mel), "mel_matrix": mel_matrix()}
    FRONTEND.parent.mkdir(parents=True, exist_ok=True)
    scaling = {k: repr(v) for k, v in vars(SCALING).items()}
    write(FRONTEND, arrays, {"format": "undertone-logmel/1", **scaling})


def write_functionals() -> None:
    """Features of a made-up signal, with a made-up F0: voiced where the voice is loud, with gaps."""
    window = log_mel(mel_frames(signal(1)))
    at = np.arange(len(window)) / 100
    voiced = (np.sin(2 * np.pi * 1.5 * at + 1) > 0.1) & (at % 0.37 > 0.05)
    semitones = 12 * np.log2((140 + 60 * np.sin(2 * np.pi * 0.9 * at)) / 100)
    periodicity = 0.8 + 0.15 * np.cos(7 * at)
    columns = np.where(voiced[:, None], np.stack([semitones, periodicity], 1), 0.0)
    window = np.hstack([window, columns]).astype(np.float32)
    scaling = {k: repr(v) for k, v in vars(SCALING).items()}
    arrays = {"window": window, "functionals": functionals(window).astype(np.float32)}
    write(FUNCTIONALS, arrays, {"format": "undertone-functionals/1", **scaling})


def write_network() -> None:
    torch.manual_seed(7)
    config = Config(stem=8, blocks=((16, 1), (24, 2), (24, 1), (32, 2)), proj=16, hidden=12)
    model = Acoustic(config).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
    windows = torch.from_numpy(np.stack([log_mel(mel_frames(signal(i))) for i in range(3)]))
    with torch.no_grad():
        raw = model(windows)
    arrays = tensors(model)
    arrays |= {"golden.input": windows.numpy(), "golden.raw": raw.numpy(), "golden.output": activate(raw).numpy()}
    NETWORK.parent.mkdir(parents=True, exist_ok=True)
    write(NETWORK, arrays, metadata(model, "golden"))


if __name__ == "__main__":
    write_frontend()
    write_functionals()
    write_network()
    print(FRONTEND, FRONTEND.stat().st_size, NETWORK, NETWORK.stat().st_size)
