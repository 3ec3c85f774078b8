"""Voices of the synthesisers in Debian, and how to make one speak.

A voice setting is a synthesiser, a voice of it, a pitch, a rate and a pitch range.
Voices in `HELD_OUT_VARIANTS` are never trained on, nor are those of the shipped calls.
"""

import dataclasses
import pathlib
import random
import subprocess
import tempfile
import tomllib

import numpy as np
import soundfile
from scipy.signal import resample_poly

from espeak import Espeak, Spoken

RATE = 16_000

ACCENTS = """en-us en-us en en-gb-x-rp en-gb-scotland en-029 en-gb-x-gbcwmd en-gb-x-gbclan
    en-us-nyc""".split()
VARIANTS = """m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 Alex Alicia Andrea Andy Annie Denis Diogo Gene Hugo
    Jacky Lee Marco Mike Nguyen adam anika antonio belinda benjamin boris caleb david ed edward
    grandma grandpa iven iven2 john klatt klatt2 klatt3 linda marcelo max miguel norbert pablo
    paul quincy robert sandro shelby steph steph2 travis victor zac""".split()
HELD_OUT_VARIANTS = "Michael Mario Henrique aunty Gene2 steph3 rob iven3 michel".split()
FLITE = ["kal16", "awb", "rms", "slt"]
CALLS = pathlib.Path(__file__).parents[3] / "audio-fixtures/calls.toml"
FESTIVAL = ["kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts"]


@dataclasses.dataclass(frozen=True)
class Setting:
    """How a sentence is spoken."""

    engine: str
    voice: str
    pitch: int = 50
    rate: int = 175
    spread: int = 50


def voices_of_the_calls() -> set[str]:
    """The voices that speak the shipped calls."""
    calls = tomllib.loads(CALLS.read_text(encoding="utf-8"))["call"]
    return {call[speaker]["voice"] for call in calls for speaker in ("customer", "agent")}


OF_THE_CALLS = voices_of_the_calls()


def espeak_setting(
    rng: random.Random, held_out: bool = False, raised: bool = False
) -> Setting:
    """A random espeak-ng voice; a `raised` one is higher, faster and livelier. Plain accents without a variant come often:
    they are what people try first."""
    variants = HELD_OUT_VARIANTS if held_out else VARIANTS
    voice = next(iter(OF_THE_CALLS))
    while voice in OF_THE_CALLS:
        accent = rng.choice(ACCENTS)
        plain = not held_out and rng.random() < 0.2
        voice = accent if plain else f"{accent}+{rng.choice(variants)}"
    return Setting(
        engine="espeak",
        voice=voice,
        pitch=round(min(99, max(0, rng.gauss(70, 12) if raised else rng.gauss(50, 20)))),
        rate=round(min(240, max(115, rng.gauss(205, 18) if raised else rng.gauss(172, 25)))),
        spread=rng.choice([80, 100] if raised else [20, 40, 50, 50, 60, 80, 100]),
    )


def flite_setting(rng: random.Random) -> Setting:
    """A random flite voice; `rate` is in percent of its own."""
    return Setting("flite", rng.choice(FLITE), rate=rng.randint(80, 125))


def _read(path: str) -> np.ndarray:
    audio, rate = soundfile.read(path, dtype="float32")
    if rate != RATE:
        audio = resample_poly(audio, RATE, rate).astype(np.float32)
    return audio


def speak(text: str, setting: Setting, espeak: Espeak) -> Spoken:
    """`text` as 16 kHz mono, silence at both ends cut away. Times are espeak-ng's
    alone: other synthesisers do not tell them."""
    if setting.engine == "espeak":
        spoken = espeak.speak(text, setting.voice, setting.pitch, setting.rate, setting.spread)
        spoken.audio = resample_poly(spoken.audio, 320, 441).astype(np.float32)
        spoken.rate = RATE
        return trimmed(spoken)
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        stretch = f"duration_stretch={100 / setting.rate:.3f}"
        command = ["flite", "-voice", setting.voice, "--setf", stretch, "-t", text]
        subprocess.run([*command, "-o", wav.name], check=True, capture_output=True)
        return trimmed(Spoken(_read(wav.name), RATE, [], []))


def speak_festival(texts: list[str], voice: str) -> list[Spoken]:
    """All `texts` in one festival voice; one process, since it is slow to start."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"(voice_{voice})"]
        for index, text in enumerate(texts):
            quoted = text.replace('"', "")
            lines.append(
                f'(utt.save.wave (utt.synth (Utterance Text "{quoted}")) '
                f'"{folder}/{index}.wav" \'riff)'
            )
        script = f"{folder}/all.scm"
        with open(script, "w", encoding="ascii") as file:
            file.write("\n".join(lines))
        subprocess.run(["festival", "-b", script], check=True, capture_output=True)
        files = [f"{folder}/{index}.wav" for index in range(len(texts))]
        return [trimmed(Spoken(_read(file), RATE, [], [])) for file in files]


def trimmed(spoken: Spoken) -> Spoken:
    """`spoken` scaled to a peak of one half, without the silence at its ends."""
    audio = spoken.audio
    loud = np.flatnonzero(np.abs(audio) > 0.01 * np.abs(audio).max(initial=0))
    if not len(loud):
        return Spoken(audio[:0], RATE, [], [])
    first = max(0, loud[0] - 160)
    audio = audio[first : loud[-1] + 160]
    earlier = lambda marks: [(mark, time - first / RATE) for mark, time in marks]
    audio = audio * (0.5 / np.abs(audio).max())
    return Spoken(audio, RATE, earlier(spoken.words), earlier(spoken.phonemes))
