"""Signals: snapshot and stop, snapshot and go on, stop at once."""

import signal
import time
import unittest

from training import TrainingTest


class SignalsTest(TrainingTest):

    def stop(self, sent):
        """Stops a run by a signal; returns how far it had come."""
        solver = self.solver("max_iter: 1000000 display: 20")
        process = self.start(solver)
        self.read_until(process, "iteration 40/")
        process.send_signal(sent)
        _, log = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, log)
        last = log.splitlines()[-1]
        self.assertIn("stopped after iteration ", last)
        iteration = int(last.split("iteration ")[1].split(";")[0])
        self.assertEqual(self.files(),
                         [f"solver_iter_{iteration}.caffemodel",
                          f"solver_iter_{iteration}.solverstate"])
        return iteration

    def test_interrupt_takes_a_snapshot_and_stops(self):
        self.stop(signal.SIGINT)

    def test_stopped_run_goes_on_with_the_same_bytes(self):
        iteration = self.stop(signal.SIGTERM)
        end = f"max_iter: {iteration + 20}"
        self.train(self.solver(end), "--resume")
        self.train(self.solver(end, "straight"))
        self.assertSameFile(f"solver_iter_{iteration + 20}.caffemodel",
                            f"straight_iter_{iteration + 20}.caffemodel")

    def test_hangup_takes_a_snapshot_and_goes_on(self):
        process = self.start(self.solver("max_iter: 1000000 display: 20"))
        self.read_until(process, "iteration 40/")
        process.send_signal(signal.SIGHUP)
        self.read_until(process, "snapshot solver_iter_")
        self.read_until(process, "iteration ")
        self.assertIsNone(process.poll())
        process.kill()
        process.communicate()

    def test_second_interrupt_stops_at_once(self):
        # The iteration, which the first lets end, takes many minutes.
        (self.folder / "solver.prototxt").write_text(
            'net: "net.prototxt" base_lr: 0 lr_policy: "fixed" '
            "iter_size: 10000000 max_iter: 1")
        process = self.start("--solver=solver.prototxt")
        self.read_until(process, "training tiny")
        for _ in range(200):
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        process.kill()
        process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
