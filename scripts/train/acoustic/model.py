"""The acoustic network; the same layers as `undertone-emotion`'s candle model.

MobileNet-v1 blocks (arXiv:1704.04861) over log-mel, attentive statistics pooling over
time (arXiv:1803.10963), one hidden layer, nine outputs: seven class logits, arousal, valence.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = ("neutral", "angry", "happy", "sad", "fearful", "disgust", "surprised")


@dataclass(frozen=True)
class Config:
    """Shape of the network; defaults follow YAMNet's first layers on 48 bands."""

    stem: int = 32
    blocks: tuple[tuple[int, int], ...] = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1))
    proj: int = 128
    hidden: int = 128
    mels: int = 48

    def as_dict(self) -> dict:
        return {k: v for k, v in asdict(self).items() if k != "mels"}


def same_pad(x: Tensor, stride: int) -> Tensor:
    """TensorFlow's SAME padding of [B,C,T,F] for a 3x3 kernel."""

    def pad(size: int) -> tuple[int, int]:
        total = max((-(-size // stride) - 1) * stride + 3 - size, 0)
        return total // 2, total - total // 2

    return F.pad(x, (*pad(x.shape[3]), *pad(x.shape[2])))


class ConvNorm(nn.Module):
    """Convolution (SAME), batch norm, ReLU."""

    def __init__(self, cin: int, cout: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv = nn.Conv2d(cin, cout, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(cout)

    def forward(self, x: Tensor) -> Tensor:
        if self.kernel == 3 and self.stride == 1:
            x = F.conv2d(x, self.conv.weight, None, 1, 1, 1, self.conv.groups)
        elif self.kernel == 3:
            x = self.conv(same_pad(x, self.stride))
        else:
            x = self.conv(x)
        return F.relu(self.norm(x))

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight [cout, cin/groups, k, k] and bias [cout] with the batch norm folded in."""
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        return (
            self.conv.weight * scale[:, None, None, None],
            self.norm.bias - self.norm.running_mean * scale,
        )


class Acoustic(nn.Module):
    """Windows of log-mel [B, T, mels] -> raw outputs [B, outputs]."""

    def __init__(self, config: Config = Config(), outputs: int = len(CLASSES) + 2, dropout: float = 0.3) -> None:
        super().__init__()
        self.config = config
        self.stem = ConvNorm(1, config.stem, 3, 2)
        self.blocks = nn.ModuleList()
        channels, width = config.stem, -(-config.mels // 2)
        for cout, stride in config.blocks:
            self.blocks.append(
                nn.ModuleList([ConvNorm(channels, channels, 3, stride, channels), ConvNorm(channels, cout, 1)])
            )
            channels, width = cout, -(-width // stride)
        self.proj = nn.Linear(width * channels, config.proj)
        self.att = nn.Linear(config.proj, 1)
        self.hidden = nn.Linear(2 * config.proj, config.hidden)
        self.out = nn.Linear(config.hidden, outputs)
        self.drop = nn.Dropout(dropout)

    def frames(self, x: Tensor) -> Tensor:
        """[B, T, mels] -> [B, T', proj]; index of the flattened axis is f * C + c."""
        x = self.stem(x[:, None].contiguous(memory_format=torch.channels_last))
        for depthwise, pointwise in self.blocks:
            x = pointwise(depthwise(x))
        x = x.permute(0, 2, 3, 1).flatten(2)
        return F.relu(self.proj(self.drop(x)))

    def embed(self, x: Tensor) -> Tensor:
        """[B, T, mels] -> [B, hidden]."""
        x = self.frames(x).float()
        weight = torch.softmax(F.linear(x, self.att.weight.float(), self.att.bias.float()), dim=1)
        mean = (weight * x).sum(1)
        sd = torch.sqrt(torch.clamp((weight * x * x).sum(1) - mean * mean, min=1e-6))
        return F.relu(self.hidden(self.drop(torch.cat([mean, sd], dim=1))))

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.drop(self.embed(x)).float())


def activate(raw: Tensor) -> Tensor:
    """Raw [B, 9] -> class probabilities [B, 7], then arousal and valence in -1..1."""
    return torch.cat([torch.softmax(raw[:, :7], 1), torch.tanh(raw[:, 7:9])], dim=1)


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())
