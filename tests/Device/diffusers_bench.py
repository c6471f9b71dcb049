#!/usr/bin/env python3
"""Measures diffusers as Afterimage.Device measures this project: same shapes, settings, steps, order and JSON.

Takes Python 3.10 or later, torch and diffusers (installed, or --diffusers with the src folder of a checkout).
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

GUIDANCE_SCALE = 6.0
WARM_UP_STEPS = 6

SHAPES = {
    "tiny": dict(
        num_attention_heads=2,
        attention_head_dim=16,
        num_layers=2,
        text_embed_dim=32,
        time_embed_dim=32,
        max_text_seq_length=8,
        sample_height=10,
        sample_width=12,
        sample_frames=5,
    ),
    # What `afterimage bench` measures without a model.
    "bench": dict(
        num_attention_heads=8,
        attention_head_dim=64,
        num_layers=6,
        text_embed_dim=128,
        time_embed_dim=128,
        max_text_seq_length=48,
        sample_height=32,
        sample_width=48,
        sample_frames=9,
    ),
    "2b": {},
    "5b": dict(num_attention_heads=48, num_layers=42, use_rotary_positional_embeddings=True),
}


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

    def __init__(self):
        self.timestep = None
        self.attentions = 0
        self.batch = 0

    def begin(self, timestep):
        self.timestep, self.attentions, self.batch = timestep, 0, 0

    def kind(self, layers):
        """In the words of Afterimage's DenoisingRun."""
        attention = "" if self.attentions == layers else "reuse" if self.attentions == 0 else "partial reuse"
        guidance = "conditional only" if self.batch == 1 else ""
        return " + ".join(filter(None, [guidance, attention])) or "full"


class Subject:
    """A model with random weights, and inputs of its size."""

    def __init__(self, torch, diffusers, arguments):
        from diffusers.models.attention_processor import CogVideoXAttnProcessor2_0

        self.torch, self.diffusers = torch, diffusers
        self.device = torch.device(arguments.device)
        self.dtype = getattr(torch, arguments.dtype)
        self.step = CurrentStep()
        torch.manual_seed(0)
        with torch.device(self.device):
            model = diffusers.CogVideoXTransformer3DModel(**SHAPES[arguments.model])
        self.model = model.to(self.device, self.dtype).eval()
        config = self.config = self.model.config
        frames = (config.sample_frames - 1) // config.temporal_compression_ratio + 1
        shape = (1, frames, config.in_channels, config.sample_height, config.sample_width)
        options = dict(device=self.device, dtype=self.dtype)
        self.latents = torch.randn(shape, **options)
        self.prompt = torch.randn((2, config.max_text_seq_length, config.text_embed_dim), **options)
        self.rotary = self._rotary(frames) if config.use_rotary_positional_embeddings else None

        step = self.step

        class CountingProcessor(CogVideoXAttnProcessor2_0):
            def __call__(self, attn, hidden_states, encoder_hidden_states, attention_mask=None, image_rotary_emb=None):
                step.attentions += 1
                return super().__call__(attn, hidden_states, encoder_hidden_states, attention_mask, image_rotary_emb)

        def see_batch(_module, positional, named):
            step.batch = (positional[0] if positional else named["hidden_states"]).shape[0]

        for block in self.model.transformer_blocks:
            block.attn1.processor = CountingProcessor()
        self.model.transformer_blocks[0].register_forward_pre_hook(see_batch, with_kwargs=True)
        self.empty()

    def _rotary(self, frames):
        """As CogVideoXPipeline prepares it at the size the model is made for, where nothing is cropped."""
        from diffusers.models.embeddings import get_3d_rotary_pos_embed

        rows = self.config.sample_height // self.config.patch_size
        columns = self.config.sample_width // self.config.patch_size
        return get_3d_rotary_pos_embed(
            embed_dim=self.config.attention_head_dim,
            crops_coords=((0, 0), (rows, columns)),
            grid_size=(rows, columns),
            temporal_size=frames,
            device=self.device,
        )

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
                spatial_attention_block_identifiers=("transformer_blocks",),
                attention_weight_callback=lambda _: 0.3,
                tensor_format="BFCHW",
                **timestep,
            )
        return None

    def denoise(self, cache, steps):
        """Kinds and seconds of the steps, and the final latents."""
        torch = self.torch
        scheduler = self.diffusers.CogVideoXDDIMScheduler(
            clip_sample=False, prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"
        )
        scheduler.set_timesteps(steps, device=self.device)
        config = self.cache_config(cache)
        if config is not None:
            self.model.enable_cache(config)
        try:
            measured, latents = [], self.latents
            for timestep in scheduler.timesteps:
                self.step.begin(int(timestep))
                self.finish()
                started = time.perf_counter()
                with torch.no_grad():
                    output = self.model(
                        hidden_states=torch.cat([latents, latents]),
                        encoder_hidden_states=self.prompt,
                        timestep=timestep.expand(2),
                        image_rotary_emb=self.rotary,
                        return_dict=False,
                    )[0].float()
                    unconditional, conditional = output.chunk(2)
                    guided = unconditional + GUIDANCE_SCALE * (conditional - unconditional)
                    latents = scheduler.step(guided, timestep, latents, return_dict=False)[0].to(self.dtype)
                self.finish()
                measured.append((self.step.kind(self.config.num_layers), time.perf_counter() - started))
            return measured, latents
        finally:
            if config is not None:
                self.model.disable_cache()


def free_bytes(torch, device):
    return torch.cuda.mem_get_info()[0] if torch.device(device).type == "cuda" else 0


def write(arguments, torch, diffusers, result):
    software = f"Python {platform.python_version()}, torch {torch.__version__}, diffusers {diffusers.__version__}"
    part = dict(part=arguments.part, engine="diffusers", model=arguments.model, software=software, result=result)
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
                model="CogVideoXTransformer3DModel",
                inputs=str([2, *subject.latents.shape[1:]]),
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
    parser.add_argument("part", choices=["steps", "memory", "machine"])
    parser.add_argument("--out", required=True, help="the JSON file to write")
    parser.add_argument("--model", choices=list(SHAPES), default="2b")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--dtype", choices=["bfloat16", "float16", "float32"], default="bfloat16")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cache", choices=["none", "pab", "faster"], default="none")
    parser.add_argument("--diffusers", help="the src folder of a checkout, where diffusers is not installed")
    parser.add_argument("--command", default="", help="machine: the command to note")
    arguments = parser.parse_args()
    if arguments.part == "machine":
        machine_part(arguments)
        return
    torch = import_torch()
    diffusers = import_diffusers(arguments.diffusers)
    (steps_part if arguments.part == "steps" else memory_part)(arguments, torch, diffusers)


if __name__ == "__main__":
    main()
