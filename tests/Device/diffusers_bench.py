#!/usr/bin/env python3
"""Measures diffusers as Afterimage.Device measures this project: same shapes, settings, steps, order and JSON.

Takes Python 3.10 or later, torch and diffusers (installed, or --diffusers with the src folder of a checkout).
"""

import argparse
import functools
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import diffusers_models

GUIDANCE_SCALE = 6.0
WARM_UP_STEPS = 6


def import_torch():
    try:
        import torch

        return torch
    except ImportError as error:
        sys.exit(f"diffusers_bench: there is no torch for {sys.executable}: {error}")


def import_diffusers(path):
    if path:
        if not os.path.isdir(os.path.join(path, "diffusers")):
            sys.exit(f"diffusers_bench: {path} has no folder 'diffusers': expected the src folder of a checkout")
        sys.path.insert(0, os.path.abspath(path))
    try:
        import diffusers

        return diffusers
    except ImportError as error:
        sys.exit(f"diffusers_bench: diffusers cannot be imported ({error}); install it, or give --diffusers CHECKOUT/src")


class CurrentStep:
    """What the caches ask for, and what a step turned out to compute."""

    def __init__(self, model):
        self.timestep = None
        self.computed = self.batch = self.whole_batch = 0
        self.cached = set()
        self.attentions = [module for module in model.modules() if hasattr(module, "processor")]
        for attention in self.attentions:
            self._count(attention)
        blocks = model.transformer_blocks if hasattr(model, "transformer_blocks") else model.blocks
        blocks[0].register_forward_pre_hook(self._see_batch, with_kwargs=True)

    def begin_run(self):
        """After a cache was enabled, or none: what it hooked is what it may reuse."""
        self.whole_batch = 0
        hooked = (module for module in self.attentions if getattr(getattr(module, "_diffusers_hook", None), "hooks", None))
        self.cached = set(map(id, hooked))

    def begin(self, timestep):
        self.timestep, self.computed, self.batch = timestep, 0, 0

    def kind(self):
        """In the words of Afterimage's DenoisingRun."""
        attention = "" if self.computed == len(self.cached) else "reuse" if self.computed == 0 else "partial reuse"
        guidance = "conditional only" if self.batch < self.whole_batch else ""
        return " + ".join(filter(None, [guidance, attention])) or "full"

    def _count(self, attention):
        """An attention that is reused does not call its processor."""
        step, base = self, type(attention.processor)

        class Counting(base):
            @functools.wraps(base.__call__)  # diffusers reads which arguments a processor takes
            def __call__(self, *arguments, **named):
                step.computed += id(attention) in step.cached
                return base.__call__(self, *arguments, **named)

        attention.processor.__class__ = Counting

    def _see_batch(self, _block, positional, named):
        self.batch = (positional[0] if positional else named["hidden_states"]).shape[0]
        self.whole_batch = max(self.whole_batch, self.batch)


class Subject:
    """A model in runs that are timed step by step."""

    def __init__(self, torch, diffusers, arguments):
        self.torch, self.diffusers = torch, diffusers
        self.device = torch.device(arguments.device)
        self.dtype = getattr(torch, arguments.dtype)
        self.case = diffusers_models.build(torch, diffusers, arguments.model, self.device, self.dtype)
        self.model, self.latents = self.case.model, self.case.latents
        self.step = CurrentStep(self.model)
        self.empty()

    def finish(self):
        if self.device.type == "cuda":
            self.torch.cuda.synchronize()

    def empty(self):
        if self.device.type == "cuda":
            self.torch.cuda.empty_cache()

    def cache_config(self, name):
        timestep = dict(current_timestep_callback=lambda: self.step.timestep)
        if name == "pab":
            return self.diffusers.PyramidAttentionBroadcastConfig(
                spatial_attention_block_skip_range=2, spatial_attention_timestep_skip_range=(100, 800), **timestep
            )
        if name == "faster":
            return self.diffusers.FasterCacheConfig(
                spatial_attention_block_skip_range=2,
                spatial_attention_timestep_skip_range=(-1, 681),
                unconditional_batch_skip_range=5,
                unconditional_batch_timestep_skip_range=(-1, 781),
                attention_weight_callback=lambda _: 0.3,
                **self.case.faster,
                **timestep,
            )
        return None

    def denoising(self, cache, steps):
        """After each step its kind, its seconds and its latents."""
        scheduler = self.case.scheduler(steps)
        config = self.cache_config(cache)
        if config is not None:
            self.model.enable_cache(config)
        self.step.begin_run()
        try:
            latents = self.latents
            for timestep in scheduler.timesteps:
                self.step.begin(float(timestep))
                self.finish()
                started = time.perf_counter()
                with self.torch.no_grad():
                    prediction = self.predict(latents, timestep)
                    latents = scheduler.step(prediction, timestep, latents, return_dict=False)[0].to(self.dtype)
                self.finish()
                yield self.step.kind(), time.perf_counter() - started, latents
        finally:
            if config is not None:
                self.model.disable_cache()

    def predict(self, latents, timestep):
        if not self.case.is_guided:
            return self.model(**self.case.inputs(latents, timestep), return_dict=False)[0]
        both = self.torch.cat([latents, latents])
        output = self.model(**self.case.inputs(both, timestep), return_dict=False)[0]
        # Latte's second half of the channels is a variance, which pipelines drop.
        axis = 2 if self.case.faster["tensor_format"] == "BFCHW" else 1
        output = output.narrow(axis, 0, latents.shape[axis]).float()
        unconditional, conditional = output.chunk(2)
        return unconditional + GUIDANCE_SCALE * (conditional - unconditional)

    def denoise(self, cache, steps):
        """Kinds and seconds of the steps, and the final latents."""
        done = list(self.denoising(cache, steps))
        return [(kind, seconds) for kind, seconds, _ in done], done[-1][-1]


def free_bytes(torch, device):
    return torch.cuda.mem_get_info()[0] if torch.device(device).type == "cuda" else 0


def software(torch, diffusers):
    return f"Python {platform.python_version()}, torch {torch.__version__}, diffusers {diffusers.__version__}"


def write(arguments, torch, diffusers, result):
    part = dict(part=arguments.part, engine="diffusers", model=arguments.model, software=software(torch, diffusers), result=result)
    with open(arguments.out + ".partial", "w", encoding="utf-8") as file:
        json.dump(part, file, indent=2)
    os.replace(arguments.out + ".partial", arguments.out)


def summarize(cache, runs, reference):
    own = runs[cache]
    totals = [sum(seconds for _, seconds in steps) for steps, _ in own]
    uncached = [sum(seconds for _, seconds in steps) for steps, _ in reference]
    kinds = {}
    for steps, _ in own:
        for kind, seconds in steps:
            kinds.setdefault(kind, []).append(seconds)
    expected, actual = reference[-1][1].double(), own[-1][1].double()
    return dict(
        cache=cache,
        seconds_per_run=statistics.median(totals),
        speedup=statistics.median(a / b for a, b in zip(uncached, totals)),
        steps=[
            dict(kind=kind, count_per_run=len(s) // len(own), median_seconds=statistics.median(s), minimum_seconds=min(s))
            for kind, s in kinds.items()
        ],
        peak_memory_bytes=0,
        history_bytes=0,
        moved=float((actual - expected).abs().max() / expected.abs().max()),
    )


def steps_part(arguments, torch, diffusers):
    subject = Subject(torch, diffusers, arguments)
    caches = ["none", "pab", "faster"]
    runs = {}
    for round_ in range(arguments.rounds + 1):
        # Odd rounds begin with no cache, even ones end with it; the first, 0, warms up.
        for cache in caches if round_ % 2 == 1 else reversed(caches):
            if round_ == 0:
                subject.denoise(cache, min(WARM_UP_STEPS, arguments.steps))
                continue
            runs.setdefault(cache, []).append(subject.denoise(cache, arguments.steps))
            result = dict(
                model=type(subject.model).__name__,
                inputs=str([1 + subject.case.is_guided, *subject.latents.shape[1:]]),
                dtype=str(subject.dtype).removeprefix("torch."),
                machine=f"{platform.platform()}, {os.cpu_count()} processors",
                threads=torch.get_num_threads(),
                steps=arguments.steps,
                rounds=arguments.rounds,
                caches=[summarize(name, runs, runs["none"]) for name in caches if name in runs],
            )
            write(arguments, torch, diffusers, result)


def memory_part(arguments, torch, diffusers):
    torch.zeros(1, device=arguments.device)  # opens the context
    before = free_bytes(torch, arguments.device)
    subject = Subject(torch, diffusers, arguments)
    model = before - free_bytes(torch, arguments.device)
    subject.denoise(arguments.cache, arguments.steps)
    peak = before - free_bytes(torch, arguments.device)
    result = dict(cache=arguments.cache, model_bytes=model, peak_memory_bytes=peak, history_bytes=0)
    write(arguments, torch, diffusers, result)


def peak_bytes():
    """The most resident memory of this process since its start; Linux alone says it."""
    with open("/proc/self/status", encoding="utf-8") as file:
        return 1024 * next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def turns_part(arguments, torch, diffusers):
    """A step for every line of the input, answered by a line: compare.py lets this project do the same step in between."""

    def answer(line):
        print(json.dumps(line), flush=True)

    subject = Subject(torch, diffusers, arguments)
    subject.denoise(arguments.cache, min(WARM_UP_STEPS, arguments.steps))
    answer(dict(software=software(torch, diffusers), threads=torch.get_num_threads()))
    steps = iter(())
    for _ in sys.stdin:
        step = next(steps, None)
        if step is None:
            steps = subject.denoising(arguments.cache, arguments.steps)
            step = next(steps)
        kind, seconds, _ = step
        answer(dict(kind=kind, seconds=seconds, peak=peak_bytes()))


def machine_part(arguments):
    """What the figures were taken on; whatever cannot be found out is left out."""
    machine = dict(system=platform.platform(), processors=os.cpu_count(), python=platform.python_version())
    try:
        query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
        machine["gpu, memory, driver"] = subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        machine["gpu, memory, driver"] = f"unknown: {error}"
    try:
        import torch

        machine["torch"] = torch.__version__
        machine["cuda of torch"] = torch.version.cuda or "none"
        machine["bfloat16 matrix products may reduce in bfloat16"] = torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction
    except ImportError as error:
        machine["torch"] = f"unknown: {error}"
    machine["command"] = arguments.command
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(machine, file, indent=2)


def main():
    parser = argparse.ArgumentParser(description="Measures diffusers as Afterimage.Device measures this project.")
    parser.add_argument("part", choices=["steps", "memory", "turns", "machine"])
    parser.add_argument("--out", help="the JSON file to write; turns writes to its output")
    parser.add_argument("--model", choices=diffusers_models.NAMES, default="2b")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--dtype", choices=["bfloat16", "float16", "float32"], default="bfloat16")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cache", choices=["none", "pab", "faster"], default="none")
    parser.add_argument("--diffusers", help="the src folder of a checkout, where diffusers is not installed")
    parser.add_argument("--command", default="", help="machine: the command to note")
    arguments = parser.parse_args()
    if arguments.out is None and arguments.part != "turns":
        parser.error(f"{arguments.part} writes a file: name it with --out")
    if arguments.part == "machine":
        machine_part(arguments)
        return
    torch = import_torch()
    diffusers = import_diffusers(arguments.diffusers)
    dict(steps=steps_part, memory=memory_part, turns=turns_part)[arguments.part](arguments, torch, diffusers)


if __name__ == "__main__":
    main()
