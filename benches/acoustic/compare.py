"""Calls one core holds: Undertone's acoustic path against the same in PyTorch, and openSMILE.

    python compare.py [--rounds 5] [--json FILE]

See README.md. Everything runs on one core with one thread, and the sides take turns, so
that a busy machine is busy for all. What counts is processor time.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import numpy as np
import torch
from plain import Pipeline, read_call

ROOT = Path(__file__).resolve().parents[2]
UNDERTONE = ROOT / "target/release/undertone"
JUDGE = ROOT / "target/release/examples/judge"
WEIGHTS = ROOT / "models/tone-open.safetensors"
CALL = ROOT / "audio-fixtures/billing.flac"


def child(*command):
    """(stdout, seconds of processor time) of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return out, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def network_alone(weights, folder):
    """The weights without their layer over prosody, which `plain.py` does not have."""
    data = weights.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, data = json.loads(data[8 : 8 + length]), data[8 + length :]
    metadata = header.pop("__metadata__")
    metadata["config"] = json.dumps(json.loads(metadata["config"]) | {"prosody": False})
    kept, body = {"__metadata__": metadata}, b""
    for name, entry in header.items():
        if not name.startswith("prosody."):
            begin, end = entry["data_offsets"]
            kept[name] = entry | {"data_offsets": [len(body), len(body) + end - begin]}
            body += data[begin:end]
    text = json.dumps(kept).encode()
    path = Path(folder) / "network.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


def analyze(weights):
    """Of a whole run: processor seconds, the windows judged as (lane, end in samples), scores."""
    command = (UNDERTONE, "analyze", "--json", "--whisper", "none", "--acoustic-model", weights, CALL)
    out, cpu = child(*command)
    tones = [event for event in map(json.loads, out.splitlines()) if event["type"] == "tone"]
    judged = [event for event in tones if event["tone"] is not None]
    windows = [(event["lane"] == "agent", round(event["end_s"] * 16_000)) for event in judged]
    return cpu, windows, [event["probabilities"] for event in judged]


def network(weights, batch, windows):
    """Milliseconds of processor time a window takes in our network alone."""
    times = windows // batch
    _, load = child(JUDGE, weights, "1", "1")
    _, cpu = child(JUDGE, weights, str(times), str(batch))
    return (cpu - load) / (times * batch) * 1e3


def timed(work):
    """Seconds of processor time of `work()`."""
    began = time.process_time()
    work()
    return time.process_time() - began


def their_network(pipeline, batch, windows):
    """The same of PyTorch's."""
    x = torch.rand(batch, 198, 48)
    times = windows // batch
    return timed(lambda: [pipeline.network(x) for _ in range(times)]) / (times * batch) * 1e3


def smile(lanes):
    """Seconds of processor time openSMILE takes for eGeMAPS' low-level descriptors."""
    import opensmile

    features = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.LowLevelDescriptors,
    )
    features.process_signal(np.zeros(16_000, np.float32), 16_000)
    return timed(lambda: [features.process_signal(lane, 16_000) for lane in lanes])


def same_model(pipeline, theirs, ours):
    """Refuses to compare sides that do not say the same of the same windows."""
    classes = pipeline.config["classes"]
    ours = torch.tensor([[scores[name] for name in classes] for scores in ours])
    # Of each window judged both ways the first is the whole.
    difference = (theirs[::2, :7] - ours).abs().max().item()
    if difference > 1e-3:
        sys.exit(f"the two sides differ by {difference} on the same window")


def measure(rounds, windows, folder):
    """One row a round."""
    lanes = read_call(CALL)
    seconds = len(lanes[0]) / 16_000
    alone = network_alone(WEIGHTS, folder)
    pipeline = Pipeline(alone)
    _, judged, scores = analyze(alone)
    same_model(pipeline, pipeline.call(lanes, judged), scores)
    for number in range(rounds):
        ours, _, _ = analyze(WEIGHTS)
        row = {
            "undertone": ours / seconds,
            "pytorch": timed(lambda: pipeline.call(lanes, judged)) / seconds,
            "pytorch_batched": timed(lambda: pipeline.call(lanes, judged, batch=32)) / seconds,
            "opensmile": smile(lanes) / seconds,
        }
        for batch in (1, 32):
            row[f"network_ms_batch_{batch}"] = network(alone, batch, windows)
            row[f"pytorch_network_ms_batch_{batch}"] = their_network(pipeline, batch, windows)
        print(f"round {number + 1}:", {k: round(v, 4) for k, v in row.items()}, file=sys.stderr)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--windows", type=int, default=320, help="for the network alone")
    parser.add_argument("--json", type=Path, help="where to leave the figures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measure(args.rounds, args.windows, folder))
    median = lambda of: statistics.median(map(of, rows))
    share = lambda name: round(median(lambda row: row[name]), 5)
    calls = lambda name: round(1 / median(lambda row: row[name]), 1)
    ratio = lambda a, b: round(median(lambda row: row[a] / row[b]), 2)
    sides = ("undertone", "pytorch", "pytorch_batched", "opensmile")
    report = {
        "machine": platform.processor() or platform.machine(),
        "date": time.strftime("%Y-%m-%d"),
        "torch": torch.__version__,
        "core_share_of_a_two_lane_call": {name: share(name) for name in sides},
        "two_lane_calls_a_core": {name: calls(name) for name in sides},
        "calls_over_pytorch": ratio("pytorch", "undertone"),
        "calls_over_pytorch_batched": ratio("pytorch_batched", "undertone"),
        "calls_over_opensmile": ratio("opensmile", "undertone"),
        "network_ms": {
            f"{who}batch_{batch}": share(f"{who}network_ms_batch_{batch}")
            for who in ("", "pytorch_")
            for batch in (1, 32)
        },
        "network_over_pytorch": {
            f"batch_{b}": ratio(f"pytorch_network_ms_batch_{b}", f"network_ms_batch_{b}")
            for b in (1, 32)
        },
    }
    text = json.dumps(report, indent=2)
    print(text)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
