"""What calm speech scores under an acoustic model, into the header of its weights file.

    python calm.py nemo.jsonl picovoice.jsonl --weights models/tone-open.safetensors

The dumps (`undertone eval spikes --dump`) must be of this model, on speech it was not
trained on where there is any. Without --weights the numbers are only printed.
"""

import argparse
import json
import os
import struct
from pathlib import Path

import numpy as np

from calls import pooled, read

FIELDS = ("anger", "anger_recent", "arousal", "arousal_recent", "contrast_recent")


def patch(path: Path, calm: dict) -> None:
    """Rewrites the header alone; the tensors stay byte for byte."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    config = json.loads(header["__metadata__"]["config"])
    config["calm"] = calm
    header["__metadata__"]["config"] = json.dumps(config)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # safetensors wants tensors aligned to 8 bytes
    part = path.with_name(path.name + ".part")
    part.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])
    os.replace(part, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dumps", type=Path, nargs="+")
    parser.add_argument("--weights", type=Path)
    args = parser.parse_args()
    center, within, between = pooled([read(path) for path in args.dumps])[:, : len(FIELDS)].round(3).tolist()
    rows = zip(FIELDS, center, within, between)
    calm = {name: {"center": c, "within": w, "between": b} for name, c, w, b in rows if np.isfinite([c, w, b]).all()}
    print(json.dumps(calm, indent=1))
    if args.weights:
        patch(args.weights, calm)


if __name__ == "__main__":
    main()
