#!/usr/bin/env bash
# Measures on a machine that has a GPU for minutes: A says whether everything works there, B compares with diffusers.
# usage: measure.sh A|B PACK.tar.xz OUT [run.sh's options]      A takes at most 200 seconds, B at most 500
# Results are written after every part, so that a run which is ended from outside keeps what it had.
set -euo pipefail

usage='usage: measure.sh A|B PACK.tar.xz OUT [run.sh options]'
part=${1:?$usage} pack=${2:?$usage} out=${3:?$usage}
shift 3
case $part in
    A) options=(--budget 190 --models 2b --steps 6 --only 'launches,probe,tests,threads,pipeline,decode,steps' --engines afterimage) ;;
    B) options=(--budget 490 --models 2b --steps 50 --only 'probe,kernels,steps,agreement,memory') ;;
    *)
        echo "$usage" >&2
        exit 2
        ;;
esac
(cd "$(dirname "$pack")" && sha256sum -c --quiet "$(basename "$pack").sha256")
# Unpacked once, so that B after A begins at once.
unpacked=${TMPDIR:-/tmp}/afterimage-device-$(cut -c1-12 "$pack.sha256")
if [ ! -e "$unpacked/complete" ]; then
    mkdir -p "$unpacked"
    tar -C "$unpacked" -xf "$pack"
    touch "$unpacked/complete"
fi
shapes=$(cd "$(dirname "$0")/../../samples/TextToVideo/moving-shapes" && pwd)
exec "$unpacked/afterimage-device/run.sh" "$out" --pipeline "$shapes" "${options[@]}" "$@"
