#!/usr/bin/env bash
# Packs what run.sh needs on a machine with a GPU into one tar.xz: programs, tests, .NET's runtime, scripts; no libtorch.
# usage: pack.sh OUT.tar.xz [DIFFUSERS_SRC]      DIFFUSERS_SRC: the src folder of a diffusers checkout, or none
set -euo pipefail

limit=$((30 * 1024 * 1024))
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

# Both programs lie in one folder. Build outputs stay out of the repository's own, whose restore is for another target.
for project in tests/Device/Device.csproj tests/Runtime.Tests/Runtime.Tests.csproj; do
    dotnet publish "$root/$project" -c Release -r linux-x64 --self-contained false -p:BringLibTorch=false \
        -p:UseAppHost=false -p:DebugType=none --artifacts-path "$work/artifacts" -o "$pack/app" -v quiet -nologo
done
# Nothing there draws, encodes films, measures coverage or is read by people.
find "$pack/app" \( -name '*.pdb' -o -name '*.xml' -o -iname '*skia*.so' -o -iname 'magick*' -o -iname '*InstrumentationEngine*' \) -delete
rm -rf "$pack/app/Microsoft.CodeCoverage"
find "$pack/app" -name '*.resources.dll' -delete
find "$pack/app" -type d -empty -delete

# Launches of all kernels as they should be, for launches.py.
AFTERIMAGE_LAUNCHES="$pack/launches" dotnet run --project "$root/tests/Runtime.Tests" -v quiet -- \
    --filter 'FullyQualifiedName~LaunchRecordingTests.Recording' --progress off --no-ansi

# The runtime that built them, without what debuggers and other languages need.
installed=$(dirname "$(readlink -f "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | sed -nE 's/^Microsoft\.NETCore\.App (10\.[^ ]+).*/\1/p' | tail -n 1)
framework=shared/Microsoft.NETCore.App/$version
mkdir -p "$pack/dotnet/$framework" "$pack/dotnet/host/fxr"
cp "$installed/dotnet" "$pack/dotnet/"
cp -r "$installed/host/fxr/$version" "$pack/dotnet/host/fxr/"
cp "$installed/$framework"/* "$pack/dotnet/$framework/"
(
    cd "$pack/dotnet/$framework"
    rm -f libmscordaccore.so libmscordbi.so createdump libclrgc*.so libcoreclrtraceptprovider.so Microsoft.VisualBasic*.dll \
        System.Data.Common.dll System.Private.DataContractSerialization.dll System.Linq.AsyncEnumerable.dll System.Linq.Parallel.dll \
        System.Net.Mail.dll System.Net.Quic.dll System.Threading.Tasks.Dataflow.dll System.Transactions.Local.dll
)

cp "$here/run.sh" "$here/README.md" "$here"/{launches,diffusers_bench,diffusers_models}.py "$pack/"
if [ -n "$diffusers" ]; then
    (cd "$diffusers" && find diffusers -name '*.py' -print0 | tar -cf - --null -T -) | (mkdir "$pack/src" && tar -xf - -C "$pack/src")
fi
chmod -R u+rwX,go+rX "$pack"
mkdir -p "$(dirname "$out")"
tar -C "$work" -cf - afterimage-device | xz -6 -T2 >"$out"
(cd "$(dirname "$out")" && sha256sum "$(basename "$out")" >"$(basename "$out").sha256")

size=$(stat -c %s "$out")
echo "$out: $size bytes ($((size / 1024 / 1024)) MiB), at most $limit"
[ "$size" -le "$limit" ]
