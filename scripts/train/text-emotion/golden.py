"""Makes the golden files that hold the Rust encoder to transformers.

    python golden.py            # a small random model
    python golden.py shipped    # and the shipped weights

The expectations come from transformers' BertModel on the weights as they are
stored, one sentence at a time, so no padding takes part.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.numpy import load_file
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig

import export
from model import TextModel, start_dir

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "crates/undertone-emotion/tests/golden"
PIECES = ("[PAD] [UNK] [CLS] [SEP] [MASK] i you we they it this is was the a to want cancel "
          "##led ##ing my order card third time call wait thank ##s for help so angry happy "
          "not never again ##ly . , ? ! ' s t don").split()
SENTENCES = [
    ("I want to cancel my order.", ""),
    ("this is the third time i call", "I was waiting for my card, thanks."),
    ("Thank you so much for the help!", ""),
    ("", ""),
    ("zzz unknowable Ünïcode, don't wait", "we never call again"),
    ("so so so angry " * 12, "not read at all because there is no room left for it"),
]
# Sentences for the shipped weights.
CALLS = [
    ("This is the third time I'm calling about my bill, and nobody helps!", ""),
    ("i want to cancel my card", "i have been waiting for forty five minutes"),
    ("thank you so much, you've been very helpful", ""),
    ("I'm so sorry for the long wait, Mrs. Müller.", ""),
]


@torch.no_grad()
def expectations(model, stored, tokenizer, limit, pairs):
    """Logits, log-odds of the signals and embedding of each pair, alone in its batch."""
    heads = torch.from_numpy(stored["heads.codes"] * stored["heads.scale"][:, None])
    bias = torch.from_numpy(stored["heads.bias"])
    out = []
    for text, context in pairs:
        ids = tokenizer.encode(text, add_special_tokens=False).ids[:limit - 2]
        ids = [tokenizer.token_to_id("[CLS]"), *ids, tokenizer.token_to_id("[SEP]")]
        kinds = [0] * len(ids)
        room = limit - len(ids)
        if context and room > 1:
            before = tokenizer.encode(context, add_special_tokens=False).ids
            before = before[max(0, len(before) - (room - 1)):] + [tokenizer.token_to_id("[SEP]")]
            ids, kinds = ids + before, kinds + [1] * len(before)
        ids, kinds = torch.tensor([ids]), torch.tensor([kinds])
        _, embedding = model(ids, torch.ones_like(ids), kinds)
        told = (heads @ model.pooled(ids, torch.ones_like(ids), kinds)[0] + bias).tolist()
        out.append({"text": text, "context": context, "logits": told[:export.OUTPUTS],
                    "signals": told[export.OUTPUTS:],
                    "embedding": [round(x, 6) for x in embedding[0].tolist()]})
    return out


def tiny():
    """Writes the small random model and what transformers makes of it."""
    torch.manual_seed(5)
    config = BertConfig(vocab_size=len(PIECES), hidden_size=24, num_hidden_layers=2,
                        num_attention_heads=3, intermediate_size=52, max_position_embeddings=16,
                        layer_norm_eps=1e-12, initializer_range=0.3)
    config._attn_implementation = "eager"
    model = TextModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    stored = export.tensors(model, groups=2, tokens=16)
    export.load_stored(model, stored)
    stored = export.with_signals(stored, torch.randn(2, 72).numpy(), torch.randn(2).numpy())
    text = "\n".join(PIECES) + "\n"
    meta = export.metadata("tiny", config, len(PIECES), [0.3] * 28, [0.4] * 7, 2, 16,
                           ["cancel", "thanks"])
    GOLDEN.mkdir(parents=True, exist_ok=True)
    export.write(GOLDEN / "text.safetensors", stored, text, meta)
    tokenizer = BertWordPieceTokenizer({piece: i for i, piece in enumerate(PIECES)}, lowercase=True)
    lines = [json.dumps(case) for case in expectations(model, stored, tokenizer, 16, SENTENCES)]
    (GOLDEN / "text.jsonl").write_text("\n".join(lines) + "\n")


def shipped():
    """Writes what transformers makes of the shipped weights."""
    model = TextModel.start().eval()
    stored = load_file(ROOT / "models/text-emotion.safetensors")
    export.load_stored(model, stored)
    tokenizer = BertWordPieceTokenizer(str(start_dir() / "vocab.txt"), lowercase=True)
    cases = expectations(model, stored, tokenizer, export.TOKENS, CALLS)
    (GOLDEN / "text-emotion.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases))


if __name__ == "__main__":
    torch.set_num_threads(1)
    tiny()
    if "shipped" in sys.argv:
        shipped()
