"""What goes wrong is told in one sentence, with exit code 1, and damages
nothing."""

import resource
import shutil
import unittest

from training import TrainingTest


class FailuresTest(TrainingTest):

    def test_full_disk(self):
        self.train(self.solver("max_iter: 10 snapshot: 10"))
        before = {name: self.bytes_of(name) for name in self.files()}

        def no_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        solver = self.solver("max_iter: 30 snapshot: 20")
        sentence = self.refuse(solver, "--resume", preexec_fn=no_room)
        self.assertEqual(sentence, "cannot write solver_iter_20.caffemodel: "
                         "File too large")
        after = {name: self.bytes_of(name) for name in self.files()}
        self.assertEqual(after, before)
        self.assertIn("going on from solver_iter_10.solverstate",
                      self.train(solver, "--resume"))

    def test_flags_of_fine_tuning(self):
        solver = self.solver("max_iter: 10")
        self.assertEqual(
            self.refuse(solver, "--finetune_layers=fc2"),
            "--finetune_layers needs trained layers below; --weights=FILE names "
            "them")
        self.assertEqual(
            self.refuse(solver, "--num_classes=3"),
            "--num_classes changes the last of --finetune_layers; name that")
        self.train(solver)
        log = self.train(self.solver("max_iter: 20", "tuned"),
                         "--weights=solver_iter_10.caffemodel",
                         "--finetune_layers=fc1,fc2", "--num_classes=5")
        self.assertIn(
            "training fc1, fc2 only; fc2 starts afresh with 5 classes", log)

    def test_folder_that_is_missing(self):
        sentence = self.refuse(
            self.solver('max_iter: 10 snapshot_prefix: "out/tiny"'))
        self.assertEqual(
            sentence, "snapshots out/tiny_iter_N cannot be written: there is "
            "no folder out; make it, or change snapshot_prefix")

    def test_folder_that_cannot_be_written(self):
        sentence = self.refuse(
            self.solver('max_iter: 10 snapshot_prefix: "/proc/self/tiny"'))
        self.assertIn("snapshots /proc/self/tiny_iter_N cannot be written: ",
                      sentence)

    def test_folder_that_vanishes_while_training(self):
        (self.folder / "out").mkdir()
        process = self.start(self.solver(
            'max_iter: 1000000 display: 10 snapshot: 200 '
            'snapshot_prefix: "out/tiny"'))
        self.read_until(process, "iteration 10/")
        shutil.rmtree(self.folder / "out")
        _, log = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 1)
        self.assertIn("cannot write out/tiny_iter_", log.splitlines()[-1])

    def test_snapshot_that_is_cut_short(self):
        solver = self.solver("max_iter: 20 snapshot: 10")
        self.train(solver)
        state = self.folder / "solver_iter_20.solverstate"
        state.write_bytes(state.read_bytes()[:300])
        sentence = self.refuse(solver, f"--snapshot={state.name}")
        self.assertIn("snapshot solver_iter_20.solverstate is cut short",
                      sentence)
        self.assertIn("the one before it is solver_iter_10.solverstate",
                      sentence)

    def test_weights_that_are_something_else(self):
        (self.folder / "notes.txt").write_text("nothing but text\n" * 9)
        sentence = self.refuse(self.solver("max_iter: 1"),
                               "--weights=notes.txt")
        self.assertIn("notes.txt", sentence)

    def test_weights_of_another_shape(self):
        self.train(self.solver("max_iter: 1"))
        self.edit("net.prototxt", "num_output: 24", "num_output: 30",
                  to="wide.prototxt")
        self.edit("solver.prototxt", "net.prototxt", "wide.prototxt")
        sentence = self.refuse("--solver=solver.prototxt",
                               "--weights=solver_iter_1.caffemodel")
        lines = self.bytes_of("wide.prototxt").decode().splitlines()
        line = 1 + next(i for i, l in enumerate(lines) if '"fc1"' in l)
        self.assertIn(f'wide.prototxt:{line}: layer "fc1" (InnerProduct): ',
                      sentence)
        self.assertIn("24x96", sentence)
        self.assertIn("30x96", sentence)
        self.assertIn("rename it", sentence)

    def test_snapshot_of_another_net(self):
        self.train(self.solver("max_iter: 1"))
        self.edit("net.prototxt", "num_output: 24", "num_output: 30",
                  to="wide.prototxt")
        self.edit("solver.prototxt", "net.prototxt", "wide.prototxt")
        self.assertEqual(
            self.refuse("--solver=solver.prototxt", "--resume"),
            "snapshot solver_iter_1.solverstate was made with another net: "
            'parameter 0 of layer "fc1" is 30x96 here and 24x96 there')

    def test_loss_that_is_not_finite(self):
        solver = self.solver("max_iter: 100")
        self.edit("solver.prototxt", "base_lr: 0.05", "base_lr: 1e20")
        sentence = self.refuse(solver)
        self.assertIn("the first values that are not finite are in ", sentence)

    def test_flags_that_contradict_each_other(self):
        solver = self.solver("max_iter: 1")
        self.assertEqual(
            self.refuse(solver, "--resume", "--snapshot=a.solverstate"),
            "--snapshot and --resume both say where to go on; keep one")
        self.assertEqual(
            self.refuse(solver, "--weights=a", "--snapshot=a.solverstate"),
            "--snapshot and --weights both say which weights to start from; "
            "keep one")
        self.assertEqual(self.refuse(), "give --solver=FILE; --help says more")
        self.assertEqual(
            self.refuse(solver, "--on_nan=cry"),
            "--on_nan=cry is neither stop nor warn")
        self.assertEqual(
            self.refuse(solver, "--device=tpu"),
            "--device=tpu is no device; give cpu, cuda, or cuda:N for the GPU "
            "of number N")
        self.assertEqual(
            self.refuse(solver, "--precision=fp64"),
            "--precision=fp64 is none of fp32, bf16 and fp16")

    def test_formats_that_only_gpus_have(self):
        log = self.train(self.solver("max_iter: 1"), "--device=cpu",
                         "--precision=fp16", "--allow_tf32")
        self.assertIn("precision FP16 is for GPUs; the CPU computes in float",
                      log)
        self.assertIn("--allow_tf32 is for GPUs; the CPU computes in float",
                      log)

    def test_solver_file_that_says_no_policy(self):
        (self.folder / "solver.prototxt").write_text(
            'net: "net.prototxt" base_lr: 1 lr_policy: "fixd"')
        self.assertEqual(
            self.refuse("--solver=solver.prototxt"),
            'solver.prototxt: unknown lr_policy "fixd"; did you mean "fixed"?')


if __name__ == "__main__":
    unittest.main(verbosity=2)
