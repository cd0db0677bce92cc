"""A run that was killed goes on as if nothing had been, byte for byte."""

import random
import time
import unittest

from training import TrainingTest


class ResumeTest(TrainingTest):

    def test_resumed_run_ends_with_the_same_bytes(self):
        self.train(self.solver("max_iter: 60", "straight"))
        half = self.solver("max_iter: 30 snapshot: 10", "parts")
        self.train(half)
        log = self.train(self.solver("max_iter: 60 snapshot: 20", "parts"),
                         "--resume")
        self.assertIn("going on from parts_iter_30.solverstate, iteration 30",
                      log)
        self.assertSameFile("straight_iter_60.caffemodel",
                            "parts_iter_60.caffemodel")

    def plateau(self, rule, name):
        """A solver file without the policy and the tests of the others."""
        flag = self.solver(rule, name)
        for fields in ('lr_policy: "inv" gamma: 0.001 power: 0.75',
                       "test_iter: 3 test_interval: 25"):
            self.edit(f"{name}.prototxt", fields, "")
        return flag

    def test_resumes_in_the_midst_of_patience(self):
        rule = """
            lr_policy: "plateau" plateau_output: "loss" patience: 3 factor: 0.3
            min_delta: 0.05 cooldown: 1 keep_best: true
            test_interval_epochs: 0.5 test_whole_set: true max_epochs: 16 """
        log = self.train(self.plateau(rule + "snapshot: 1", "straight"))
        falls = [line for line in log.splitlines() if "the rate falls" in line]
        self.assertGreater(len(falls), 1, log)
        # 210 images, 32 in an iteration: a test every 4 iterations.
        last = max(int(name.split("_")[2].split(".")[0])
                   for name in self.files() if "straight_iter_" in name)
        for at in range(3, last, 10):
            name = f"parts{at}"
            rest = self.train(
                self.plateau(rule, name),
                f"--snapshot=straight_iter_{at}.solverstate")
            self.assertSameFile(f"straight_iter_{last}.caffemodel",
                                f"{name}_iter_{last}.caffemodel")
            kept = [line for line in rest.splitlines()
                    if "the rate falls" in line]
            self.assertEqual(kept, falls[len(falls) - len(kept):])

    def test_number_of_threads_may_be_any(self):
        self.train(self.solver("max_iter: 30", "straight"), "--threads=2")
        self.train(self.solver("max_iter: 10", "parts"), "--threads=2")
        self.train(self.solver("max_iter: 30", "parts"), "--threads=2",
                   "--resume")
        self.assertSameFile("straight_iter_30.caffemodel",
                            "parts_iter_30.caffemodel")

    def test_snapshot_flag_goes_on_from_that_one(self):
        self.train(self.solver("max_iter: 40 snapshot: 10", "straight"))
        log = self.train(self.solver("max_iter: 40", "other"),
                         "--snapshot=straight_iter_20.solverstate")
        self.assertIn("iteration 20", log)
        self.assertSameFile("straight_iter_40.caffemodel",
                            "other_iter_40.caffemodel")

    def test_killed_again_and_again(self):
        iterations = "max_iter: 600 snapshot: 25"
        self.train(self.solver(iterations, "straight"))
        killed = self.solver(iterations, "killed")
        rng = random.Random(5)
        kills = 0
        process = self.start(killed, "--resume")
        while kills < 6 and process.poll() is None:
            time.sleep(rng.uniform(0.05, 0.3))
            process.kill()
            process.communicate()
            kills += process.returncode < 0
            process = self.start(killed, "--resume")
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertGreater(kills, 0, "the run was over before it was killed")
        self.assertSameFile("straight_iter_600.caffemodel",
                            "killed_iter_600.caffemodel")

    def test_killed_right_after_a_snapshot(self):
        iterations = "max_iter: 120 snapshot: 40 display: 1"
        self.train(self.solver(iterations, "straight"))
        killed = self.solver(iterations, "killed")
        process = self.start(killed)
        self.read_until(process, "snapshot killed_iter_40.solverstate")
        process.kill()
        process.communicate()
        log = self.train(killed, "--resume")
        self.assertIn("going on from killed_iter_", log)
        self.assertSameFile("straight_iter_120.caffemodel",
                            "killed_iter_120.caffemodel")

    def test_starts_anew_where_there_is_nothing_to_resume(self):
        log = self.train(self.solver("max_iter: 2"), "--resume")
        self.assertIn("no snapshot to go on from; starting anew", log)

    def test_resume_passes_over_a_broken_snapshot(self):
        solver = self.solver("max_iter: 30 snapshot: 10")
        self.train(solver)
        weights = self.folder / "solver_iter_30.caffemodel"
        weights.write_bytes(weights.read_bytes()[:500])
        log = self.train(solver, "--resume")
        self.assertIn("passed over: weights solver_iter_30.caffemodel is cut "
                      "short", log)
        self.assertIn("going on from solver_iter_20.solverstate", log)

    def test_learns(self):
        log = self.train(self.solver("max_iter: 200 display: 50"))
        last = [l for l in log.splitlines() if l.startswith("test net 0")][-1]
        accuracy = float(last.split("accuracy ")[1].split(",")[0])
        self.assertGreater(accuracy, 0.9, log)

    def test_fine_tuning_takes_the_weights(self):
        self.train(self.solver("max_iter: 50", "first"))
        log = self.train(self.solver("max_iter: 0", "second"),
                         "--weights=first_iter_50.caffemodel")
        self.assertIn("weights first_iter_50.caffemodel: 3 layers start from "
                      "there", log)
        self.assertSameFile("first_iter_50.caffemodel",
                            "second_iter_0.caffemodel")


if __name__ == "__main__":
    unittest.main(verbosity=2)
