"""The acoustic network; the same layers as `undertone-emotion`'s candle model.

MobileNet-v1 blocks (arXiv:1704.04861) over log-mel, attentive statistics pooling over
time (arXiv:1803.10963), one hidden layer, nine outputs: seven class logits, arousal, valence.
Batch norms are folded from the start: YAMNet's arrive folded, and small batches of few
speakers train as well without.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = ("neutral", "angry", "happy", "sad", "fearful", "disgust", "surprised")
OUTPUTS = len(CLASSES) + 2


@dataclass(frozen=True)
class Config:
    """Shape of the network; the defaults follow YAMNet's first layers on 48 bands."""

    stem: int = 32
    blocks: tuple[tuple[int, int], ...] = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1))
    proj: int = 128
    hidden: int = 128
    mels: int = 48

    def as_dict(self) -> dict:
        """The part of the weight file's config that describes the network."""
        return {"stem": self.stem, "blocks": self.blocks, "proj": self.proj, "hidden": self.hidden}


def same_pad(x: Tensor, stride: int) -> Tensor:
    """TensorFlow's SAME padding of [B,C,T,F] for a 3x3 kernel."""

    def pad(size: int) -> tuple[int, int]:
        total = max((-(-size // stride) - 1) * stride + 3 - size, 0)
        return total // 2, total - total // 2

    return F.pad(x, (*pad(x.shape[3]), *pad(x.shape[2])))


def fast_linear(x: Tensor, weight: Tensor, bias: Tensor, training: bool) -> Tensor:
    """A matrix product over the last axis; bfloat16 while training, where CPUs do it several times faster."""
    with torch.autocast("cpu", torch.bfloat16, enabled=training):
        return F.linear(x, weight, bias).float()


class Separable(nn.Module):
    """Depthwise 3x3 (SAME) and pointwise 1x1, each with bias and ReLU."""

    def __init__(self, cin: int, cout: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.depthwise = nn.Conv2d(cin, cin, 3, stride, padding=1 if stride == 1 else 0, groups=cin)
        self.pointwise = nn.Linear(cin, cout)
        nn.init.kaiming_normal_(self.depthwise.weight, nonlinearity="relu")
        nn.init.kaiming_normal_(self.pointwise.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = same_pad(x, self.stride) if self.stride > 1 else x
        x = F.relu(self.depthwise(x), inplace=True).permute(0, 2, 3, 1)
        x = fast_linear(x, self.pointwise.weight, self.pointwise.bias, self.training)
        return F.relu(x, inplace=True).permute(0, 3, 1, 2)


class Acoustic(nn.Module):
    """Windows of log-mel [B, T, mels] -> raw outputs [B, outputs].

    `frozen` counts the blocks after the stem that keep their first values, as the stem does;
    their activations can be computed once (`bank.py`).
    """

    def __init__(
        self, config: Config = Config(), outputs: int = OUTPUTS, dropout: float = 0.3, frozen: int = 3
    ) -> None:
        super().__init__()
        self.config, self.frozen = config, frozen
        self.stem = nn.Conv2d(1, config.stem, 3, 2)
        self.blocks = nn.ModuleList()
        channels, width = config.stem, -(-config.mels // 2)
        for cout, stride in config.blocks:
            self.blocks.append(Separable(channels, cout, stride))
            channels, width = cout, -(-width // stride)
        self.proj = nn.Linear(width * channels, config.proj)
        self.att = nn.Linear(config.proj, 1)
        self.hidden = nn.Linear(2 * config.proj, config.hidden)
        self.out = nn.Linear(config.hidden, outputs)
        self.drop = nn.Dropout(dropout)

    def front(self, x: Tensor) -> Tensor:
        """Stem and the frozen blocks: [B, T, mels] -> [B, C, T', F']."""
        x = x[:, None].contiguous(memory_format=torch.channels_last)
        x = F.relu(self.stem(same_pad(x, 2)), inplace=True)
        for block in self.blocks[: self.frozen]:
            x = block(x)
        return x

    def frames(self, x: Tensor) -> Tensor:
        """`front`'s output -> [B, T', proj]; the index of the flattened axis is f * C + c.

        Dropout silences a feature for the whole window: one mask over time is cheap and stronger.
        """
        for block in self.blocks[self.frozen :]:
            x = block(x)
        x = x.permute(0, 2, 3, 1).flatten(2)
        x = x * self.drop(torch.ones_like(x[:, :1]))
        return F.relu(fast_linear(x, self.proj.weight, self.proj.bias, self.training))

    def embed(self, x: Tensor) -> Tensor:
        """`front`'s output -> [B, hidden]."""
        x = self.frames(x)
        weight = torch.softmax(self.att(x), dim=1)
        mean = (weight * x).sum(1)
        sd = torch.sqrt(torch.clamp((weight * x * x).sum(1) - mean * mean, min=1e-6))
        return F.relu(self.hidden(self.drop(torch.cat([mean, sd], dim=1))))

    def head(self, x: Tensor) -> Tensor:
        """`front`'s output -> raw outputs [B, outputs]."""
        return self.out(self.drop(self.embed(x)))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.front(x))


class Private(nn.Module):
    """What one corpus calls by another name: an offset to the outputs that is left behind after training."""

    def __init__(self, corpora: int, hidden: int, outputs: int = OUTPUTS) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(corpora, outputs, hidden))
        self.bias = nn.Parameter(torch.zeros(corpora, outputs))

    def forward(self, x: Tensor, corpus: Tensor) -> Tensor:
        """Embeddings [B, hidden] and corpus numbers [B] -> [B, outputs]."""
        return torch.einsum("bh,boh->bo", x, self.weight[corpus]) + self.bias[corpus]


def activate(raw: Tensor) -> Tensor:
    """Raw [B, 9] -> class probabilities [B, 7], then arousal and valence in -1..1."""
    return torch.cat([torch.softmax(raw[:, :7], 1), torch.tanh(raw[:, 7:9])], dim=1)


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())
