"""Weights files that never heard the speakers they are measured on.

    python unheard.py folds  --cache DIR --out OUT   # EmoDB two speakers at a time, for fit.py
    python unheard.py corpus --cache DIR --out OUT   # one file that never heard EmoDB at all

DIR is the cache of scripts/train/acoustic after `train.sh`: it holds the networks and the functionals that
`prosody.py dump` wrote; a network that is missing is trained. `folds` writes OUT/we0 to we3 and OUT/twin, a
network joined to a layer over prosody that never heard the fold's two speakers, and the manifests OUT/fold0.csv to
fold3.csv. `corpus` writes OUT/without-emodb, whose layer was taught by RAVDESS and nEMO: for research
only, as they are.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "acoustic"))
import prosody  # noqa: E402
import torch  # noqa: E402
from export import metadata, tensors, write  # noqa: E402
from features import data_dir  # noqa: E402
from model import Acoustic  # noqa: E402
from recipes import OPEN, without  # noqa: E402
from report import Bench  # noqa: E402

FOLDS = (("03", "08"), ("09", "10"), ("11", "13"), ("14", "15"))


def temperature(cache: Path) -> float:
    """That of tone-open, for every file: the scores of all are read by one detector."""
    return json.loads((cache / "report" / "open.json").read_text())["temperature"]


def join(cache: Path, model: Acoustic, looks: prosody.Looks, layer: prosody.Recipe, path: Path) -> None:
    """`model`, and a layer over prosody taught by `looks`, as one weights file."""
    degree = temperature(cache)
    arrays, meta = tensors(model), metadata(model, path.stem)
    prosody.fold(arrays, prosody.fit(looks, layer.penalty), layer.share, degree, 1.0)
    arrays = {name: a if name.startswith("prosody") else a.astype(np.float16) for name, a in arrays.items()}
    config = json.loads(meta["config"]) | {"prosody": True}
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write(path, arrays, meta | {"config": json.dumps(config)})
    print(path, flush=True)


def folds(cache: Path, out: Path) -> None:
    bench = Bench(data_dir(), cache)
    network = bench.network("without-emodb", without("emodb"))
    looks, manifest = prosody.dumps(cache, ("emodb",)), data_dir() / "acoustic" / "emodb" / "manifest.csv"
    with open(manifest, newline="") as file:
        rows = list(csv.DictReader(file))
    for number, pair in enumerate(FOLDS):
        speakers = [f"emodb-{name}" for name in pair]
        others = looks.where(~np.isin(looks.speaker, speakers))
        if number == 0:
            twin = bench.network("open-twin", OPEN, frozenset(speakers))
            join(cache, twin, others, prosody.OPEN, out / "twin.safetensors")
        join(cache, network, others, prosody.OPEN, out / f"we{number}.safetensors")
        with open(out / f"fold{number}.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(("path", "speaker", "label"))
            for row in rows:
                if row["speaker"] in speakers:
                    table.writerow((manifest.parent / row["path"], row["speaker"], row["label"]))


def corpus(cache: Path, out: Path) -> None:
    looks = prosody.dumps(cache, ("ravdess", "nemo"))
    network = Bench(data_dir(), cache).network("without-emodb", without("emodb"))
    join(cache, network, looks, prosody.RESEARCH, out / "without-emodb.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("folds", "corpus"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    {"folds": folds, "corpus": corpus}[arguments.command](arguments.cache, arguments.out)


if __name__ == "__main__":
    main()
