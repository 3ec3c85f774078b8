"""Fine-tunes all-MiniLM-L6-v2 for emotion in words. See docs/lab/text-emotion.md.

    python train.py --data ../../../../shared/data/text --out runs/a
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import data
import metrics
from model import TextModel, start_dir
from tokenizers import Tokenizer
from transformers import BertModel

MAX_TOKENS = 48


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=170.0,
                        help="where this is less than the epochs need, the schedule is shortened")
    parser.add_argument("--tokens", type=int, default=1000, help="of a batch")
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--head-rate", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.85, help="of the rate, a layer down")
    parser.add_argument("--freeze", type=int, default=0, help="layers left as they are, from below")
    parser.add_argument("--keep", type=float, default=1.0, help="weight of the embedding's loss")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def tokenizer():
    tok = Tokenizer.from_file(str(start_dir() / "tokenizer.json"))
    tok.no_padding()
    tok.enable_truncation(MAX_TOKENS)
    return tok


def padded(encodings, device):
    """ids, mask, types of a batch."""
    longest = max(len(e.ids) for e in encodings)
    out = np.zeros((3, len(encodings), longest), dtype=np.int64)
    for i, e in enumerate(encodings):
        n = len(e.ids)
        out[0, i, :n], out[1, i, :n], out[2, i, :n] = e.ids, 1, e.type_ids
    return [torch.from_numpy(part).to(device) for part in out]


@torch.no_grad()
def teacher_embeddings(texts, tok, device, path):
    """Where the untouched all-MiniLM-L6-v2 puts each clean text (cached)."""
    if path.exists():
        return np.load(path)
    bert = BertModel.from_pretrained(start_dir(), add_pooling_layer=False).to(device).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = np.zeros((len(texts), 384), dtype=np.float16)
    for start in range(0, len(order), 64):
        rows = order[start:start + 64]
        ids, mask, types = padded(tok.encode_batch([texts[i] for i in rows]), device)
        with torch.autocast(device, torch.bfloat16):
            hidden = bert(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        weight = mask.unsqueeze(-1).float()
        mean = F.normalize((hidden.float() * weight).sum(1) / weight.sum(1), dim=-1)
        out[rows] = mean.cpu().numpy().astype(np.float16)
    np.save(path, out)
    return out


def parameter_groups(model, args):
    """The rate falls by `decay` from layer to layer downwards; norms and biases do not decay."""
    layers = len(model.bert.encoder.layer)
    groups = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("bert."):
            depth = int(name.split(".")[3]) + 1 if ".layer." in name else 0
            rate = args.rate * args.decay ** (layers - depth)
        else:
            rate = args.head_rate if name.startswith(("heads", "signals")) else args.rate
        weight_decay = 0.01 if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, weight_decay), []).append(parameter)
    return [{"params": p, "lr": r, "base": r, "weight_decay": w}
            for (r, w), p in groups.items()]


def class_weights(main):
    """Weight of a positive by class: rare emotions count up to four times."""
    counts = np.sum([e.emotions for e in main], axis=0)
    return torch.tensor(np.clip((np.median(counts) / counts) ** 0.5, 1.0, 4.0)).float()


def stacked(batch, name, width, device):
    """A head's targets and, per example, whether it has any."""
    rows = [getattr(e, name) for e in batch]
    target = torch.tensor([r if r is not None else [0.0] * width for r in rows])
    present = torch.tensor([float(r is not None) for r in rows])
    return target.to(device), present.to(device)


def loss_of(outputs, batch, teacher, positive, has_context, keep):
    """The sum of all losses of a batch."""
    (emotion, tone, valence, ekman, signal), embedding = outputs
    device = emotion.device
    weight = torch.tensor([e.weight for e in batch], device=device)
    target, _ = stacked(batch, "emotions", 28, device)
    mask, _ = stacked(batch, "mask", 28, device)
    bce = F.binary_cross_entropy_with_logits(emotion, target, reduction="none", pos_weight=positive)
    total = ((bce * mask).sum(-1) * weight).mean()
    for logits, name, scale in ((tone, "tone", 0.4), (valence, "valence", 0.4)):
        target, present = stacked(batch, name, logits.shape[-1], device)
        entropy = -(target * F.log_softmax(logits, -1)).sum(-1)
        total = total + scale * (entropy * present * weight).mean()
    target, present = stacked(batch, "ekman", 7, device)
    bce = F.binary_cross_entropy_with_logits(ekman, target, reduction="none").sum(-1)
    total = total + 0.3 * (bce * present * weight).mean()
    target = torch.tensor([e.signals[0] for e in batch], device=device)
    mask = torch.tensor([e.signals[1] for e in batch], device=device)
    bce = F.binary_cross_entropy_with_logits(signal, target, reduction="none")
    total = total + 2.0 * (bce * mask).sum(-1).mean()
    has_row = torch.tensor([float(e.row >= 0) for e in batch], device=device)
    rows = torch.tensor(np.stack([teacher[e.row] for e in batch]), device=device).float()
    away = (1 - (embedding * F.normalize(rows, dim=-1)).sum(-1)) * (1 - has_context) * has_row
    return total + keep * away.mean()


class Average:
    """Exponential moving average of the trained weights, taken every fourth step, warmed up."""

    def __init__(self, model, decay=0.993):
        self.decay, self.steps = decay, 0
        self.weights = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}

    @torch.no_grad()
    def update(self, model):
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                self.weights[name].lerp_(parameter, 1 - decay)

    def state(self, model):
        return {**{n: t.detach().clone() for n, t in model.state_dict().items()}, **self.weights}


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    tok = tokenizer()
    pool, side = data.training_pool(args.data)
    everything = pool + [e for part in side for e in part if e.row >= 0]
    print(f"{len(pool)} GoEmotions, side {[len(p) for p in side]}", flush=True)
    teacher = teacher_embeddings([e.text for e in everything], tok, args.device,
                                 args.out / "teacher.npy")
    dev = data.goemotions(args.data, "dev")
    model = TextModel.start().to(args.device)
    if args.freeze:
        model.bert.embeddings.requires_grad_(False)
        model.bert.encoder.layer[:args.freeze].requires_grad_(False)
    optimiser = torch.optim.AdamW(parameter_groups(model, args), betas=(0.9, 0.98), fused=True)
    positive = class_weights(pool).to(args.device)
    average = Average(model)
    steps = None
    step, began, running = 0, time.time(), []
    for epoch in range(args.epochs):
        done = 0.0
        batches = data.epoch(pool, side, args.tokens, tok.encode_batch, rng)
        steps = steps or args.epochs * len(batches)
        model.train()
        for rows in batches:
            batch, encoded, has_context = zip(*rows)
            has_context = torch.tensor(has_context, device=args.device)
            ids, mask, types = padded(encoded, args.device)
            with torch.autocast(args.device, torch.bfloat16):
                outputs = model(ids, mask, types)
            loss = loss_of(outputs, batch, teacher, positive, has_context, args.keep)
            done = max(step / steps, (time.time() - began) / (60 * args.minutes))
            if done >= 1:
                break
            share = min(1.0, (step + 1) / 150)
            cosine = 0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * done))
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * share * cosine
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            if step % 4 == 0:
                average.update(model)
            running.append(loss.item())
            step += 1
            if step % 50 == 0:
                print(f"{step}/{steps} loss {np.mean(running):.3f} {time.time() - began:.0f}s",
                      flush=True)
                running = []
        state = average.state(model)
        torch.save(state, args.out / "model.pt")
        kept = TextModel(model.bert.config).to(args.device)
        kept.load_state_dict(state)
        last = done >= 1 or epoch + 1 == args.epochs
        report = metrics.dev_report(kept.eval(), tok, dev if last else dev[::4], args.device)
        print(json.dumps({"epoch": epoch + 1, **report}), flush=True)
        if last:
            break


if __name__ == "__main__":
    main()
