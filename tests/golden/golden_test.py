"""Compares run_net with numbers recorded from BVLC Caffe 1.0.

    golden_test.py RUN_NET [FLAG...] [CASE...]

Each case is a folder of cases/; convert.py says what it holds. The numbers were
computed by Caffe in double precision. Flags, as --winograd=false, go to run_net;
for --precision see ROUNDING below.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import npy

# |a - b| <= ABSOLUTE + RELATIVE * |b|, or WIDENING times what Caffe itself
# loses in single precision.
ABSOLUTE = 1e-5
RELATIVE = 1e-4
WIDENING = 4
# With --precision or --allow_tf32, |a - b| <= this times the largest |b| of the
# array or, for gradients, since most are sums in which terms cancel, of all
# gradients: four roundings. Machines without such numbers compute in float.
ROUNDING = {"--precision=bf16": 4 * 2**-8, "--precision=fp16": 4 * 2**-11,
            "--allow_tf32": 4 * 2**-11}
READ_BY_RUN_NET = ("in/", "param/", "top_diff/")
GRADIENTS = ("diff/", "param_diff/")


def difference(actual, expected, least):
    """A sentence on how two (shape, values) differ by more than float's rounding
    and `least`, or None."""
    if actual[0] != expected[0]:
        return f"has shape {actual[0]}, not {expected[0]}"
    for i, (a, b) in enumerate(zip(actual[1], expected[1])):
        tolerance = max(ABSOLUTE + RELATIVE * abs(b), least)
        if a != b and not abs(a - b) <= tolerance:
            return f"[{i}] is {a:.9g}, not {b:.9g}"
    return None


def largest(values):
    return max(map(abs, values), default=0)


def compare(packed, out, errors, rounding):
    """What is wrong with the arrays that run_net wrote, a line each."""
    expected = {entry: npy.decode(packed.read(entry))
                for entry in packed.namelist()
                if not entry.startswith(READ_BY_RUN_NET)}
    gradients = [largest(array) for entry, (_, array) in expected.items()
                 if entry.startswith(GRADIENTS)]
    for entry, array in expected.items():
        name = entry[:-len(".npy")]
        written = out / entry
        if not written.exists():
            yield f"{name} was not written"
            continue
        least = WIDENING * errors.get(name, 0)
        if rounding:
            scale = (max(gradients) if entry.startswith(GRADIENTS)
                     else largest(array[1]))
            least = max(least, rounding * scale)
        wrong = difference(npy.decode(written.read_bytes()), array, least)
        if wrong:
            yield f"{name} {wrong}"
    for file in sorted(out.glob("param_after/**/*.npy")):
        if str(file.relative_to(out)) not in expected:
            yield f"{file.relative_to(out)} should not have changed"


def run(case, run_net, flags):
    """What is wrong with one case, a line each; None if the build lacks the
    library that the case needs."""
    settings = json.loads((case / "case.json").read_text())
    with tempfile.TemporaryDirectory() as folder, \
            zipfile.ZipFile(case / "arrays.npz") as packed:
        folder = pathlib.Path(folder)
        given = folder / "given"
        given.mkdir()
        packed.extractall(given, [entry for entry in packed.namelist()
                                  if entry.startswith(READ_BY_RUN_NET)])
        command = [run_net, "--model=net.prototxt", f"--in={given}",
                   f"--out={folder}", f"--forwards={settings['forwards']}",
                   "--threads=1", *flags]
        if settings["backward"]:
            command.append("--backward")
        # Paths in the nets are relative to the case's folder.
        result = subprocess.run(command, cwd=case, capture_output=True,
                                text=True)
        if "this build was configured without" in result.stderr or \
                "does not read databases of backend" in result.stderr:
            return None
        if result.returncode != 0:
            return [result.stderr.strip() or f"exit code {result.returncode}"]
        rounding = max((ROUNDING.get(flag, 0) for flag in flags), default=0)
        return list(compare(packed, folder, settings["float_error"], rounding))


def main(run_net, *arguments):
    run_net = pathlib.Path(run_net).resolve()
    flags = [a for a in arguments if a.startswith("--")]
    names = [a for a in arguments if not a.startswith("--")]
    folder = pathlib.Path(__file__).parent / "cases"
    cases = [folder / n for n in names] or sorted(folder.iterdir())
    failed = without = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda case: run(case, run_net, flags), cases)
        for case, wrong in zip(cases, results):
            failed += bool(wrong)
            without += wrong is None
            for line in wrong or []:
                print(f"{case.name}: {line}")
    print(f"{len(cases) - failed - without} passed, {failed} failed, "
          f"{without} need a library that this build is without")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
