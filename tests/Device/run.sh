#!/usr/bin/env bash
# Measures this project and diffusers on this machine's GPU, and writes results.json, results.md and log.txt.
# usage: run.sh OUT [--models 2b,5b] [--steps 50] [--rounds 1] [--budget SECONDS] [--only PART[,PART…]] [--device cuda|cpu] [--engines afterimage,diffusers]
#               [--pipeline FOLDER]      the moving shapes of the repository (samples/TextToVideo), without which they are not measured
# Parts, in the order they run: launches, probe, kernels, tests, threads, pipeline, then of each model decode, steps, agreement, memory.
# PYTHON names the Python that has torch; TORCH_LIB names another folder with libtorch.
# Ends with 0 if every part was measured, with 1 if one failed or had no time left; the others' figures are there all the same.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: run.sh OUT [--models 2b,5b] [--steps N] [--rounds N] [--budget SECONDS] [--only PARTS] [--device cuda|cpu] [--engines ENGINES]}
command="run.sh $*"
shift
models=2b,5b steps=50 rounds=1 budget=3600 device=cuda only=launches,probe,kernels,tests,threads,pipeline,decode,steps,agreement,memory
engines=afterimage,diffusers pipeline=
while [ $# -gt 0 ]; do
    case $1 in
        --models) models=${2:?} ;;
        --steps) steps=${2:?} ;;
        --rounds) rounds=${2:?} ;;
        --budget) budget=${2:?} ;;
        --only) only=${2:?} ;;
        --device) device=${2:?} ;;
        --engines) engines=${2:?} ;;
        --pipeline) pipeline=${2:?} ;;
        *)
            echo "run.sh: unknown option '$1'" >&2
            exit 2
            ;;
    esac
    shift 2
done

python=${PYTHON:-python3}
if [ -z "${TORCH_LIB:-}" ]; then
    TORCH_LIB=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))') || {
        echo "run.sh: $python has no torch: name one that has in PYTHON, or a folder with libtorch in TORCH_LIB" >&2
        exit 2
    }
fi
if [ ! -e "$TORCH_LIB/libtorch.so" ]; then
    echo "run.sh: there is no libtorch.so in $TORCH_LIB" >&2
    exit 2
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
log=$out/log.txt
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
: >"$log"

# libtorch's own run path finds CUDA's libraries beside Python's torch; TorchSharp's library finds libtorch here. Python needs none of it.
native=$TORCH_LIB${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export DOTNET_ROOT=$here/dotnet DOTNET_CLI_TELEMETRY_OPTOUT=1
program() { LD_LIBRARY_PATH=$native "$here/dotnet/dotnet" "$here/app/$1.dll" "${@:2}"; }
bench() { program Afterimage.Device "$@" --device "$device"; }
diffusers() {
    local source=()
    [ -d "$here/src/diffusers" ] && source=(--diffusers "$here/src")
    "$python" "$here/diffusers_bench.py" "$@" --device "$device" "${source[@]}"
}
# Every kernel by the driver alone; without a GPU there is none, which launches.py says by ending with 3.
launches() {
    "$python" "$here/launches.py" "$here/launches" --out "$parts/launches.json"
    local status=$?
    [ "$status" -eq 0 ] || { [ "$status" -eq 3 ] && [ "$device" = cpu ]; }
}
# The tests of kernels against torch operations, on every accelerator there is; without a GPU those of CUDA are skipped.
tests() {
    local text
    text=$(program Afterimage.Runtime.Tests --progress off --no-ansi \
        --filter 'FullyQualifiedName~Runtime.Tests.Kernels&FullyQualifiedName!~PtxTests')
    local status=$?
    echo "$text"
    count() { sed -nE "s/^ *$1: ([0-9]+).*/\1/p" <<<"$text" | tail -n 1; }
    local summary
    summary="$(count succeeded) passed, $(count failed) failed, $(count skipped) skipped"
    printf '{"part": "tests", "engine": "afterimage", "model": "", "software": "", "result": {"summary": "%s"}}\n' "$summary" \
        >"$parts/tests.json"
    [ "$status" -eq 0 ] && { [ "$device" = cpu ] || [ "$(count skipped)" = 0 ]; }
}
agreement() {
    local latents=$parts/latents-$1.safetensors less=$((steps < 12 ? steps : 12))
    bench agreement --model "$1" --steps "$less" --latents "$latents" --out "$parts/agreement-$1.json" &&
        AFTERIMAGE_KERNELS=torch bench agreement --model "$1" --steps "$less" --latents "$latents" --out "$parts/agreement-$1.json"
}
export -f program bench diffusers launches tests agreement
export here native python device steps parts

failures=0
# measure PART NAME COMMAND…: one part, in what is left of the budget.
measure() {
    local part=$1 name=$2 left=$((budget - SECONDS)) began=$SECONDS
    shift 2
    case ",$only," in *",$part,"*) ;; *) return ;; esac
    case " $* " in *" diffusers "*) case ",$engines," in *,diffusers,*) ;; *) return ;; esac ;; esac
    if [ "$left" -lt 10 ]; then
        echo "skipped for want of time: $name" | tee -a "$log"
        failures=$((failures + 1))
        return
    fi
    echo "== $name" >>"$log"
    if timeout -k 5 "$left" bash -c '"$@"' measure "$@" >>"$log" 2>&1; then
        echo "done in $((SECONDS - began)) s: $name" | tee -a "$log"
    else
        echo "FAILED after $((SECONDS - began)) s: $name; log.txt says why" | tee -a "$log"
        failures=$((failures + 1))
    fi
    # After every part, so that a run that is ended from outside leaves what it had.
    program Afterimage.Device report "$parts" "$out" >>"$log" 2>&1 || failures=$((failures + 1))
}

"$python" "$here/diffusers_bench.py" machine --out "$parts/machine.json" --command "$command" >>"$log" 2>&1
# What this libtorch lacks of what TorchSharp was built with; a function that is missing fails when it is called.
LD_LIBRARY_PATH=$native ldd -r "$here/app/libLibTorchSharp.so" 2>&1 | grep -E 'undefined|not found' >>"$log"

first=${models%%,*}
measure launches "kernels by the driver alone" launches
measure probe "probe of the native library" bench probe --out "$parts/probe.json"
# Without the driver's cache of what it compiled, so that a first use is one.
measure kernels "kernels" env CUDA_CACHE_DISABLE=1 bash -c 'bench "$@"' bench kernels --model "$first" --out "$parts/kernels.json"
measure tests "tests" tests
measure threads "threads" bench threads --out "$parts/threads.json"
if [ -n "$pipeline" ]; then
    measure pipeline "moving shapes on the device against the CPU" bench pipeline --pipeline "$pipeline" --out "$parts/pipeline.json"
fi
for model in ${models//,/ }; do
    measure decode "decoding a video of $model" bench decode --model "$model" --out "$parts/decode-$model.json"
    measure steps "steps of $model" bench steps --model "$model" --steps "$steps" --rounds "$rounds" --out "$parts/steps-$model.json"
    measure steps "steps of $model, diffusers" \
        diffusers steps --model "$model" --steps "$steps" --rounds "$rounds" --out "$parts/steps-$model-diffusers.json"
    measure agreement "agreement of $model" agreement "$model"
    if [ "$model" = "$first" ]; then
        measure kernels "kernels' torch twins" \
            env AFTERIMAGE_KERNELS=torch bash -c 'bench "$@"' bench kernels --model "$model" --out "$parts/kernels-torch.json"
    fi
    for cache in none pab faster; do
        measure memory "memory of $model, $cache" \
            bench memory --model "$model" --cache "$cache" --steps "$((steps < 10 ? steps : 10))" --out "$parts/memory-$model-$cache.json"
        measure memory "memory of $model, $cache, diffusers" diffusers memory --model "$model" --cache "$cache" \
            --steps "$((steps < 10 ? steps : 10))" --out "$parts/memory-$model-$cache-diffusers.json"
    done
done
echo "$((SECONDS)) s in all, $failures not measured; see $out/results.md"
[ "$failures" -eq 0 ]
