#!/usr/bin/env python3
"""Makes the files of this folder but its ids: a byte-pair encoding trained on the pages of docs, and texts of every kind.

    make.py && npm install tokenizers@0.23.2 && node make_ids.mjs
"""
import collections
import json
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).parent
MERGES = 420
START, END = "<|startoftext|>", "<|endoftext|>"
sys.path.insert(0, str(HERE.parent / "t5-tokenizer-tiny"))
import make_cases  # noqa: E402

PHRASES = make_cases.PHRASES + [
    "'s", "'T", "'re", "'ve", "'m", "'LL", "'d", "''s", "!'s", "'x", START, END, "<|StartOfText|>", "<|ENDOFTEXT|>", "\u0130stanbul", "\u03a3\u03a3", "\u01c5",
    "11p223RF\u2606ho!!to?'d'd''d", "xa\u0303y x\u00e3y", "\U0001D400\U0001D7CE", "\U00020000\u4e00", "\u0344", "a\u0323\u0307", "\u1100\u1161\u11a8\u11a8", "\u0958", "\u2126", "\n", "\u0085", "\u001c",
]


def characters():
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [value for value in range(256) if value not in printable]
    table = {value: chr(value) for value in printable} | {value: chr(0x100 + i) for i, value in enumerate(rest)}
    return [table[value] for value in range(256)]


def merges_of(words):
    counts = collections.Counter(words)
    split = {word: [*word[:-1], word[-1] + "</w>"] for word in counts}
    merges = []
    while len(merges) < MERGES:
        pairs = collections.Counter()
        for word, parts in split.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += counts[word]
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for parts in split.values():
            i = 0
            while i < len(parts) - 1:
                if (parts[i], parts[i + 1]) == best:
                    parts[i:i + 2] = [parts[i] + parts[i + 1]]
                i += 1
    return merges


def main():
    pages = "\n".join(page.read_text(encoding="utf-8") for page in sorted((HERE.parents[2] / "docs").glob("*.md"))).lower()
    words = re.findall(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[!-/:-@\[-`{-~]+", pages)
    merges = merges_of(words)
    alphabet = characters()
    tokens = [*alphabet, *(character + "</w>" for character in alphabet), *("".join(pair) for pair in merges), START, END]
    tokens = list(dict.fromkeys(tokens))
    (HERE / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}, ensure_ascii=False), encoding="utf-8")
    (HERE / "merges.txt").write_text("\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges)]) + "\n", encoding="utf-8")

    make_cases.PHRASES = PHRASES
    rng = random.Random(20)
    vocabulary = sorted(set(words))
    texts = [*PHRASES, *(make_cases.text(rng, vocabulary) for _ in range(500))]
    (HERE / "cases.json").write_text(json.dumps([[text, ""] for text in dict.fromkeys(texts)]), encoding="utf-8")


main()
