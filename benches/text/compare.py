"""One utterance of 20 words on one core: Undertone against PyTorch, turn about.

    python compare.py [--rounds 7] [--times 200]

See README.md. Prints JSON: medians over the rounds of the wall-clock and CPU time of one
reading, in milliseconds. CPU time is the fair one where the machine is busy.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from transformers import BertConfig, BertModel

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = ("this is the third time I am calling about the same bill and nobody has been able "
            "to help me")
READ = ROOT / "target/release/examples/read"
WEIGHTS = ROOT / "models/text-emotion.safetensors"
# What our tokeniser makes of the sentence: one piece a word, [CLS] and [SEP].
TOKENS = 22


def ours(times):
    """(wall ms, CPU ms) of one reading; the cost of loading is taken off the CPU time."""
    def run(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = subprocess.run([READ, WEIGHTS, str(count), SENTENCE], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return float(out.stdout), after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    _, load = run(1)
    wall, cpu = run(times + 1)
    return wall, (cpu - load) / times * 1e3


def bert():
    """The network in PyTorch, f32, in the shape of all-MiniLM-L6-v2."""
    config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
                        intermediate_size=1536)
    config._attn_implementation = "sdpa"
    return BertModel(config, add_pooling_layer=False).eval()


@torch.inference_mode()
def theirs(model, times):
    """The same of PyTorch."""
    ids = torch.randint(1000, 20000, (1, TOKENS))
    walls, cpu = [], time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        model(ids)
        walls.append((time.perf_counter() - began) * 1e3)
    return statistics.median(walls), (time.process_time() - cpu) / times * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--times", type=int, default=200)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = bert()
    theirs(model, 10)
    rounds = [(ours(args.times), theirs(model, args.times)) for _ in range(args.rounds)]
    figure = lambda who, what: round(statistics.median(r[who][what] for r in rounds), 2)
    print(json.dumps({
        "undertone": {"wall_ms": figure(0, 0), "cpu_ms": figure(0, 1)},
        "pytorch": {"wall_ms": figure(1, 0), "cpu_ms": figure(1, 1), "version": torch.__version__},
        "cpu_ratio": round(statistics.median(r[0][1] / r[1][1] for r in rounds), 3),
        "tokens": TOKENS,
    }))


if __name__ == "__main__":
    main()
