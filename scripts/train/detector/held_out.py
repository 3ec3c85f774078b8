"""Weights files that never heard the speakers they are measured on.

    python held_out.py folds    --cache DIR --out OUT   # EmoDB two speakers at a time, for fit.py
    python held_out.py corpus   --cache DIR --out OUT   # one file that never heard EmoDB at all
    python held_out.py research --cache DIR --out OUT   # tone-research by fold of RAVDESS

DIR is the cache of scripts/train/acoustic after `train.sh`: it holds the networks and the functionals that
`prosody.py dump` wrote; a network that is missing is trained. `folds` writes OUT/we0 to we3 and OUT/twin, a
network joined to a layer over prosody that never heard the fold's two speakers, and the manifests OUT/fold0.csv to
fold3.csv. `corpus` writes OUT/without-emodb, whose layer was taught by RAVDESS and nEMO: for research
only, as they are. `research` writes OUT/research1 to research5, tone-research as it is made but for five actors, and
OUT/actors1.csv to actors5.csv, the clips of those.
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
from recipes import FOLDS as ACTORS  # noqa: E402
from recipes import OPEN, RESEARCH  # noqa: E402
from report import WITHOUT, Bench, Job, train_all  # noqa: E402

FOLDS = (("03", "08"), ("09", "10"), ("11", "13"), ("14", "15"))


def join(cache: Path, model: Acoustic, looks: prosody.Looks, layer: prosody.Recipe, path: Path, like: str) -> None:
    """`model`, and a layer over prosody taught by `looks`, as one weights file with the temperature of `like`."""
    arrays, meta = tensors(model), metadata(model, path.stem)
    prosody.fold(arrays, prosody.fit(looks, layer.penalty), layer.share, prosody.temperatures(cache)[like], 1.0)
    arrays = {name: a if name.startswith("prosody") else a.astype(np.float16) for name, a in arrays.items()}
    config = json.loads(meta["config"]) | {"prosody": True}
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write(path, arrays, meta | {"config": json.dumps(config)})
    print(path, flush=True)


def clips_of(speakers: frozenset[str], corpus: str, path: Path) -> None:
    """The part of a corpus's manifest that is of `speakers`, with paths that hold anywhere."""
    manifest = data_dir() / "acoustic" / corpus / "manifest.csv"
    with open(manifest, newline="") as file, open(path, "w", newline="") as out:
        rows = csv.DictReader(file)
        table = csv.DictWriter(out, rows.fieldnames)
        table.writeheader()
        for row in rows:
            if row["speaker"] in speakers:
                table.writerow(row | {"path": manifest.parent / row["path"]})


def folds(cache: Path, out: Path) -> None:
    """The scores of all are read by one detector, so all have the temperature of tone-open."""
    bench = Bench(data_dir(), cache)
    network, looks = bench.network(WITHOUT["emodb"]), prosody.dumps(cache, ("emodb",))
    for number, pair in enumerate(FOLDS):
        speakers = frozenset(f"emodb-{name}" for name in pair)
        others = looks.where(~np.isin(looks.speaker, list(speakers)))
        if number == 0:
            twin = bench.network(Job("open-twin", OPEN, speakers))
            join(cache, twin, others, prosody.OPEN, out / "twin.safetensors", "tone-open")
        join(cache, network, others, prosody.OPEN, out / f"we{number}.safetensors", "tone-open")
        clips_of(speakers, "emodb", out / f"fold{number}.csv")


def corpus(cache: Path, out: Path) -> None:
    looks = prosody.dumps(cache, ("ravdess", "nemo"))
    network = Bench(data_dir(), cache).network(WITHOUT["emodb"])
    join(cache, network, looks, prosody.RESEARCH, out / "without-emodb.safetensors", "tone-open")


def research(cache: Path, out: Path) -> None:
    bench, looks = Bench(data_dir(), cache), prosody.dumps(cache, prosody.RESEARCH.corpora)
    jobs = [Job(f"research-{n}", RESEARCH, actors) for n, actors in enumerate(ACTORS, 1)]
    train_all(bench, jobs)
    for n, job in enumerate(jobs, 1):
        others = looks.where(~np.isin(looks.speaker, list(job.exclude)))
        path = out / f"research{n}.safetensors"
        join(cache, bench.network(job), others, prosody.RESEARCH, path, "tone-research")
        clips_of(job.exclude, "ravdess", out / f"actors{n}.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("folds", "corpus", "research"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    {"folds": folds, "corpus": corpus, "research": research}[arguments.command](arguments.cache, arguments.out)


if __name__ == "__main__":
    main()
