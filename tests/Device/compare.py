#!/usr/bin/env python3
"""Measures this project and diffusers on the CPU in one run, step by step in turn, and writes a table of ratios.

usage: dotnet build tests/Device -c Release && tests/Device/compare.py --out artifacts/compare
           --diffusers 'python3 tests/Device/diffusers_bench.py'   (a Python with torch and diffusers; --diffusers SRC may follow)

Each model, type and cache has two processes of its own. After a run that warms up, each does one step while the other waits, and who is first
changes from step to step, so that a machine whose speed changes is the same for both. Results are written after every pair of processes;
what a folder has already is kept and, for the same model, type and cache, replaced.
"""

import argparse
import collections
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
OURS = f"dotnet {HERE}/bin/Release/net10.0/Afterimage.Device.dll"
DIFFUSERS = f"{sys.executable} {HERE}/diffusers_bench.py"
SETTLE_SECONDS = 0.01  # threads of OpenMP spin for some milliseconds after a step


class Engine:
    """A process that does a step for every line it is sent."""

    def __init__(self, command, threads, *options):
        self.command = [*shlex.split(command), "turns", *options]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment)
        self.start = self._answer()
        self.peak = 0

    def step(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self._answer()
        self.peak = max(self.peak, answer["peak"])
        time.sleep(SETTLE_SECONDS)
        return answer["kind"], answer["seconds"]

    def end(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit(f"compare: '{shlex.join(self.command)}' ended with {self.process.returncode}")

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"compare: '{shlex.join(self.command)}' ended with {self.process.wait()} where it was asked for a step")
        return json.loads(line)


def compare(arguments, model, dtype, cache):
    """All steps of both, pair by pair."""
    options = ["--model", model, "--dtype", dtype, "--cache", cache, "--steps", str(arguments.steps)]
    ours = Engine(arguments.ours, arguments.threads, *options)
    theirs = Engine(arguments.diffusers, arguments.threads, *options, "--device", "cpu")
    if (ours.start["threads"], theirs.start["threads"]) != (arguments.threads, arguments.threads):
        sys.exit(f"compare: torch has {ours.start['threads']} threads here and {theirs.start['threads']} in diffusers, and not {arguments.threads}")
    pairs, totals, number = collections.defaultdict(list), [], 0
    for _ in range(arguments.rounds):
        total = [0.0, 0.0]
        for _ in range(arguments.steps):
            if number % 2 == 0:
                our_step, their_step = ours.step(), theirs.step()
            else:
                their_step, our_step = theirs.step(), ours.step()
            if our_step[0] != their_step[0]:
                sys.exit(f"compare: {model}, {cache}: step {number} is '{our_step[0]}' here and '{their_step[0]}' in diffusers")
            number += 1
            pairs[our_step[0]].append((our_step[1], their_step[1]))
            total = [total[0] + our_step[1], total[1] + their_step[1]]
        totals.append(tuple(total))
    ours.end()
    theirs.end()
    return dict(
        model=model,
        dtype=dtype,
        cache=cache,
        threads=arguments.threads,
        software=[ours.start["software"], theirs.start["software"]],
        steps_per_run=arguments.steps,
        runs=totals,
        steps=pairs,
        peak_bytes=[ours.peak, theirs.peak],
    )


def spread(values):
    """The median and the range that holds it in 19 of 20 cases, as the command line's Spread."""
    ordered = sorted(values)
    count = len(ordered)
    left, chance, below = 0, 0.5**count, 0.5**count
    for index in range(count):
        if 2 * below > 0.05:
            break
        left = index
        chance *= (count - index) / (index + 1)
        below += chance
    return statistics.median(ordered), ordered[left], ordered[count - left - 1]


def ratio(pairs):
    if not pairs:
        return ""
    median, low, high = spread([ours / theirs for ours, theirs in pairs])
    return f"{median:.2f} ({low:.2f}–{high:.2f})"


def table(results):
    found = {(r["model"], r["dtype"], r["cache"]): r for r in results}
    columns = ["model", "type", "full step, s", "full", "reuse", "conditional only", "both", "PAB run", "FasterCache run"]
    columns += ["peak MiB", "peak MiB, PAB", "peak MiB, FasterCache"]
    lines = ["| " + " | ".join(columns) + " |", "|---|---|" + "--:|" * (len(columns) - 2)]
    for model, dtype in dict.fromkeys((r["model"], r["dtype"]) for r in results):
        none, pab, faster = (found.get((model, dtype, cache), {}) for cache in ("none", "pab", "faster"))

        def steps(result, kind):
            return result.get("steps", {}).get(kind, [])

        def peak(result):
            return ", ".join(f"{value / 2**20:,.0f}" for value in result.get("peak_bytes", []))

        full = steps(none, "full")
        seconds = [f"{statistics.median(side):.3f}" for side in zip(*full)]
        cells = [model, dtype, ", ".join(seconds), ratio(full)]
        cells += [ratio(steps(pab, "reuse")), ratio(steps(faster, "conditional only")), ratio(steps(faster, "conditional only + reuse"))]
        cells += [ratio(pab.get("runs")), ratio(faster.get("runs")), peak(none), peak(pab), peak(faster)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write(path, text):
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a folder for compare.json and compare.md")
    parser.add_argument("--models", default="cogvideox,latte,wan,flux")
    parser.add_argument("--dtypes", default="float32,bfloat16")
    parser.add_argument("--caches", default="none,pab,faster")
    parser.add_argument("--steps", type=int, default=20, help="of a run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of torch, on both sides")
    parser.add_argument("--ours", default=OURS, help=f"the command of Afterimage.Device ({OURS})")
    parser.add_argument("--diffusers", default=DIFFUSERS, help=f"the command of diffusers_bench.py ({DIFFUSERS})")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    data = arguments.out / "compare.json"
    results = json.loads(data.read_text(encoding="utf-8")) if data.exists() else []
    for model in arguments.models.split(","):
        for dtype in arguments.dtypes.split(","):
            for cache in arguments.caches.split(","):
                began = time.monotonic()
                result = compare(arguments, model, dtype, cache)
                key = (model, dtype, cache)
                results = [r for r in results if (r["model"], r["dtype"], r["cache"]) != key] + [result]
                write(data, json.dumps(results, indent=1) + "\n")
                write(arguments.out / "compare.md", table(results))
                print(f"{model}, {dtype}, {cache}: {time.monotonic() - began:.0f} s", flush=True)
    print(table(results))


if __name__ == "__main__":
    main()
