"""Checks every net of models/: that it builds, for training, testing and use, and
that it has the parameters and multiply-adds that are known of it."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from programs import SOURCE, ProgramTest  # noqa: E402

MODELS = SOURCE / "models"

# Learned parameters, from the publications or known of the published weights; and
# for those that have it, the numbers of running statistics.
PUBLISHED = {
    "alexnet": (60_965_224, 0),
    "alexnet_paper": (60_965_224, 0),
    # 5 x 5 windows become 3 x 3, over 48 channels each.
    "alexnet_notes": (60_965_224 - 256 * 48 * (25 - 9), 0),
    "caffenet": (60_965_224, 0),
    "vgg16": (138_357_544, 0),
    "googlenet": (6_998_552, 0),
    "squeezenet_v1.1": (1_235_496, 0),
    # A mean and a variance per channel, and a count per layer.
    "resnet50": (25_557_032, 2 * 26_560 + 53),
    "mobilenet_v1": (4_231_976, 2 * 10_944 + 27),
    "densenet121": (7_978_856, 2 * 41_824 + 121),
}

# Of the data that only a database would tell.
INPUTS = {
    "cifar10_full": "data:2,3,32,32",
    "cifar10_quick": "data:2,3,32,32",
    "fashion_alexnet": "data:2,1,28,28",
    "fcn": "data:2,1,28,28",
    "lenet": "data:2,1,28,28",
    "mnist_autoencoder": "data:2,1,28,28",
    "siamese": "data:2,1,28,28;data_p:2,1,28,28",
}


def number(text):
    return int(text.replace(",", ""))


def folders():
    return sorted(path for path in MODELS.iterdir() if path.is_dir())


def table():
    """Net -> parameters and multiply-adds per image, of models/README.md."""
    rows = {}
    for line in (MODELS / "README.md").read_text().splitlines():
        row = re.match(r"\| \[([\w.]+)\]\(\1\) \|[^|]*\| ([\d,]+) \| ([\d,]+) \|",
                       line)
        if row:
            rows[row[1]] = (number(row[2]), number(row[3]))
    return rows


class Models(ProgramTest):
    def inspect(self, path, *flags):
        """Learned parameters, statistics, multiply-adds per image."""
        text = self.run_program("inspect", f"--model={path}", *flags)
        parameters, statistics = re.search(
            r"\n([\d,]+) parameters(?:, and ([\d,]+) numbers of running)?",
            text).groups("0")
        multiply_adds = re.search(r"\n([\d,]+) multiply-adds per image", text)[1]
        return number(parameters), number(statistics), number(multiply_adds)

    def test_the_nets_for_use_have_the_published_numbers_of_parameters(self):
        for net, (parameters, statistics) in PUBLISHED.items():
            with self.subTest(net=net):
                counted = self.inspect(MODELS / net / "deploy.prototxt",
                                       "--phase=TEST")
                self.assertEqual(counted[:2], (parameters, statistics))

    def test_the_table_of_models_is_right_and_complete(self):
        rows = table()
        self.assertEqual(sorted(rows), [path.name for path in folders()])
        for net, (parameters, multiply_adds) in rows.items():
            with self.subTest(net=net):
                counted = self.inspect(MODELS / net / "deploy.prototxt",
                                       "--phase=TEST")
                self.assertEqual((counted[0], counted[2]),
                                 (parameters, multiply_adds))

    def test_nets_build_for_training_and_for_testing(self):
        for path in folders():
            net = path.name
            shape = INPUTS.get(net)
            flags = [f"--input_shape={shape}"] if shape else []
            for phase in "TRAIN", "TEST":
                with self.subTest(net=net, phase=phase):
                    stage = ["--stage=test-on-test"] * (
                        net == "mnist_autoencoder" and phase == "TEST")
                    counted = self.inspect(path / "train_val.prototxt",
                                           f"--phase={phase}", *flags, *stage)
                    # Only GoogLeNet trains with more than it is used with.
                    used = self.inspect(path / "deploy.prototxt", "--phase=TEST")
                    if net != "googlenet":
                        self.assertEqual(counted[:2], used[:2])

    def test_googlenet_trains_with_two_more_classifiers(self):
        counted = self.inspect(MODELS / "googlenet/train_val.prototxt",
                               "--phase=TRAIN")
        self.assertEqual(counted[0], 13_378_280)

    def test_the_numbers_of_each_readme_are_those_of_the_table(self):
        for net, numbers in table().items():
            text = (MODELS / net / "README.md").read_text()
            for value in numbers:
                with self.subTest(net=net):
                    self.assertIn(f"{value:,}", text)

    def test_solvers_train_the_net_of_their_folder(self):
        for solver in sorted(MODELS.glob("*/solver*.prototxt")):
            folder = f"models/{solver.parent.name}"
            with self.subTest(solver=solver):
                text = solver.read_text()
                self.assertIn(f'\nnet: "{folder}/train_val.prototxt"\n', text)
                self.assertRegex(text, rf'\nsnapshot_prefix: "{folder}/\S+"\n')


if __name__ == "__main__":
    unittest.main()
