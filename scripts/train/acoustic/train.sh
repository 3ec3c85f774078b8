#!/bin/sh
# From recordings to weights and every figure of the model cards, on one CPU.
#   UNDERTONE_DATA=../shared/data scripts/train/acoustic/train.sh CACHE_DIR
# Needs about 12 GB of disk for the cache. Seeds are fixed; a cache that is there is reused.
set -eu
cache=${1:?usage: train.sh CACHE_DIR}
here=$(dirname "$0")
: "${UNDERTONE_DATA:=../shared/data}"
OMP_NUM_THREADS=1
export UNDERTONE_DATA OMP_NUM_THREADS
# The prosody of windows is measured by the Rust code.
(cd "$here/../../.." && cargo build --release --locked --package undertone)
python "$here/features.py" --cache "$cache"
python "$here/bank.py" --cache "$cache"
for report in loco open final; do
    python "$here/report.py" "$report" --cache "$cache"
done
for step in dump join figures; do
    python "$here/prosody.py" "$step" --cache "$cache"
done
for report in folds loso; do
    python "$here/report.py" "$report" --cache "$cache"
done
python "$here/cards.py" --cache "$cache"
