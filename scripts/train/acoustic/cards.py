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

A convolutional network ({parameters} parameters, f16 weights). Input: 2 s of one voice, 16 kHz mono, as 198 frames
of 48 mel bands (125-3960 Hz, the telephone band). Each window is normalised in level, so loudness is not a cue.
Output: probabilities of {classes}, and arousal and valence in -1..1. Blocks: {blocks}.
The stem and the first three blocks are those of Google's YAMNet (Apache-2.0), dequantised and frozen. The later
blocks started from YAMNet and were fine-tuned. Log-mel scaling: {scaling}.

Beside it, a linear layer ({layer} parameters, f32) scores the window's prosody: 110 functionals of F0, loudness, rhythm,
cepstrum and spectral balance (`undertone_dsp::Functionals`). The raw outputs are added, the layer's with a weight of
{share}. Arousal and valence then add to the seven class logits, {say} times each class's place on the circumplex.

A second linear layer (110 parameters, f32) gives `contrast`: how far the prosody lies from calm towards angry. It was
fitted on calls built from {teachers} in the telephone condition, on differences from each speaker's own calm speech. Only
differences of its output have a meaning (`scripts/train/detector/contrast.py`).

"""
MEASURES = """A clip's score is the mean over 2 s windows (hop 250 ms) of its voiced part. Anger AUC: angry against neutral
and calm, by ln p(angry) minus the mean ln p. `with baseline`: minus the median of the speaker's first six calm clips.
`windows`: 2 s windows cut every 0.5 s from a speaker's clips, joined with pauses.
`phone`: 300-3400 Hz and G.711 µ-law. Four classes: neutral (with calm), angry, happy, sad. One training
run each: differences under .01 are noise.

"""
MISUSE = """## What it must not be used for

Judging, ranking, hiring, paying or dismissing people; lie detection; health; covert monitoring; emergency
triage; any decision without a person who listens to the call. It estimates how a voice sounds, not what a person feels.

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

Share of training windows: {shares}; {recipe.steps} steps of {recipe.batch} windows, seed {recipe.seed}.
Augmented with telephone lines, codecs (GSM, Speex, Opus, G.723.1, G.726), packet loss, rooms, noise, babble,
speed, pitch and spectral colour. All eight EmoDB speakers are in the weights. RAVDESS, nEMO and LibriSpeech were not
trained on. Some design choices were made on RAVDESS and nEMO (docs/lab/acoustic.md), so figures there are slightly optimistic.

Temperature {temperature}, chosen on EmoGator's bursts, whose labels the seven classes were not trained on. Two held-out
EmoDB speakers gave .77, which is overconfident on other corpora: both calibration errors are in the table. The joint
model keeps {temperature}. The linear layer was trained on EmoDB alone, by logistic regression: clean, telephone, noise (20 and
8 dB), a distant microphone, and 5 % packet loss.

## Figures on corpora it was not trained on

{measures}As shipped, by `undertone eval acoustic --condition clean|phone`:

{joint}The network alone, by `report.py open`:

{figures}By sex:

{sexes}{reading}## Limits

- Its emotional speech comes from eight German actors. Happy and sad English or Polish voices are often classified as
  neutral. Anger relative to the speaker's own calm speech, arousal and valence are more reliable than the other classes.
- Mild anger, as in nEMO, often scores below neutral: compare with the speaker's baseline.
- Probabilities are deliberately flat: on voices unlike EmoDB the likeliest class is right about half of the time.
- One voice at a time; windows of 2 s with at least 0.6 s of voice. Children, illness and whispering were not measured.

{misuse}"""
RESEARCH_CARD = """# tone-research

Non-commercial: RAVDESS and nEMO are CC BY-NC-SA 4.0. For research only. tone-open was not made from it.

{network}## Data

All of tone-open's, and RAVDESS (24 actors, English, CC BY-NC-SA 4.0) and nEMO (9 speakers, Polish, every second
clip, CC BY-NC-SA 4.0). Share of training windows: {shares};
{recipe.steps} steps of {recipe.batch} windows, seed {recipe.seed}. All their speakers are in the weights, so the
figures below come from networks trained without the corpus or the speakers that are measured.
The linear layer was trained on the three acted corpora, each with the same weight in every class it has. Temperature
{temperature}, chosen with those networks and their layers in the telephone condition.

## Leave one corpus out

{measures}The network alone, the linear layer alone, and both as joined in the file, by `prosody.py loco`. The ECE of `both` is at
the file's temperature, the others' before any:

{joint}The network alone, in more detail, by `report.py loco`:

{figures}By sex:

{sexes}{reading}## Refitted to one corpus, speakers held out

Fine-tuned from the network trained without the corpus. RAVDESS folds: actors {actors}.
Each fold's temperature comes from the others. `prosody`: a linear layer over functionals, refitted in the same way.
`baseline`: each speaker's functionals minus the mean over all clips of that speaker, labels not used.
`both`: the geometric mean of network and layer.

{refits}## Limits

As tone-open's. RAVDESS and nEMO differ in what they label as anger (docs/lab/acoustic.md). On RAVDESS held out,
tone-open is about as good: adding acted corpora did not improve results on another one.

{misuse}"""


def common(recipe: Recipe, layer: prosody.Recipe, figures: dict) -> dict:
    """What both cards have in common."""
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
    """The line about speech that was not acted."""
    rows = {key.split()[1]: value for key, value in figures.items() if key.startswith("librispeech")}
    parts = [f"{k}: mean p(angry) {v['mean_p_angry']}, clips above .5 {v['clips_over_half']}" for k, v in rows.items()]
    intro = "Read English speech (LibriSpeech, every fourth of 251 clips, not trained on): "
    return intro + "; ".join(parts) + ".\n\n"


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
