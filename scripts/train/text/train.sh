#!/bin/sh
# From corpora to the text model's weights, thresholds and figures, on one CPU.
#   UNDERTONE_DATA=../shared/data scripts/train/text/train.sh RUN_DIR [--minutes N ...]
# What follows RUN_DIR goes to train.py. Seeds are fixed.
set -eu
run=${1:?usage: train.sh RUN_DIR}
shift
here=$(dirname "$0")
data=${UNDERTONE_DATA:-../shared/data}/text
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
python "$here/train.py" --data "$data" --out "$run" "$@"
python "$here/export.py" "$run/model.pt" --data "$data"
python "$here/refit.py" --data "$data"
python "$here/report.py" "$run/model.pt" --data "$data"
