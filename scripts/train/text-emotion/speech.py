"""Makes written text look as a speech recogniser would have written it."""

import random
import re

NAMES = ("James Mary Robert Linda John Patricia Michael Susan David Sarah Ahmed Maria Wei "
         "Priya Carlos Anna Tom Emma Omar Julia").split()
FILLERS = ["uh", "um", "you know", "i mean", "like", "well", "so", "er", "okay so", "yeah"]
SHORT = "a the to of in is it and i that on for you was with my are".split()
CONFUSED = {
    "there": "their", "their": "there", "to": "two", "two": "to", "for": "four", "your": "you're",
    "you're": "your", "it's": "its", "its": "it's", "then": "than", "than": "then",
    "a": "the", "the": "a", "an": "and", "and": "an", "are": "our", "our": "are", "no": "know",
    "know": "no", "right": "write", "hear": "here", "here": "hear", "would": "will", "in": "and",
    "is": "as", "can't": "can", "i'm": "i", "don't": "don", "of": "off", "were": "where",
    "where": "were", "been": "being", "had": "have", "this": "the", "that": "the", "new": "knew",
}
SLANG = {
    "u": "you", "ur": "your", "r": "are", "pls": "please", "thx": "thanks", "idk": "i don't know",
    "tbh": "to be honest", "imo": "in my opinion", "btw": "by the way", "omg": "oh my god",
    "wtf": "what the fuck", "lol": "", "lmao": "", "smh": "", "ppl": "people",
}


def plain(text):
    """Lower case without punctuation: what the robustness figure is measured on."""
    text = text.lower().replace("’", "'").replace("‘", "'")
    text = re.sub(r"[^\w\s']", " ", text, flags=re.UNICODE).replace("_", " ")
    return " ".join(text.split())


def readable(text):
    """A written message as the program's tokeniser reads it (`tokens.rs`)."""
    words = [word for word in text.split() if "://" not in word]
    return " ".join("[NAME]" if re.match(r"@\w", word) else word for word in words)


def spoken(text, rng: random.Random):
    """`text` as a recogniser might write it: fillers, lost and confused words."""
    text = re.sub(r"\[NAME\]", lambda _: rng.choice(NAMES), text).replace("[RELIGION]", "religion")
    words = [SLANG.get(word, word) for word in plain(text).split()]
    words = [word for word in words if word]
    out = []
    if rng.random() < 0.15:
        out.append(rng.choice(FILLERS))
    for word in words:
        chance = rng.random()
        if chance < 0.02 or (chance < 0.05 and word in SHORT):
            continue
        if chance < 0.09 and word in CONFUSED:
            word = CONFUSED[word]
        elif chance < 0.105:
            out.append(rng.choice(FILLERS))
        elif chance < 0.115:
            out.append(word)
        out.append(word)
    return " ".join(out) if out else plain(text)
