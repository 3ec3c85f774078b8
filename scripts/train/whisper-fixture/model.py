"""The Whisper architecture, after https://github.com/openai/whisper/blob/main/whisper/model.py

Parameter names are those of openai-whisper, so `export.py` writes them as
whisper.cpp's converter does. Four things are only here for training: the output
vocabulary is restricted to the tokens the grammar uses, a head names the phoneme of
each position, cross-attention shows where it looks, and weights can be rounded to
4 bits as they are in the file.
"""

import dataclasses
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VOCABULARY = 51_864
# More than espeak-ng's English voices have.
PHONEMES = 160
END, START, NO_SPEECH, NO_TIMESTAMPS = 50_256, 50_257, 50_361, 50_362


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes. 160 wide is what fits into 8 MB with the whole vocabulary."""

    mels: int = 80
    audio_context: int = 1500
    width: int = 160
    heads: int = 5
    audio_layers: int = 4
    text_context: int = 448
    text_layers: int = 2


def rounded(weight: Tensor) -> Tensor:
    """`weight` as ggml's q4_0 stores it: blocks of 32, 4 bits and one f16 scale.
    Gradients pass through as if nothing had happened."""
    blocks = weight.detach().reshape(-1, 32)
    peak = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    scale = (peak / -8).half().float()
    inverse = torch.where(scale == 0, torch.zeros_like(scale), 1 / scale)
    levels = (blocks * inverse + 8.5).floor().clamp(0, 15) - 8
    return weight + ((levels * scale).reshape(weight.shape) - weight.detach())


class Linear(nn.Linear):
    """A linear layer that can pretend to be quantised."""

    quantised = False

    def forward(self, x: Tensor) -> Tensor:
        weight = rounded(self.weight) if Linear.quantised else self.weight
        return F.linear(x, weight, self.bias)


class Attention(nn.Module):
    """Multi-head attention without a key bias."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.looked: Tensor | None = None
        self.query = Linear(width, width)
        self.key = Linear(width, width, bias=False)
        self.value = Linear(width, width)
        self.out = Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor | None = None, causal: bool = False) -> Tensor:
        memory = x if memory is None else memory
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = split(self.query(x)), split(self.key(memory)), split(self.value(memory))
        if causal:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            # Written out, since its gradient is several times faster on a CPU than
            # the fused one's, and since cross-attention is told where to look.
            looks = (q / math.sqrt(q.shape[-1]) @ k.transpose(-1, -2)).softmax(-1)
            self.looked = looks if self.training and memory is not x else None
            mixed = looks.to(v.dtype) @ v
        return self.out(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """A transformer block; with `crossed`, one of the decoder."""

    def __init__(self, width: int, heads: int, crossed: bool):
        super().__init__()
        self.attn = Attention(width, heads)
        self.attn_ln = nn.LayerNorm(width)
        self.cross_attn = Attention(width, heads) if crossed else None
        self.cross_attn_ln = nn.LayerNorm(width) if crossed else None
        self.mlp = nn.Sequential(
            Linear(width, 4 * width), nn.GELU("tanh"), Linear(4 * width, width)
        )
        self.mlp_ln = nn.LayerNorm(width)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        causal = memory is not None
        x = x + self.attn(self.attn_ln(x), causal=causal)
        if memory is not None:
            x = x + self.cross_attn(self.cross_attn_ln(x), memory)
        return x + self.mlp(self.mlp_ln(x))


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's fixed encoder positions."""
    step = math.log(10_000) / (width // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(width // 2))[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class AudioEncoder(nn.Module):
    """Log-mel `[batch, mels, frames]` to `[batch, frames / 2, width]`."""

    def __init__(self, config: Config):
        super().__init__()
        self.conv1 = nn.Conv1d(config.mels, config.width, 3, padding=1)
        self.conv2 = nn.Conv1d(config.width, config.width, 3, stride=2, padding=1)
        self.register_buffer("positional_embedding", sinusoids(config.audio_context, config.width))
        self.blocks = nn.ModuleList(
            Block(config.width, config.heads, False) for _ in range(config.audio_layers)
        )
        self.ln_post = nn.LayerNorm(config.width)

    def forward(self, mel: Tensor) -> Tensor:
        x = F.gelu(self.conv1(mel), approximate="tanh")
        x = F.gelu(self.conv2(x), approximate="tanh").transpose(1, 2)
        x = x + self.positional_embedding[: x.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.ln_post(x)


class TextDecoder(nn.Module):
    """Rows `[batch, length]` of the restricted vocabulary to logits over it."""

    def __init__(self, config: Config, rows: int):
        super().__init__()
        self.token_embedding = nn.Embedding(rows, config.width)
        self.positional_embedding = nn.Parameter(0.01 * torch.randn(config.text_context, config.width))
        self.blocks = nn.ModuleList(
            Block(config.width, config.heads, True) for _ in range(config.text_layers)
        )
        self.ln = nn.LayerNorm(config.width)
        nn.init.normal_(self.token_embedding.weight, std=config.width**-0.5)

    def forward(self, rows: Tensor, memory: Tensor) -> Tensor:
        words = self.token_embedding.weight
        words = rounded(words) if Linear.quantised else words
        x = F.embedding(rows, words) + self.positional_embedding[: rows.shape[1]]
        for block in self.blocks:
            x = block(x, memory)
        return F.linear(self.ln(x), words)


class Whisper(nn.Module):
    """Whisper over the tokens `used`; the last row stands for all other tokens.

    Those are never a target, so one row serves for all of them and is written to
    each in the file. With the logarithm of their number added to its logit the
    loss is exactly that over the whole vocabulary.
    """

    def __init__(self, config: Config, used: list[int]):
        super().__init__()
        self.config, self.used = config, used
        self.encoder = AudioEncoder(config)
        self.decoder = TextDecoder(config, len(used) + 1)
        self.phonemes = nn.Linear(config.width, PHONEMES)
        weight = torch.zeros(len(used) + 1)
        weight[-1] = math.log(VOCABULARY - len(used))
        self.register_buffer("log_count", weight, persistent=False)

    def logits(self, rows: Tensor, memory: Tensor) -> Tensor:
        """Logits over the used tokens and, last, all others together."""
        return self.decoder(rows, memory).float() + self.log_count

    def looked(self) -> list[Tensor]:
        """Where each decoder block looked in the last pass: the mean of its first two
        heads, `[batch, tokens, positions]`."""
        return [block.cross_attn.looked[:, :2].mean(1) for block in self.decoder.blocks]
