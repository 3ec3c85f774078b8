"""The acoustic path of `undertone analyze` written plainly in PyTorch.

What is compared is the work, not the ears: it judges the windows that Undertone judged,
each whole and by its newest half, and takes F0 and loudness of the last second at every
hop. It has no voice activity, no roughness, no syllable rate and no detector, which
makes it cheaper, not dearer.
"""

import json
import struct
from pathlib import Path

import numpy as np
import soundfile
import torch
import torch.nn.functional as F

RATE, WINDOW, HOP = 16_000, 32_000, 4_000
PITCH_FRAME, PITCH_HOP = 750, 160


def read_call(path):
    """The lanes of a recording at 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE
    return list(samples.T.copy())


def mel_matrix(mels):
    """[257, mels]: the lowest bands of tf.signal.linear_to_mel_weight_matrix(64, 257, 16000, 125, 7500)."""
    to_mel = lambda hz: 1127.0 * np.log1p(np.asarray(hz, np.float64) / 700.0)
    bins = to_mel(np.linspace(0.0, RATE / 2, 257))[:, None]
    low, mid, high = (np.linspace(to_mel(125.0), to_mel(7500.0), 66)[k : k + 64] for k in range(3))
    weights = np.maximum(0.0, np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid)))
    weights[0] = 0.0
    return torch.tensor(weights[:, :mels], dtype=torch.float32)


class Pipeline:
    """Weights of an acoustic model and the computations around it."""

    def __init__(self, path: Path):
        data = path.read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        self.config = json.loads(header.pop("__metadata__")["config"])
        self.w = {}
        for name, entry in header.items():
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            kind = {"F16": np.float16, "F32": np.float32}[entry["dtype"]]
            values = np.frombuffer(data[begin:end], kind).astype(np.float32)
            self.w[name] = torch.tensor(values).reshape(entry["shape"])
        for name in [name for name in self.w if name.endswith(("stem.weight", "dw.weight"))]:
            # [9, c] -> [c, 1, 3, 3], as PyTorch has convolutions.
            self.w[name] = self.w[name].T.reshape(-1, 1, 3, 3).contiguous()
        for name in [name for name in self.w if name.endswith("pw.weight")]:
            self.w[name] = self.w[name].T[:, :, None, None].contiguous()
        self.hann, self.mel = torch.hann_window(self.config["frame"]), mel_matrix(self.config["mels"])
        self.pitch_hann = torch.hann_window(PITCH_FRAME)

    @torch.inference_mode()
    def features(self, wave):
        """Level-normalised log-mel [B, 198, 48] of windows [B, 32000]."""
        c = self.config
        frames = wave.unfold(1, c["frame"], c["hop"]) * self.hann
        mel = torch.fft.rfft(frames, c["fft"]).abs() @ self.mel
        levels = mel.square().sum(-1).sqrt().sort(-1).values
        level = levels[:, int(0.9 * (levels.shape[1] - 1))].clamp_min(c["level_floor"])
        gain = (c["level_ref"] / level)[:, None, None]
        return (torch.log(gain * mel + c["log_offset"]) - c["mean"]) / c["std"]

    @torch.inference_mode()
    def network(self, x):
        """[B, 198, 48] -> probabilities, arousal, valence [B, 9]."""
        w = self.w

        def conv(x, name, stride, groups):
            def pad(size):
                total = max((-(-size // stride) - 1) * stride + 3 - size, 0)
                return total // 2, total - total // 2

            x = F.pad(x, (*pad(x.shape[3]), *pad(x.shape[2])))
            return F.relu(F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride, 0, 1, groups))

        x = conv(x[:, None].to(memory_format=torch.channels_last), "stem", 2, 1)
        for i, (_, stride) in enumerate(self.config["blocks"]):
            x = conv(x, f"blocks.{i}.dw", stride, x.shape[1])
            x = F.relu(F.conv2d(x, w[f"blocks.{i}.pw.weight"], w[f"blocks.{i}.pw.bias"]))
        x = x.permute(0, 2, 3, 1).flatten(2)
        x = F.relu(x @ w["proj.weight"] + w["proj.bias"])
        share = torch.softmax(x @ w["att.weight"] + w["att.bias"], 1)[..., None]
        mean = (share * x).sum(1)
        sd = ((share * x * x).sum(1) - mean * mean).clamp_min(1e-6).sqrt()
        x = F.relu(torch.cat([mean, sd], 1) @ w["hidden.weight"] + w["hidden.bias"])
        raw = x @ w["out.weight"] + w["out.bias"]
        return torch.cat([raw[:, :7].softmax(1), raw[:, 7:].tanh()], 1)

    @torch.inference_mode()
    def prosody(self, second):
        """Median F0 of the voiced frames of a second, and its level in dB."""
        frames = second.unfold(0, PITCH_FRAME, PITCH_HOP)
        frames = (frames - frames.mean(1, keepdim=True)) * self.pitch_hann
        power = torch.fft.rfft(frames, 1024).abs().square()
        correlation = torch.fft.irfft(power)[:, 32:268] / power.sum(1, keepdim=True).clamp_min(1e-9)
        best, lag = correlation.max(1)
        voiced = lag[best > 0.45 * best.max()]
        return RATE / (32 + voiced.float().median()), 10 * second.square().mean().log10()

    @torch.inference_mode()
    def call(self, lanes, judged, batch=1):
        """Every hop's prosody of both lanes, and both looks at every window of `judged`."""
        padded = [F.pad(torch.from_numpy(lane), (WINDOW, 0)) for lane in lanes]
        for lane in padded:
            for end in range(WINDOW + HOP, len(lane) + 1, HOP):
                self.prosody(lane[end - RATE : end])
        scores = []
        for first in range(0, len(judged), batch):
            windows = [padded[lane][end : end + WINDOW] for lane, end in judged[first : first + batch]]
            whole = self.features(torch.stack(windows))
            half = whole.shape[1] // 2
            newest = torch.cat([whole[:, -half:], whole[:, half:]], 1)
            scores.append(self.network(torch.cat([whole, newest])))
        return torch.cat(scores)
