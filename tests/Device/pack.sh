#!/usr/bin/env bash
# Packs what run.sh needs on a machine with a GPU into one tar.xz: programs with their .NET, tests, scripts; no libtorch.
# usage: pack.sh OUT.tar.xz [DIFFUSERS_SRC]      DIFFUSERS_SRC: the src folder of a diffusers checkout, or none
set -euo pipefail

limit=$((64 * 1024 * 1024))
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=${1:?usage: pack.sh OUT.tar.xz [DIFFUSERS_SRC]}
diffusers=${2:-}
if [ -n "$diffusers" ] && [ ! -d "$diffusers/diffusers" ]; then
    echo "pack.sh: $diffusers has no folder 'diffusers': expected the src folder of a checkout" >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/afterimage-device
mkdir "$pack"

# Both programs lie in one folder and share the runtime. Build outputs stay out of the repository's own, whose restore is
# for another target.
for project in tests/Device/Device.csproj tests/Runtime.Tests/Runtime.Tests.csproj; do
    dotnet publish "$root/$project" -c Release -r linux-x64 --self-contained true -p:BringLibTorch=false \
        -p:DebugType=none --artifacts-path "$work/artifacts" -o "$pack/app" -v quiet -nologo
done
cp "$here/run.sh" "$here/diffusers_bench.py" "$here/README.md" "$pack/"
if [ -n "$diffusers" ]; then
    (cd "$diffusers" && find diffusers -name '*.py' -print0 | tar -cf - --null -T -) | (mkdir "$pack/src" && tar -xf - -C "$pack/src")
fi
chmod -R u+rwX,go+rX "$pack"
# One thread: with more, xz looks for repetitions in each thread's blocks alone.
tar -C "$work" -cf - afterimage-device | xz -9e -T1 >"$out"

size=$(stat -c %s "$out")
echo "$out: $size bytes ($((size / 1024 / 1024)) MiB), at most $limit"
[ "$size" -le "$limit" ]
