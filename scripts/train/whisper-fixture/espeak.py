"""espeak-ng through its library, which tells when each word and phoneme is spoken.

Those times are what makes the training short: the encoder is told which phoneme
each frame holds and the decoder where to look, instead of finding both out.
"""

import ctypes
import dataclasses
import re

import numpy as np

SYNCHRONOUS, PHONEME_EVENTS, DONT_EXIT = 2, 1, 1 << 15
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4
END_OF_LIST, WORD, PHONEME = 0, 1, 7
BY_CHARACTER, UTF8, SSML = 1, 1, 0x10
STRESSED = re.compile(r"\*(.+?)\*")


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclasses.dataclass
class Spoken:
    """Audio at `rate`; words as (character, second), phonemes as (name, second)."""

    audio: np.ndarray
    rate: int
    words: list[tuple[int, float]]
    phonemes: list[tuple[str, float]]


class Espeak:
    """The one synthesiser of this process."""

    def __init__(self):
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        options = PHONEME_EVENTS | DONT_EXIT
        self.rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, None, options)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng does not start; is its data installed?")
        # Kept, or the library would call freed memory.
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples, count, event) -> int:
        if samples and count:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while event and event[index].type != END_OF_LIST:
            one = event[index]
            if one.type == WORD:
                self._words.append((one.text_position - 1, one.audio_position / 1000))
            elif one.type == PHONEME:
                name = bytes(one.id.string).decode("utf-8", "replace")
                self._phonemes.append((name, one.audio_position / 1000))
            index += 1
        return 0

    def speak(self, text: str, voice: str, pitch: int, rate: int, spread: int) -> Spoken:
        """`text` by `voice`; `spread` is the pitch range, 0..100. *Stars* mark a stressed
        word; a text with one is spoken over the widest pitch range there is, as the
        raised turns of the shipped calls are. Characters count without the stars."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        for parameter, value in ((RATE, rate), (VOLUME, 100), (PITCH, pitch), (RANGE, spread)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pieces, self._words, self._phonemes = [], [], []
        flags, origins = UTF8, range(len(text))
        if "*" in text:
            flags, (text, origins) = UTF8 | SSML, marked_up(text)
        encoded = text.encode()
        self._library.espeak_Synth(
            encoded, len(encoded) + 1, 0, BY_CHARACTER, 0, flags, None, None
        )
        self._words = in_order([(origins[at], time) for at, time in self._words if at < len(origins)])
        audio = np.concatenate(self._pieces or [np.zeros(0, np.int16)])
        return Spoken(audio.astype(np.float32) / 32768, self.rate, self._words, self._phonemes)


def in_order(words: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """`words` without those that go back in the text, as the end of markup does."""
    kept: list[tuple[int, float]] = []
    for word in words:
        if not kept or word[0] > kept[-1][0]:
            kept.append(word)
    return kept


def marked_up(text: str) -> tuple[str, list[int]]:
    """`text` as SSML, and for each character of that the one it is in `text` without
    its stars, or, for one of a tag, the next."""
    out, origins, plain = "", [], 0
    for index, piece in enumerate(STRESSED.split(text)):
        opening, closing = ('<emphasis level="strong">', "</emphasis>") if index % 2 else ("", "")
        out += opening + piece + closing
        origins += [plain] * len(opening)
        origins += range(plain, plain + len(piece))
        plain += len(piece)
        origins += [plain] * len(closing)
    head = '<speak><prosody range="x-high">'
    return f"{head}{out}</prosody></speak>", [0] * len(head) + origins
