"""Takes from recorded denoising runs of diffusers what a plan must reproduce: the config and the decisions.

    python3 trim.py <folder with <model>/traces/*.json>

writes one <model>.<trace>.json per run of PyramidAttentionBroadcast or FasterCache beside this script.
"""

import json
import pathlib
import sys

METHODS = ("PyramidAttentionBroadcast", "FasterCache")
HERE = pathlib.Path(__file__).parent

for path in sorted(pathlib.Path(sys.argv[1]).glob("*/traces/*.json")):
    trace = json.loads(path.read_text())
    if trace["cache"] is None or trace["cache"]["type"] not in METHODS:
        continue
    timesteps = trace["scheduler"]["timesteps"]
    kept = {
        "case": trace["case"],
        "trace": trace["trace"],
        "diffusers_commit": trace["diffusers_commit"],
        "calls_per_step": trace["calls_per_step"],
        "current_timesteps": [1000 - t if trace["current_timestep"] == "1000 - t" else t for t in timesteps],
        "cache": trace["cache"],
        "hooked_modules": trace["hooked_modules"],
        "decisions": [
            {key: row[key] for key in ("call", "modules", "uncond_skipped") if key in row} for row in trace["decisions"]
        ],
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in kept.items() if key != "decisions"]
    rows = ",\n".join("  " + json.dumps(row) for row in kept["decisions"])
    lines.append(f' "decisions": [\n{rows}\n ]')
    (HERE / f'{kept["case"]}.{kept["trace"]}.json').write_text("{\n" + ",\n".join(lines) + "\n}\n")
