"""Writes a trained model as the weights file the program reads.

    python export.py runs/a/model.pt --data ../../../../shared/data/text

Linear layers go to 8 bits with one scale a row, the word-piece table to 4 bits
with 16 shared levels, everything else to half or single precision. Thresholds
are chosen on GoEmotions' dev split, as it is and as speech, with the weights as
they are written.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

import labels
import speech
from model import TextModel, expand_table, quantise_table, start_dir

ROOT = Path(__file__).resolve().parents[3]
OUTPUTS = 38
GROUPS = 6
TOKENS = 128


def rows8(weight):
    """Codes -127..127 and one scale a row; the scale with the least squared error is taken."""
    top = weight.abs().amax(1, keepdim=True).clamp_min(1e-12)
    best, error = None, torch.full((len(weight), 1), float("inf"))
    for share in (1.0, 0.95, 0.9, 0.85, 0.8):
        scale = top * share / 127
        codes = (weight / scale).round().clamp(-127, 127)
        off = ((codes * scale - weight) ** 2).sum(1, keepdim=True)
        if best is None:
            best = [codes, scale]
        else:
            best = [torch.where(off < error, codes, best[0]), torch.where(off < error, scale, best[1])]
        error = torch.minimum(off, error)
    return best[0].to(torch.int8), best[1][:, 0]


def linear_parts(model):
    """(name in the file, weight, bias) of every linear layer."""
    yield "heads", model.heads.weight[:OUTPUTS], model.heads.bias[:OUTPUTS]
    yield "embed", model.embed.weight, torch.zeros(len(model.embed.weight))
    for i, layer in enumerate(model.bert.encoder.layer):
        own = layer.attention.self
        yield (f"layers.{i}.qkv", torch.cat([own.query.weight, own.key.weight, own.value.weight]),
               torch.cat([own.query.bias, own.key.bias, own.value.bias]))
        yield f"layers.{i}.out", layer.attention.output.dense.weight, layer.attention.output.dense.bias
        yield f"layers.{i}.up", layer.intermediate.dense.weight, layer.intermediate.dense.bias
        yield f"layers.{i}.down", layer.output.dense.weight, layer.output.dense.bias


def norm_parts(model):
    """(name in the file, module) of every layer normalisation."""
    yield "norm", model.bert.embeddings.LayerNorm
    for i, layer in enumerate(model.bert.encoder.layer):
        yield f"layers.{i}.out_norm", layer.attention.output.LayerNorm
        yield f"layers.{i}.down_norm", layer.output.LayerNorm


@torch.no_grad()
def tensors(model, groups=GROUPS, tokens=TOKENS):
    """Every tensor of the file but the vocabulary."""
    out = {}
    embeddings = model.bert.embeddings
    codes, scales, levels = quantise_table(embeddings.word_embeddings.weight.detach().clone(), groups)
    codes = codes.numpy()
    out["word.codes"] = codes[:, 0::2] | (codes[:, 1::2] << 4)
    out["word.scales"] = scales.numpy().astype(np.float16)
    out["word.levels"] = levels.numpy().astype(np.float32)
    out["position"] = embeddings.position_embeddings.weight[:tokens].numpy().astype(np.float16)
    out["kind"] = embeddings.token_type_embeddings.weight.numpy().astype(np.float16)
    for name, weight, bias in linear_parts(model):
        codes, scale = rows8(weight.detach())
        out[f"{name}.codes"] = codes.numpy()
        out[f"{name}.scale"] = scale.numpy().astype(np.float32)
        out[f"{name}.bias"] = bias.detach().numpy().astype(np.float32)
    for name, norm in norm_parts(model):
        out[f"{name}.weight"] = norm.weight.numpy().astype(np.float32)
        out[f"{name}.bias"] = norm.bias.numpy().astype(np.float32)
    return {name: np.ascontiguousarray(array) for name, array in out.items()}


@torch.no_grad()
def load_stored(model, stored):
    """Puts what the file holds, expanded, back into `model`."""
    put = lambda parameter, array: parameter.copy_(torch.from_numpy(np.asarray(array, np.float32)))
    embeddings = model.bert.embeddings
    packed = torch.from_numpy(stored["word.codes"])
    codes = torch.stack([packed & 15, packed >> 4], -1).flatten(1)
    table = expand_table(codes, torch.from_numpy(stored["word.scales"].astype(np.float32)),
                         torch.from_numpy(stored["word.levels"]))
    embeddings.word_embeddings.weight.copy_(table)
    put(embeddings.position_embeddings.weight[:len(stored["position"])], stored["position"])
    put(embeddings.token_type_embeddings.weight, stored["kind"])

    def expanded(name):
        return stored[f"{name}.codes"].astype(np.float32) * stored[f"{name}.scale"][:, None]

    put(model.heads.weight[:OUTPUTS], expanded("heads")[:OUTPUTS])
    put(model.heads.bias[:OUTPUTS], stored["heads.bias"][:OUTPUTS])
    put(model.embed.weight, expanded("embed"))
    for i, layer in enumerate(model.bert.encoder.layer):
        own = layer.attention.self
        weights, biases = np.split(expanded(f"layers.{i}.qkv"), 3), np.split(stored[f"layers.{i}.qkv.bias"], 3)
        for module, weight, bias in zip((own.query, own.key, own.value), weights, biases):
            put(module.weight, weight)
            put(module.bias, bias)
        for name, module in (("out", layer.attention.output.dense), ("up", layer.intermediate.dense),
                             ("down", layer.output.dense)):
            put(module.weight, expanded(f"layers.{i}.{name}"))
            put(module.bias, stored[f"layers.{i}.{name}.bias"])
    for name, norm in norm_parts(model):
        put(norm.weight, stored[f"{name}.weight"])
        put(norm.bias, stored[f"{name}.bias"])
    return model


def with_signals(stored, weight, bias):
    """`stored` with rows for taught signals after the other outputs of its heads."""
    codes, scale = rows8(torch.from_numpy(weight))
    rows = {"codes": codes.numpy(), "scale": scale.numpy(), "bias": bias}
    out = dict(stored)
    for name, row in rows.items():
        old = stored[f"heads.{name}"]
        out[f"heads.{name}"] = np.concatenate([old[:OUTPUTS], row.astype(old.dtype)])
    return out


def metadata(name, config, pieces, thresholds, ekman_thresholds, groups=GROUPS, tokens=TOKENS,
             signals=()):
    """The file's metadata: the program's `Config` as JSON."""
    fields = {
        "name": name, "pieces": pieces, "tokens": tokens, "width": config.hidden_size,
        "layers": config.num_hidden_layers, "heads": config.num_attention_heads,
        "inner": config.intermediate_size, "groups": groups, "epsilon": config.layer_norm_eps,
        "emotions": labels.EMOTIONS, "tones": labels.TONES,
        "thresholds": [round(float(t), 4) for t in thresholds],
        "ekman_thresholds": [round(float(t), 4) for t in ekman_thresholds],
        "signals": list(signals),
    }
    return {"format": "undertone-text/1", "config": json.dumps(fields)}


def write(path, stored, vocabulary, meta):
    """Writes the weights file."""
    text = np.frombuffer(vocabulary.encode(), dtype=np.uint8)
    save_file({**stored, "vocabulary": text}, path, metadata=meta)


def vocabulary():
    """One word piece a line."""
    return (start_dir() / "vocab.txt").read_text(encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "models/text-emotion.safetensors")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    import data
    import metrics
    from train import tokenizer
    model = TextModel.start().eval()
    model.load_state_dict(torch.load(args.checkpoint, map_location="cpu"))
    stored = tensors(model)
    load_stored(model, stored)
    dev = data.goemotions(args.data, "dev")
    texts = [e.text for e in dev]
    out = metrics.outputs(model, tokenizer(), texts + [speech.plain(text) for text in texts])
    truth, ekman = np.array([e.emotions for e in dev] * 2), np.array([e.ekman for e in dev] * 2)
    at = metrics.thresholds(truth, out["emotion"])
    groups = metrics.grouped(out["emotion"])
    ekman_at = metrics.thresholds(ekman, groups)
    text = vocabulary()
    meta = metadata("text-emotion", model.bert.config, len(text.splitlines()), at, ekman_at)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write(args.out, stored, text, meta)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB; dev macro-F1 "
          f"{metrics.f1(truth, out['emotion'] >= at).mean():.4f}, Ekman "
          f"{metrics.f1(ekman, groups >= ekman_at).mean():.4f}")


if __name__ == "__main__":
    main()
