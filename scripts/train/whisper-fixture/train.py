"""Trains the fixture Whisper.

    python train.py --data DATA --out fixture.pt --minutes 70 [--noise FOLDER]

The learning rate falls with the clock, so that a shared machine still ends where
it should. Interrupted runs go on with `--resume`.
"""

import argparse
import csv
import pathlib
import random
import time

import torch
import torch.nn.functional as F

import sentences
import text
from data import Batches, Corpus, NonSpeech
from model import END, NO_SPEECH, NO_TIMESTAMPS, START, Config, Linear, Whisper


def used_tokens(corpus: Corpus, csvs: list[pathlib.Path]) -> list[int]:
    """Every token the grammar, the corpus or the column `text` of a CSV uses, and
    the four special ones."""
    rng = random.Random(5)
    texts = [sentences.sentence(rng) for _ in range(60_000)]
    for path in csvs:
        with open(path, newline="", encoding="utf-8") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    words = {word for line in texts + corpus.texts for word in line.split()}
    found = {token for word in words for token in text.tokens(word)}
    found |= {token for word in words for token in text.tokens(word.capitalize())}
    found |= {token for word in words for token in text.tokens(word.rstrip(".,?!"))}
    return sorted(found | {END, START, NO_SPEECH, NO_TIMESTAMPS})


def load(path: pathlib.Path, used: list[int]) -> Whisper:
    """The model in `path`, its vocabulary carried over to `used`."""
    saved = torch.load(path, weights_only=False)
    model = Whisper(Config(**saved["config"]), used)
    state = model.state_dict()
    rows = {token: row for row, token in enumerate(saved["used"])}
    for name, value in saved["model"].items():
        if value.shape == state[name].shape:
            state[name].copy_(value)
            continue
        state[name][-1] = value[-1]
        for row, token in enumerate(used):
            if token in rows:
                state[name][row] = value[rows[token]]
    return model


def save(model: Whisper, path: pathlib.Path) -> None:
    """Writes the model so that neither a reader nor a crash finds half of it."""
    partial = path.with_suffix(".part")
    saved = {"config": vars(model.config), "used": model.used, "model": model.state_dict()}
    torch.save(saved, partial)
    partial.rename(path)


def losses(model: Whisper, mel, given, target) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross entropy of the decoder and CTC of the encoder."""
    with torch.autocast("cpu", torch.bfloat16):
        memory = model.encoder(mel)
        logits = model.logits(given, memory)
        frames = model.ctc(memory)
    entropy = F.cross_entropy(
        logits.flatten(0, 1), target.flatten(), ignore_index=-1, label_smoothing=0.01
    )
    rows = {token: row for row, token in enumerate(model.used)}
    special = torch.tensor([rows[END], rows[NO_SPEECH], rows[NO_TIMESTAMPS], -1])
    words = [line[~torch.isin(line, special)] for line in target]
    ctc = F.ctc_loss(
        frames.float().log_softmax(-1).transpose(0, 1),
        torch.cat(words),
        torch.full((len(target),), frames.shape[1]),
        torch.tensor([len(line) for line in words]),
        blank=len(rows),
        zero_infinity=True,
    )
    return entropy, ctc


def main() -> None:
    """Trains until the time is up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--texts", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--noise", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--minutes", type=float, default=70)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", type=float, default=0.0, help="progress to start from, 0..1")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(int(args.start * 100))
    corpus = Corpus(args.data).refresh()
    used = used_tokens(corpus, args.texts)
    model = load(args.out, used) if args.resume else Whisper(Config(), used)
    weights = sum(p.numel() for p in model.parameters())
    print(f"{len(corpus.audio)} utterances, {len(used)} tokens, {weights / 1e6:.2f} M weights")
    run(model, corpus, args)


def run(model: Whisper, corpus: Corpus, args: argparse.Namespace) -> None:
    """The training loop."""
    batches = Batches(corpus, NonSpeech(args.noise), model.used, int(args.start * 1000))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    began, step, shown = time.time(), 0, [0.0, 0.0, 0]
    progress = args.start
    while progress < 1:
        for indices in batches.indices(args.batch):
            late = progress > 0.7
            mel, given, target = batches.make(indices, 1, batches.rng.random() < (0.5 if late else 0.1))
            Linear.quantised = progress > 0.75
            entropy, ctc = losses(model, mel, given, target)
            rate = args.rate * min(1, (step + 1) / 300) * max(0.02, min(1, 1.25 * (1 - progress)))
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            (entropy + (0.5 if progress < 0.5 else 0.2) * ctc).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            shown = [shown[0] + entropy.item(), shown[1] + ctc.item(), shown[2] + 1]
            elapsed = (time.time() - began) / 60 / args.minutes
            progress = args.start + elapsed * (1 - args.start)
            if step % 50 == 0:
                print(
                    f"{progress:.3f} step {step} {(time.time() - began) / step:.2f} s/step "
                    f"loss {shown[0] / shown[2]:.3f} ctc {shown[1] / shown[2]:.3f} of {len(corpus.audio)}",
                    flush=True,
                )
                shown = [0.0, 0.0, 0]
        save(model, args.out)
        corpus.refresh()
    save(model, args.out)


if __name__ == "__main__":
    main()
