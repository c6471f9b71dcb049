#!/usr/bin/env python3
"""Launches every kernel on a GPU through the CUDA driver alone, without torch or .NET, and compares memory with what was recorded.

usage: launches.py FOLDER [--out FILE]       FOLDER: launches.jsonl, memory.bin and the kernels' PTX, as pack.sh puts them into the pack

The recordings are of launches by this project's own launcher, run by the interpreter of its tests, on values whose results are the same on
every device, bit for bit. A line per kernel. Ends with 0 if all are as recorded, 1 if not, and 3 where there is no driver or no device.
"""

import argparse
import collections
import ctypes
import json
import pathlib
import sys

ALIGNMENT = 256  # of CUDA's allocations
GUARD, GUARD_BYTE = 256, 0xA5  # on both sides of memory: nothing may be written there
JIT_ERROR_LOG, JIT_ERROR_LOG_BYTES = 5, 6  # CUjit_option
NO_DEVICE = 3


class CudaError(Exception):
    pass


class Driver:
    """A device's primary context."""

    def __init__(self, library="libcuda.so.1"):
        self.library = ctypes.CDLL(library)
        self.call("cuInit", 0)
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(device), 0)
        name = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", name, len(name), device)
        self.name = name.value.decode()
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self.call("cuCtxPushCurrent_v2", context)

    def call(self, function, *arguments):
        result = getattr(self.library, function)(*arguments)
        if result:
            text = ctypes.c_char_p()
            self.library.cuGetErrorString(result, ctypes.byref(text))
            raise CudaError(f"{function}: {(text.value or b'unknown').decode()} ({result})")

    def load(self, ptx, entry):
        log = ctypes.create_string_buffer(8192)
        options = (ctypes.c_int * 2)(JIT_ERROR_LOG, JIT_ERROR_LOG_BYTES)
        values = (ctypes.c_void_p * 2)(ctypes.addressof(log), len(log))
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        try:
            self.call("cuModuleLoadDataEx", ctypes.byref(module), ptx + b"\0", 2, options, values)
        except CudaError as error:
            raise CudaError(f"{error}: {log.value.decode(errors='replace').strip()}") from error
        self.call("cuModuleGetFunction", ctypes.byref(function), module, entry.encode())
        return function

    def allocate(self, data):
        address = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(len(data)))
        self.call("cuMemcpyHtoD_v2", address, data, ctypes.c_size_t(len(data)))
        return address

    def read(self, address, size):
        data = ctypes.create_string_buffer(size)
        self.call("cuMemcpyDtoH_v2", data, address, ctypes.c_size_t(size))
        return data.raw

    def free(self, address):
        self.call("cuMemFree_v2", address)

    def launch(self, function, blocks, threads, parameters):
        """Parameters are their bytes, as cuLaunchKernel copies them."""
        values = [ctypes.create_string_buffer(value, max(len(value), 1)) for value in parameters]
        pointers = (ctypes.c_void_p * len(values))(*map(ctypes.addressof, values))
        self.call("cuLaunchKernel", function, blocks, 1, 1, threads, 1, 1, 0, None, pointers, None)
        self.call("cuCtxSynchronize")


def guarded(memory, data):
    """A stretch of memory as it stands on the device, and where it begins in there."""
    start = GUARD + memory["misalignment"]
    return bytes([GUARD_BYTE]) * start + data + bytes([GUARD_BYTE]) * GUARD, start


def fault(driver, function, launch, recorded):
    """What is not as it was recorded after a launch; None where all is."""
    stretches = launch["memory"]
    contents = [guarded(memory, recorded[memory["before"] : memory["before"] + memory["size"]]) for memory in stretches]
    addresses = []
    try:
        for data, _ in contents:
            addresses.append(driver.allocate(data))
        parameters = []
        for argument in launch["arguments"]:
            value, memory = bytes.fromhex(argument["value"]), argument["memory"]
            if memory is not None:
                address = addresses[memory].value + contents[memory][1] + argument["offset"]
                value = address.to_bytes(8, "little") + value[8:]
            parameters.append(value)
        driver.launch(function, launch["blocks"], launch["threads"], parameters)
        for number, (memory, address, (data, start)) in enumerate(zip(stretches, addresses, contents)):
            expected, _ = guarded(memory, recorded[memory["after"] : memory["after"] + memory["size"]])
            actual = driver.read(address, len(data))
            if actual != expected:
                at = next(i for i, (a, e) in enumerate(zip(actual, expected)) if a != e)
                where = f"byte {at - start} of memory {number}, which has {memory['size']}"
                return f"{where}: expected {expected[at : at + 4].hex()}…, got {actual[at : at + 4].hex()}…"
        return None
    finally:
        for address in addresses:
            driver.free(address)


def kernel_faults(driver, folder, name, launches, recorded):
    function = driver.load((folder / f"{name}.ptx").read_bytes(), launches[0]["entry"])
    return [f"launch {number}: {text}" for number, launch in enumerate(launches) if (text := fault(driver, function, launch, recorded))]


def run(driver, folder, say=print):
    """How many kernels are not as recorded, of how many."""
    kernels = collections.defaultdict(list)
    with open(folder / "launches.jsonl", encoding="utf-8") as file:
        for line in file:
            launch = json.loads(line)
            kernels[launch["kernel"]].append(launch)
    recorded = (folder / "memory.bin").read_bytes()
    wrong = 0
    for name, launches in sorted(kernels.items()):
        try:
            faults = kernel_faults(driver, folder, name, launches, recorded)
        except CudaError as error:
            faults = [f"{error}"]
        wrong += bool(faults)
        say(f"{name}: {len(launches)} launches, {f'{len(faults)} wrong: {faults[0]}' if faults else 'as recorded'}")
    return wrong, len(kernels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="a JSON file of the result, as the other parts write")
    arguments = parser.parse_args()
    try:
        driver = Driver()
    except (OSError, CudaError) as error:
        print(f"launches: there is no CUDA driver or no device here: {error}", file=sys.stderr)
        sys.exit(NO_DEVICE)
    wrong, count = run(driver, arguments.folder)
    summary = f"{count - wrong} of {count} kernels as recorded on {driver.name}"
    print(summary)
    if arguments.out:
        part = dict(part="launches", engine="afterimage", model="", software="CUDA driver alone", result=dict(summary=summary))
        arguments.out.write_text(json.dumps(part), encoding="utf-8")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
