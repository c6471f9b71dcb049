#!/usr/bin/env python3
"""Makes cases.json of the tokenizer goldens: strings of every kind, and the ids that SentencePiece 0.1.97 gives.

    make_cases.py MODEL CASES.json [COUNT [SEED]]

Lines are what spm_encode reads, so no string holds a line feed; tokens that T5's tokenizer takes out first are left out too.
"""
import json
import random
import re
import subprocess
import sys

RANGES = {
    "control": [(0x01, 0x09), (0x0B, 0x1F), (0x7F, 0x9F)],
    "blank": [(0x09, 0x09), (0x20, 0x20), (0xA0, 0xA0), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x3000, 0x3000), (0x1680, 0x1680)],
    "invisible": [(0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0xFEFF, 0xFEFF), (0xAD, 0xAD), (0x34F, 0x34F), (0x180B, 0x180E), (0xFE00, 0xFE0F), (0xE0001, 0xE007F)],
    "ascii": [(0x20, 0x7E)],
    "latin": [(0xA1, 0x24F), (0x1E00, 0x1EFF)],
    "combining": [(0x300, 0x36F), (0x1AB0, 0x1AFF), (0x20D0, 0x20F0)],
    "greek": [(0x370, 0x3FF), (0x400, 0x52F)],
    "right": [(0x590, 0x6FF), (0x700, 0x7BF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC)],
    "indic": [(0x900, 0xDFF), (0xE00, 0xEFF)],
    "hangul": [(0x1100, 0x11FF), (0xAC00, 0xD7A3), (0x3130, 0x318F)],
    "cjk": [(0x3001, 0x30FF), (0x3200, 0x33FF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF)],
    "wide": [(0xFF01, 0xFFEE)],
    "letterlike": [(0x2070, 0x209F), (0x2100, 0x218F), (0x2460, 0x24FF), (0x1D400, 0x1D7FF)],
    "punctuation": [(0x2010, 0x2027), (0x2030, 0x205E), (0x2190, 0x23FF), (0x2500, 0x25FF)],
    "emoji": [(0x1F300, 0x1FAFF), (0x2600, 0x27BF), (0x1F1E6, 0x1F1FF)],
    "private": [(0xE000, 0xF8FF), (0xF0000, 0xF0FFF), (0x10FF00, 0x10FFFF)],
    "odd": [(0xFFF0, 0xFFFF), (0xFDD0, 0xFDEF), (0x1FFFE, 0x1FFFF), (0x2581, 0x2581)],
}
PHRASES = [
    "\U0001F468\u200D\U0001F469\u200D\U0001F467", "\U0001F44D\U0001F3FD", "\u2764\uFE0F", "cafe\u0301", "caf\u00e9", "\uFB01n",
    "<0xF0>", "<s>", "[MASK]", "<extra", "\u2581", "\u2581\u2581a", " ", "  ", "\t", "\r", "\u3000", "...", "\u2026", "\u201cquiet\u201d",
    "don\u2019t", "1/2 \u00bd", "\uff21\uff22\uff23", "\u1100\u1161\u11a8", "\u0958", "\uFDFA", "\u00df", "\u212b", "<red>", "<red><red>", "a<red>b",
]
ADDED = re.compile(r"<pad>|</s>|<unk>|<extra_id_\d+>")


def character(rng):
    low, high = rng.choice(RANGES[rng.choice(list(RANGES))])
    return chr(rng.randint(low, high))


def text(rng, words):
    kind = rng.randrange(6)
    if kind == 0:
        return " ".join(rng.choice(words) for _ in range(rng.randint(1, 12)))
    if kind == 1:
        return "".join(character(rng) for _ in range(rng.randint(1, 16)))
    if kind == 2:
        name = rng.choice(list(RANGES))
        return "".join(chr(rng.randint(*rng.choice(RANGES[name]))) for _ in range(rng.randint(1, 12)))
    if kind == 3:
        return "".join(rng.choice([rng.choice(words), rng.choice(PHRASES), character(rng), " "]) for _ in range(rng.randint(1, 12)))
    if kind == 4:
        return rng.choice(["", " ", "  ", "\t"]) + rng.choice(PHRASES) + rng.choice(["", " ", "   "]) + rng.choice(words) + rng.choice(["", " ", "  ", "\u3000"])
    return rng.choice(words) * rng.randint(1, 8) + rng.choice(words)[:3]


def main():
    model, out = sys.argv[1], sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 250
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    words = sorted(set(re.findall(r"\S+", open("corpus.txt", encoding="utf-8").read())))
    texts = ["", " ", "a", "\u2581", "a" * 500, "\U0001F9A6" * 40, "x " * 200, "\x00a\x00", *PHRASES]
    while len(texts) < count:
        candidate = text(rng, words)
        if "\n" not in candidate and not ADDED.search(candidate):
            texts.append(candidate)
    lines = subprocess.run(
        ["spm_encode", f"--model={model}", "--output_format=id"], input="".join(t + "\n" for t in texts).encode(),
        stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")[:-1]
    assert len(lines) == len(texts), (len(lines), len(texts))
    rows = [json.dumps([t, ids]) for t, ids in zip(texts, lines)]
    open(out, "w").write("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
