"""Packs recorded cases of BVLC Caffe 1.0 into tests/golden/cases.

    convert.py RECORDED RUN_NET

RECORDED has one folder per case, with net.prototxt, arrays.json, meta.json and
fill.txt. Each becomes a folder here, of
    net.prototxt
    arrays.npz   the arrays as run_net names them: what it reads (in, param,
                 top_diff) and what it is to write
    *.binaryproto, *.h5, *list.txt  files that the net reads
    case.json    forwards: the number of forward passes; backward: whether the
                 gradients were recorded; float_error: how far Caffe in single
                 precision is from these numbers, where that is noteworthy

RUN_NET, the program of a build, says which cases that build cannot run, for
want of a layer type or a data backend; they are listed and left out.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

import golden_test
import npy

# Errors of this size are within the tolerance anyway.
NOTEWORTHY = golden_test.ABSOLUTE / golden_test.WIDENING


def net_with_backward(case, backward):
    """The net's text. The gradients were recorded through all layers, as
    force_backward does; bottoms that have no gradient were left out."""
    text = (case / "net.prototxt").read_text()
    if backward and "force_backward" not in text:
        text += "force_backward: true\n"
    return text


def pack(case, target):
    arrays = json.loads((case / "arrays.json").read_text())
    meta = json.loads((case / "meta.json").read_text())
    options = [line.split()
               for line in (case / "fill.txt").read_text().splitlines()]
    forwards = [int(words[1]) for words in options if words[0] == "forwards"]
    target.mkdir(parents=True)
    (target / "net.prototxt").write_text(
        net_with_backward(case, meta["backward"]))
    for kind in ("*.binaryproto", "*.h5", "*list.txt"):  # that the net names
        for file in case.glob(kind):
            shutil.copyfile(file, target / file.name)
    errors = {name: error
              for name, error in meta["float_vs_double_max_abs"].items()
              if error > NOTEWORTHY}
    (target / "case.json").write_text(json.dumps({
        "forwards": forwards[0] if forwards else 1,
        "backward": meta["backward"], "float_error": errors}) + "\n")
    with zipfile.ZipFile(target / "arrays.npz", "w", zipfile.ZIP_DEFLATED,
                         compresslevel=9) as packed:
        for name, a in arrays.items():
            entry = zipfile.ZipInfo(name + ".npy")  # dated 1980, always
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, npy.encode(a["shape"], a["data"]))


def reason_to_leave_out(case, run_net):
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [run_net, "--model=net.prototxt", f"--in={folder}",
             f"--out={folder}"],
            cwd=case, capture_output=True, text=True)
    for wanted in ("unknown layer type", "backend", "old format"):
        if wanted in result.stderr:
            return result.stderr.strip()
    return None


def main(recorded, run_net):
    run_net = pathlib.Path(run_net).resolve()
    cases = pathlib.Path(__file__).parent / "cases"
    shutil.rmtree(cases, ignore_errors=True)
    packed = 0
    left_out = []
    for case in sorted(pathlib.Path(recorded).iterdir()):
        reason = reason_to_leave_out(case, run_net)
        if reason:
            left_out.append(f"{case.name}: {reason}")
        else:
            pack(case, cases / case.name)
            packed += 1
    print("\n".join(left_out))
    print(f"{packed} cases packed, {len(left_out)} left out")


if __name__ == "__main__":
    main(*sys.argv[1:])
