"""Tokens: GPT-2's byte pairs, as Whisper's English-only models use them."""

import base64
import importlib.util
import pathlib

import tiktoken

PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def _assets() -> pathlib.Path:
    found = importlib.util.find_spec("whisper")
    return pathlib.Path(found.submodule_search_locations[0]) / "assets"


def ranks() -> dict[bytes, int]:
    """The table of byte pairs in the openai-whisper package."""
    lines = (_assets() / "gpt2.tiktoken").read_text().splitlines()
    pairs = (line.split() for line in lines if line)
    return {base64.b64decode(token): int(rank) for token, rank in pairs}


ENCODING = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks(), special_tokens={})


def tokens(text: str) -> list[int]:
    """`text` as Whisper writes it: with a space before the first word."""
    return ENCODING.encode(" " + text.strip())
