"""Times openai-whisper on the pieces that Undertone was timed on, and compares.

    python reference.py FOLDER        # after `benches/whisper/run` made its files

Every piece is read, padded to 30 s and decoded greedily, as `whisper.transcribe`
does. Random weights never end a text by themselves: each piece gets as many tokens
as Undertone allows five seconds of speech.
"""

import csv
import json
import pathlib
import sys
import time

import torch
import whisper

# undertone-transcribe: ten tokens a second and sixteen to spare.
TOKENS = 5 * 10 + 16


def hear(model: whisper.Whisper, path: pathlib.Path) -> int:
    """Transcribes one piece; the number of its tokens."""
    audio = whisper.pad_or_trim(whisper.load_audio(str(path)))
    mel = whisper.log_mel_spectrogram(audio)
    options = whisper.DecodingOptions(
        language="en", without_timestamps=True, sample_len=TOKENS, fp16=False
    )
    return len(whisper.decode(model, mel, options).tokens)


def main() -> None:
    """Prints the real-time factors and their ratios."""
    folder = pathlib.Path(sys.argv[1])
    torch.set_num_threads(1)
    model = whisper.load_model(str(folder / "base.pt"), device="cpu")
    with open(folder / "pieces.csv", newline="", encoding="utf-8") as file:
        pieces = [folder / row["path"] for row in csv.DictReader(file)]
    hear(model, pieces[0])  # warm-up, not counted
    began = time.perf_counter()
    tokens = sum(hear(model, piece) for piece in pieces)
    reference = (time.perf_counter() - began) / (5 * len(pieces))
    print(f"openai-whisper  {tokens / len(pieces):.0f} tokens a piece, RTF {reference:.3f}")
    for ours in sorted(folder.glob("base*.json")):
        rtf = json.loads(ours.read_text())["rtf"]
        print(f"undertone       {ours.stem}, RTF {rtf:.3f}: {reference / rtf:.1f} times as fast")


if __name__ == "__main__":
    main()
