"""Voices of the synthesisers in Debian, and how to make one speak.

A voice setting is a synthesiser, a voice of it, a pitch, a rate and a loudness.
`HELD_OUT` voices are never trained on.
"""

import dataclasses
import random
import subprocess
import tempfile

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE = 16_000

ACCENTS = """en-us en-us en en-gb-x-rp en-gb-scotland en-029 en-gb-x-gbcwmd en-gb-x-gbclan
    en-us-nyc""".split()
# How far the pitch moves; raised voices move far.
RANGES = ["medium", "medium", "medium", "low", "x-high"]
VARIANTS = """m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 Alex Alicia Andrea Andy Annie Denis Diogo Gene Hugo
    Jacky Lee Marco Mike Nguyen adam anika antonio belinda benjamin boris caleb david ed edward
    grandma grandpa iven iven2 john klatt klatt2 klatt3 linda marcelo max miguel norbert pablo
    paul quincy robert sandro shelby steph steph2 travis victor zac""".split()
HELD_OUT_VARIANTS = "Michael Mario Henrique aunty Gene2 steph3 rob iven3 michel".split()
FLITE = ["kal16", "awb", "rms", "slt"]
FESTIVAL = ["kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts"]


@dataclasses.dataclass(frozen=True)
class Setting:
    """How a sentence is spoken."""

    engine: str
    voice: str
    pitch: int = 50
    rate: int = 175
    loudness: int = 100
    pitch_range: str = "medium"


def espeak_setting(rng: random.Random, held_out: bool = False) -> Setting:
    """A random espeak-ng voice. Plain accents without a variant come often:
    they are what people try first."""
    variants = HELD_OUT_VARIANTS if held_out else VARIANTS
    accent = rng.choice(ACCENTS)
    plain = not held_out and rng.random() < 0.2
    voice = accent if plain else f"{accent}+{rng.choice(variants)}"
    return Setting(
        engine="espeak",
        voice=voice,
        pitch=round(min(99, max(0, rng.gauss(50, 22)))),
        rate=round(min(240, max(115, rng.gauss(170, 25)))),
        loudness=rng.randint(40, 160),
        pitch_range=rng.choice(RANGES),
    )


def flite_setting(rng: random.Random) -> Setting:
    """A random flite voice; `rate` is in percent of its own."""
    return Setting("flite", rng.choice(FLITE), rate=rng.randint(80, 125))


def _read(path: str) -> np.ndarray:
    audio, rate = soundfile.read(path, dtype="float32")
    if rate != RATE:
        audio = resample_poly(audio, RATE, rate).astype(np.float32)
    return audio


def speak(text: str, setting: Setting) -> np.ndarray:
    """`text` as 16 kHz mono, silence at both ends cut away."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        if setting.engine == "espeak":
            numbers = ["-p", setting.pitch, "-s", setting.rate, "-a", setting.loudness]
            command = ["espeak-ng", "-m", "-v", setting.voice, *map(str, numbers), "-w", wav.name]
            command += [f'<prosody range="{setting.pitch_range}">{text}</prosody>']
        else:
            stretch = f"duration_stretch={100 / setting.rate:.3f}"
            command = ["flite", "-voice", setting.voice, "--setf", stretch, "-t", text]
            command += ["-o", wav.name]
        subprocess.run(command, check=True, capture_output=True)
        return trimmed(_read(wav.name))


def speak_festival(texts: list[str], voice: str) -> list[np.ndarray]:
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
        return [trimmed(_read(f"{folder}/{index}.wav")) for index in range(len(texts))]


def trimmed(audio: np.ndarray) -> np.ndarray:
    """`audio` scaled to a peak of one half, without the silence at its ends."""
    loud = np.flatnonzero(np.abs(audio) > 0.01 * np.abs(audio).max())
    if not len(loud):
        return audio[:0]
    audio = audio[max(0, loud[0] - 160) : loud[-1] + 160]
    return audio * (0.5 / np.abs(audio).max())
