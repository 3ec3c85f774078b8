"""Sentences that people wrote, of words that are common in them.

Banking77 and Taskmaster-4 are customers' questions and service dialogues; of
GoEmotions' comments those are taken that need no other words. All are CC BY 4.0.
"""

import collections
import csv
import pathlib
import re

from sentences import plain

# A word is common if so many sentences of the first two sources have it.
COMMON = 15
ENDS = (".", "?", "!")
CLEAN = re.compile(r"[A-Za-z][A-Za-z',.?! ]*")


def read(folder: pathlib.Path) -> tuple[list[str], list[str]]:
    """Service sentences and comments in `folder`, written alike."""
    with open(folder / "banking77/train.csv", newline="", encoding="utf-8") as file:
        service = [row["text"] for row in csv.DictReader(file)]
    lines = (folder / "taskmaster4.tsv").read_text(encoding="utf-8").splitlines()
    service += [line.split("\t")[2] for line in lines[1:]]
    lines = (folder / "goemotions/original/train.tsv").read_text(encoding="utf-8").splitlines()
    return tidy(service), tidy([line.split("\t")[0] for line in lines])


def tidy(lines: list[str]) -> list[str]:
    """Each line once, its first letter and its end as in a sentence; none with
    anything but words and the marks of a sentence."""
    tidied = []
    for line in lines:
        line = " ".join(line.replace("’", "'").split())
        line = re.sub(r"\bi\b", "I", re.sub(r"([,.?!])[,.?!]+", r"\1", line))
        if CLEAN.fullmatch(line):
            line = line[0].upper() + line[1:]
            tidied.append(line if line.endswith(ENDS) else line.rstrip(", ") + ".")
    return sorted(set(tidied))


def sentences(folder: pathlib.Path, known: set[str]) -> list[str]:
    """Of 2 to 16 words, all `known` or common."""
    service, comments = read(folder)
    counts = collections.Counter(word for line in service for word in set(plain(line).split()))
    known = known | {word for word, count in counts.items() if count >= COMMON}
    chosen = []
    for line in service + comments:
        words = plain(line).split()
        if 2 <= len(words) <= 16 and known.issuperset(words):
            chosen.append(line)
    return chosen
