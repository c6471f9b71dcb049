#!/usr/bin/env python3
"""Writes CanonicalForms.txt from the Unicode data that Python has: make_canonical_forms.py > CanonicalForms.txt"""
import unicodedata

print(f"# Canonical decompositions and combining classes of Unicode {unicodedata.unidata_version} (UnicodeData.txt, CompositionExclusions.txt; Unicode License v3):")
print("# CHARACTER FIRST [SECOND], with - before what is never composed again, and =FIRST LAST CLASS. Hangul syllables follow from arithmetic.")
print("# Written by make_canonical_forms.py.")

for code in range(0x110000):
    form = unicodedata.decomposition(chr(code))
    if form and not form.startswith("<"):
        parts = form.split()
        composed = unicodedata.normalize("NFC", "".join(chr(int(part, 16)) for part in parts))
        print(f"{'' if composed == chr(code) else '-'}{code:04X} {form}")

runs = []
for code in range(0x110000):
    combining = unicodedata.combining(chr(code))
    if combining and runs and runs[-1][1:] == [code - 1, combining]:
        runs[-1][1] = code
    elif combining:
        runs.append([code, code, combining])
for first, last, combining in runs:
    print(f"={first:04X} {last:04X} {combining}")
