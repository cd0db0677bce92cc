"""What the tests of the programs share: a folder to work in, and running."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(
    sys.argv.pop() if len(sys.argv) > 1 else "build/tools").resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]

sys.path.insert(0, str(SOURCE / "tests" / "golden"))
import npy  # noqa: E402


class ProgramTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def write_array(self, name, shape, values):
        path = self.folder / (name + ".npy")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(npy.encode(shape, values))

    def read_array(self, name):
        shape, values = npy.decode((self.folder / (name + ".npy")).read_bytes())
        return shape, list(values)

    def start(self, program, *arguments):
        return subprocess.run([TOOLS / program, *arguments], cwd=self.folder,
                              capture_output=True, text=True)

    def run_program(self, program, *arguments):
        """What it prints."""
        result = self.start(program, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def failure(self, program, *arguments):
        """The one sentence of a failure."""
        result = self.start(program, *arguments)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertEqual(result.stdout, "")
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        return lines[0]
