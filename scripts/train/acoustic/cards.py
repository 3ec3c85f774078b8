"""Writes the model cards from the figures that `report.py` left behind.

python cards.py --cache DIR      # models/tone-open.md, models/tone-research.md
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import prosody
from frontend import SCALING
from model import CLASSES, OUTPUTS, Acoustic, Config, parameters
from recipes import FOLDS, OPEN, RESEARCH
from train import Recipe

MODELS = Path(__file__).resolve().parents[3] / "models"
COLUMNS = {
    "uar4": "UAR, 4 classes",
    "uar7": "UAR, all its classes",
    "anger_auc": "anger AUC",
    "anger_auc_baseline": "with baseline",
    "anger_auc_baseline_normal": "… normal intensity",
    "anger_auc_baseline_strong": "… strong",
    "window_auc_baseline": "windows, with baseline",
    "windows_caught_at_2pct": "angry windows caught at 2 % false",
    "ece": "ECE",
    "ece_within_emodb": "ECE at temperature .77",
}
SEXES = {
    f"{figure}_{sex}": f"{name}, {sex}"
    for figure, name in (("uar4", "UAR"), ("anger_auc_baseline", "AUC b"))
    for sex in "fm"
}

JOINT = {
    "uar_four": "UAR, 4 classes",
    "uar": "UAR, all its classes",
    "anger_auc": "anger AUC",
    "anger_auc_baseline": "with baseline",
    "ece": "ECE",
    "uar_four_f": "UAR 4, f",
    "uar_four_m": "UAR 4, m",
    "anger_auc_baseline_f": "AUC b, f",
    "anger_auc_baseline_m": "AUC b, m",
}

NAMES = {"emodb": "EmoDB", "ravdess": "RAVDESS", "nemo": "nEMO"}

NETWORK = """## What it is

A small convolutional network ({parameters} parameters, f16 weights) that hears 2 s of one voice and gives
probabilities of {classes}, and arousal and valence in -1..1. Input: 16 kHz mono, 198 frames of 48 mel
bands (125-3960 Hz, the phone band), level-normalised per window: loudness is not a cue. Blocks: {blocks}.
The stem and the first three blocks are those of Google's YAMNet (Apache-2.0), dequantised and kept; the rest
started from it and was trained here. Log-mel scaling: {scaling}.

Beside it a linear layer ({layer} parameters, f32) judges the window's prosody: 110 functionals of F0, loudness, rhythm,
cepstrum and spectral balance (`undertone_dsp::Functionals`). Both raw outputs add up, the layer's with a share of
{share}; then arousal and valence vote in the seven classes, {say} times their place on the circumplex.

A second one (110 parameters, f32) says how far the prosody is from the same speaker's calm (`contrast`): it was taught
by calls built from {teachers} on the phone, by differences from their own calm, so its number means nothing by itself, only
what it moves by (`scripts/train/detector/contrast.py`).

"""
MEASURES = """Clip scores are means over 2 s windows (hop 250 ms) of the voiced part. Anger AUC: angry against neutral
and calm; score: ln p(angry) less the mean ln p; the baseline is the median of the speaker's first six calm clips.
`windows`: 2 s windows cut every 0.5 s of a speaker's clips strung together with pauses.
`phone`: 300-3400 Hz and G.711 µ-law. Four classes: neutral (with calm), angry, happy, sad. One training
run each: differences under .01 are noise.

"""
MISUSE = """## What it must not be used for

Judging, ranking, hiring, paying or dismissing people; lie detection; health; covert monitoring; emergency
triage; any decision without a person who hears the call. It reports how a voice sounds, not what a person feels.

"""


def table(figures: dict, rows: list[str], columns: dict[str, str]) -> str:
    """A Markdown table of `figures[row][column]`."""
    used = {key: name for key, name in columns.items() if any(key in figures[row] for row in rows)}
    lines = ["| | " + " | ".join(used.values()) + " |", "|---" * (len(used) + 1) + "|"]
    for row in rows:
        lines.append(f"| {row} | " + " | ".join(str(figures[row].get(key, "–")) for key in used) + " |")
    return "\n".join(lines) + "\n\n"


OPEN_CARD = """# tone-open

The default acoustic model of Undertone; any use, commercial use included.

{network}## Data

| corpus | licence | what for |
|---|---|---|
| EmoDB, 8 speakers, German, acted | CC0 | seven classes (bored counts as neutral) |
| EmoGator, 357 people, bursts without words | Apache-2.0 | an auxiliary head that is not shipped; temperature |
| Picovoice, spoken coffee orders, over 50 people | Apache-2.0 | taken as neutral; babble |
| ESC-10 | CC BY 3.0 | noise |
| Speech Commands, long noises | CC BY 4.0 | noise |
| YAMNet | Apache-2.0 | first layers |

Drawn {shares}; {recipe.steps} steps of {recipe.batch} windows, seed {recipe.seed}.
Disturbed by telephone lines, codecs (GSM, Speex, Opus, G.723.1, G.726), packet loss, rooms, noise, babble,
speed, pitch and colour. All eight EmoDB speakers are in the weights. RAVDESS, nEMO and LibriSpeech never were;
some choices between designs were made on RAVDESS and nEMO (docs/lab/acoustic.md), so figures there are a little kind.

Temperature {temperature}, found on EmoGator's bursts, whose labels the seven classes never learnt. Two EmoDB speakers
held out of a twin wanted .77, which is far too sure of corpora never heard: both errors are in the table. The joint
model keeps it. The layer was trained on EmoDB alone, as recorded, on the phone, in noise (20 and 8 dB), across a room and
with 5 % of packets lost, by logistic regression, which has no seed.

## Figures on corpora it never heard

{measures}As shipped, by `undertone eval acoustic --condition clean|phone`:

{joint}The network alone, by `report.py open`:

{figures}By sex:

{sexes}{reading}## Limits

- Eight German actors taught it: happy and sad English or Polish voices are often called neutral; trust anger
  against the speaker's own calm, and arousal and valence, more than the other classes.
- Mild anger, as in nEMO, often stays under its neutral: use the speaker's baseline.
- Probabilities are flat on purpose: on voices unlike EmoDB it is right about half of the time.
- One voice at a time; 2 s with at least 0.6 s of voice. Children, illness and whispering were never measured.

{misuse}"""
RESEARCH_CARD = """# tone-research

Non-commercial: RAVDESS and nEMO are CC BY-NC-SA 4.0. For research only. tone-open was not made from it.

{network}## Data

All of tone-open's, and RAVDESS (24 actors, English, CC BY-NC-SA 4.0) and nEMO (9 speakers, Polish, every second
clip, CC BY-NC-SA 4.0). Drawn {shares};
{recipe.steps} steps of {recipe.batch} windows, seed {recipe.seed}. All their speakers are in the weights: the
figures below come from twins that never heard the corpus or the speakers in question.
The layer was trained on the three acted corpora, each weighing the same in every class it has. Temperature
{temperature}, which suits those twins, network and layer together, best on the phone.

## Leave one corpus out

{measures}Network and layer, each alone, and as they are joined in the file, by `prosody.py loco`; ECE of `both` is at the
file's temperature, of the others before any:

{joint}The network alone, more closely, by `report.py loco`:

{figures}By sex:

{sexes}{reading}## Refitted to one corpus, speakers held out

Going on from the twin that never heard the corpus. RAVDESS folds: actors {actors}.
Each fold's temperature comes from the others. `prosody` is a linear layer over functionals, refitted in the same way;
`baseline`: each speaker's functionals as deviations from the mean of all his or her clips, whatever their label;
`both`: the geometric mean of network and layer.

{refits}## Limits

As tone-open's; and RAVDESS and nEMO pull the border of anger apart (docs/lab/acoustic.md). On RAVDESS never heard, the open
model is about as good: more acted corpora did not help a third.

{misuse}"""


def common(recipe: Recipe, layer: prosody.Recipe, figures: dict) -> dict:
    """What both cards say."""
    network = NETWORK.format(
        parameters=f"{parameters(Acoustic(Config())):,}",
        classes=", ".join(CLASSES),
        blocks=", ".join(f"{channels}{' /2' if stride == 2 else ''}" for channels, stride in recipe.config.blocks),
        scaling=", ".join(f"{key} {value}" for key, value in vars(SCALING).items()),
        layer=(110 + 1) * OUTPUTS,
        share=layer.share,
        say=prosody.SAY,
        teachers=" and ".join(", ".join(NAMES[name] for name in layer.corpora).rsplit(", ", 1)),
    )
    total = sum(recipe.shares.values())
    shares = ", ".join(f"{name} {share / total:.2f}" for name, share in recipe.shares.items())
    return {
        "network": network,
        "shares": shares,
        "recipe": recipe,
        "temperature": figures["temperature"],
        "reading": reading(figures),
        "measures": MEASURES,
        "misuse": MISUSE,
    }


def reading(figures: dict) -> str:
    """The line about speech that nobody acted."""
    rows = {key.split()[1]: value for key, value in figures.items() if key.startswith("librispeech")}
    parts = [f"{k}: mean p(angry) {v['mean_p_angry']}, clips above .5 {v['clips_over_half']}" for k, v in rows.items()]
    said = "Read English speech (LibriSpeech, every fourth of 251 clips, never trained on): "
    return said + "; ".join(parts) + ".\n\n"


def open_card(figures: dict, joint: dict) -> str:
    rows = [key for key in figures if key.split()[0] in ("ravdess", "nemo")]
    tables = {"figures": table(figures, rows, COLUMNS), "sexes": table(figures, rows, SEXES)}
    tables["joint"] = table(joint, list(joint), JOINT)
    return OPEN_CARD.format(**common(OPEN, prosody.OPEN, figures), **tables)


def research_card(figures: dict, loco: dict, joint: dict, folds: dict, loso: dict) -> str:
    protocols = (("RAVDESS, 8 classes, 5 folds", folds), ("EmoDB, 7 classes, one speaker out", loso))
    refits = ""
    for name, protocol in protocols:
        rows = {f"{name}, {channel}": values for channel, values in protocol.items()}
        columns = {key: key.replace("uar", "UAR").replace("ece", "ECE") for values in rows.values() for key in values}
        refits += table(rows, list(rows), columns)
    return RESEARCH_CARD.format(
        **common(RESEARCH, prosody.RESEARCH, figures | {"temperature": joint["temperature"]}),
        joint=table(joint, [row for row in joint if row != "temperature"], COLUMNS),
        figures=table(loco, list(loco), COLUMNS),
        sexes=table(loco, list(loco), SEXES),
        actors="; ".join(f"{min(f)[-2:]}-{max(f)[-2:]}" for f in FOLDS),
        refits=refits,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    folder = parser.parse_args().cache / "report"
    figures = {
        name: json.loads((folder / f"{name}.json").read_text())
        for name in ("open", "joint", "research", "loco", "loco-joint", "folds", "loso")
    }
    (MODELS / "tone-open.md").write_text(open_card(figures["open"], figures["joint"]))
    research = research_card(*(figures[name] for name in ("research", "loco", "loco-joint", "folds", "loso")))
    (MODELS / "tone-research.md").write_text(research)


if __name__ == "__main__":
    main()
