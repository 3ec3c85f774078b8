"""Figures of a model on GoEmotions."""

import numpy as np
import torch

import labels
import speech


@torch.no_grad()
def outputs(model, tok, texts, device="cpu", size=64):
    """Probabilities of each head and embeddings, in the order of `texts`."""
    from train import padded
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    parts = {"emotion": 28, "tone": 7, "valence": 3, "ekman": 7, "signal": 8, "embedding": 384}
    out = {name: np.zeros((len(texts), width), np.float32) for name, width in parts.items()}
    for start in range(0, len(order), size):
        rows = order[start:start + size]
        ids, mask, types = padded(tok.encode_batch([texts[i] for i in rows]), device)
        (emotion, tone, valence, ekman, signal), embedding = model(ids, mask, types)
        values = (emotion.sigmoid(), tone.softmax(-1), valence.softmax(-1), ekman.sigmoid(),
                  signal.sigmoid(), embedding)
        for name, value in zip(out, values):
            out[name][rows] = value.float().cpu().numpy()
    return out


def f1(truth, chosen):
    """F1 of each class."""
    hit = (truth * chosen).sum(0)
    return 2 * hit / np.maximum(truth.sum(0) + chosen.sum(0), 1)


def thresholds(truth, probability):
    """For each class the threshold with the best F1, smoothed over its neighbours."""
    grid = np.linspace(0.05, 0.9, 86)
    best = []
    for c in range(truth.shape[1]):
        scores = np.array([f1(truth[:, c:c + 1], (probability[:, c:c + 1] >= t).astype(float))[0]
                           for t in grid])
        smooth = np.convolve(np.pad(scores, 3, mode="edge"), np.ones(7) / 7, mode="valid")
        best.append(grid[int(smooth.argmax())])
    return np.array(best)


def grouped(probability):
    """Ekman groups from 28 emotions: the chance that at least one member holds."""
    out = np.zeros((len(probability), 7), np.float32)
    for g, group in enumerate(labels.EKMAN):
        members = [i for i, e in enumerate(labels.EMOTIONS) if labels.EKMAN_OF[e] == group]
        out[:, g] = 1 - np.prod(1 - probability[:, members], axis=1)
    return out


def dev_report(model, tok, dev, device="cpu"):
    """The figures looked at after every epoch, on the dev split."""
    truth = np.array([e.emotions for e in dev])
    ekman = np.array([e.ekman for e in dev])
    clean = outputs(model, tok, [e.text for e in dev], device)
    plain = outputs(model, tok, [speech.plain(e.text) for e in dev], device)
    at = thresholds(truth, clean["emotion"])
    groups = grouped(clean["emotion"])
    return {
        "macro_f1": round(float(f1(truth, clean["emotion"] >= at).mean()), 4),
        "plain_f1": round(float(f1(truth, plain["emotion"] >= at).mean()), 4),
        "ekman_f1": round(float(f1(ekman, groups >= thresholds(ekman, groups)).mean()), 4),
        "ekman_head_f1": round(float(f1(ekman, clean["ekman"] >= thresholds(ekman, clean["ekman"])).mean()), 4),
    }
