"""Random weights of the size of Whisper base.en, for openai-whisper and for whisper.cpp.

    python random_base.py FOLDER      # writes base.pt, base.bin and base-q8_0.bin
"""

import dataclasses
import pathlib
import sys

import torch
import whisper

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts/train/whisper-fixture"))
import ggml  # noqa: E402

BASE_EN = whisper.model.ModelDimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=512,
    n_audio_head=8,
    n_audio_layer=6,
    n_vocab=51_864,
    n_text_ctx=448,
    n_text_state=512,
    n_text_head=8,
    n_text_layer=6,
)


def main() -> None:
    """Writes all files."""
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(1)
    model = whisper.model.Whisper(BASE_EN)
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.01)
    # Halved here, so that both sides compute with the very same numbers.
    state = {name: value.half().float() for name, value in model.state_dict().items()}
    sizes = dataclasses.asdict(BASE_EN)
    torch.save({"dims": sizes, "model_state_dict": state}, folder / "base.pt")
    order = ["n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer"]
    order += ["n_text_ctx", "n_text_state", "n_text_head", "n_text_layer", "n_mels"]
    arrays = {name: value.numpy() for name, value in state.items() if name != "mask"}
    for name, matrices in (("base.bin", ggml.HALF), ("base-q8_0.bin", ggml.EIGHT_BITS)):
        ggml.write(folder / name, [sizes[size] for size in order], arrays, matrices)


if __name__ == "__main__":
    main()
