"""Trains the fixture Whisper.

    python train.py DATA… --out fixture.pt --minutes 55 [--public FOLDER]
        [--noise FOLDER]… [--resume]

The learning rate falls with the clock, so that a shared machine still ends where
it should. `--resume --start 0.7` goes on from a saved model at a lower rate.
"""

import argparse
import pathlib
import random
import time

import torch
import torch.nn.functional as F

import sentences
import sounds
import text
from data import Batch, Batches
from model import END, NO_SPEECH, NO_TIMESTAMPS, PHONEMES, START, Config, Linear, Whisper
from pool import NO_PHONEME, Pool
from synthesize import Texts


def used_tokens(folder: pathlib.Path | None) -> list[int]:
    """Every token of what is said, and the four special ones."""
    rng = random.Random(5)
    texts = Texts(rng, held_out=False, folder=folder)
    lines = [sentences.sentence(rng) for _ in range(60_000)] + texts.public
    words = {word for line in lines for word in line.split()} | set(texts.words)
    forms = {form for word in words for form in (word, word.capitalize(), word.rstrip(".,?!"))}
    found = {token for form in forms for token in text.tokens(form)}
    return sorted(found | {END, START, NO_SPEECH, NO_TIMESTAMPS})


def load(path: pathlib.Path) -> tuple[Whisper, list[str]]:
    """The model in `path` and the names of its phonemes."""
    saved = torch.load(path, weights_only=False)
    model = Whisper(Config(**saved["config"]), saved["used"])
    model.load_state_dict(saved["model"])
    return model, saved["names"]


def save(model: Whisper, names: list[str], path: pathlib.Path) -> None:
    """Writes the model so that neither a reader nor a crash finds half of it."""
    partial = path.with_suffix(".part")
    saved = {"config": vars(model.config), "used": model.used, "names": names}
    torch.save(saved | {"model": model.state_dict()}, partial)
    partial.rename(path)


def losses(model: Whisper, batch: Batch) -> torch.Tensor:
    """Of the words, of the phonemes, and of looking where the words are."""
    with torch.autocast("cpu", torch.bfloat16):
        memory = model.encoder(batch.mel)
        logits = model.logits(batch.given, memory)
        named = model.phonemes(memory)
    words = F.cross_entropy(
        logits.flatten(0, 1), batch.target.flatten(), ignore_index=-1, label_smoothing=0.01
    )
    known = batch.phonemes != NO_PHONEME
    phonemes = F.cross_entropy(named[known].float(), batch.phonemes[known])
    rows, tokens = (batch.spans[..., 0] >= 0).nonzero(as_tuple=True)
    places = torch.arange(memory.shape[1])
    first, last = batch.spans[rows, tokens].T
    inside = (places >= first[:, None] - 2) & (places < last[:, None] + 2)
    seen = [(looked[rows, tokens] * inside).sum(-1) for looked in model.looked()]
    return torch.stack([words, phonemes, -torch.stack(seen).add(1e-4).log().mean()])


def optimizers(model: Whisper, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for all else."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "blocks" in n]
    inside = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in inside]
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.01),
    ]


def step(model: Whisper, batch: Batch, optimizers: list, rate: float, weights: torch.Tensor):
    """One step; the losses."""
    each = losses(model, batch)
    (each * weights).sum().backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad()
    return each.detach()


def run(model: Whisper, pool: Pool, args: argparse.Namespace) -> None:
    """The training loop."""
    batches = Batches(pool, sounds.mels(args.noise), model.used, int(args.start * 1000))
    print(f"{len(batches.sounds)} sounds without words", flush=True)
    both = optimizers(model, args.rate)
    began, steps, shown = time.time(), 0, []
    progress = args.start
    while progress < 1:
        for indices in batches.indices(args.batch, 2.5 if progress < 0.06 else 9):
            late = progress > 0.75
            Linear.quantised = progress > 0.8
            batch = batches.make(indices, 1 + args.batch // 10, batches.rng.random() < (0.4 if late else 0.1))
            rate = args.rate * min(1, (steps + 1) / 100) * max(0.01, min(1, 1.4 * (1 - progress)))
            helping = max(0.1, 1 - progress)
            shown.append(step(model, batch, both, rate, torch.tensor([1, 0.5 * helping, 0.3 * helping])))
            steps += 1
            if steps % 50 == 0:
                told = " ".join(f"{value:.3f}" for value in torch.stack(shown).mean(0))
                pace = (time.time() - began) / steps
                print(f"{progress:.3f} step {steps} {pace:.2f} s/step {told} of {len(pool.all)}", flush=True)
                shown = []
            progress = args.start + (time.time() - began) / 60 / args.minutes * (1 - args.start)
        save(model, pool.names, args.out)
        pool.refresh()


def main() -> None:
    """Trains until the time is up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path, nargs="+")
    parser.add_argument("--public", type=pathlib.Path, help="folder of sentences people wrote")
    parser.add_argument("--noise", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--minutes", type=float, default=55)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", type=float, default=0.0, help="progress to start from, 0..1")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(int(args.start * 100))
    model, names = load(args.out) if args.resume else (Whisper(Config(), used_tokens(args.public)), [])
    pool = Pool(args.data, names).refresh()
    assert len(pool.names) <= PHONEMES, "raise PHONEMES in model.py"
    weights = sum(p.numel() for p in model.parameters())
    print(f"{len(pool.all)} utterances, {len(model.used)} tokens, {weights / 1e6:.2f} M weights")
    run(model, pool, args)


if __name__ == "__main__":
    main()
