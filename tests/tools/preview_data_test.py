"""Draws what a net gets to see, and reads the picture."""

import struct
import unittest
import zlib

from programs import ProgramTest

NET = """
layer { name: "data" type: "Data" top: "data" top: "label"
  include { phase: TRAIN }
  transform_param { mean_value: 100 scale: 0.1 crop_size: 4
    random_resized_crop {} }
  data_param { source: "db" backend: LMDB batch_size: 3 } }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
  inner_product_param { num_output: 1 } }
"""


def pixels(data):
    """Width, height and (row, column) -> (r, g, b) of a PNG."""
    width, height = struct.unpack_from(">II", data, 16)
    body, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            body += data[at + 8:at + 8 + size]
        at += size + 12
    raw = zlib.decompress(body)
    rows, before, step = [], bytes(3 * width), 3 * width + 1
    for y in range(height):
        kind, line = raw[y * step], bytearray(raw[y * step + 1:(y + 1) * step])
        for i in range(3 * width):
            left = line[i - 3] if i >= 3 else 0
            corner = before[i - 3] if i >= 3 else 0
            guess = left + before[i] - corner
            near = min((abs(guess - v), order, v) for order, v in
                       enumerate((left, before[i], corner)))[2]
            line[i] = (line[i] + [0, left, before[i], (left + before[i]) // 2,
                                  near][kind]) & 255
        rows.append(line)
        before = line
    return width, height, lambda y, x: tuple(rows[y][3 * x:3 * x + 3])


class PreviewData(ProgramTest):
    def setUp(self):
        super().setUp()
        for i in range(5):
            (self.folder / f"{i}.ppm").write_bytes(
                b"P6 6 6 255\n" + bytes((i * 40, 7, 200)) * 36)
        self.write("list", "".join(f"{i}.ppm {i}\n" for i in range(5)))
        self.run_program("convert_imageset", "./", "list", "db")
        self.write("net.prototxt", NET)

    def test_the_sheet_has_the_images_in_their_order_and_colours(self):
        text = self.run_program("preview_data", "--model=net.prototxt",
                                "--out=sheet.png", "--count=7", "--columns=4",
                                "--side=16")
        self.assertIn("7 images", text)
        width, height, at = pixels((self.folder / "sheet.png").read_bytes())
        self.assertEqual((width, height), (4 * 20 + 4, 2 * 34 + 4))
        for i in range(7):
            y, x = i // 4 * 34 + 12, i % 4 * 20 + 12
            self.assertEqual(at(y, x), (i % 5 * 40, 7, 200))

    def test_skip_goes_on_behind(self):
        self.run_program("preview_data", "--model=net.prototxt", "--count=1",
                         "--out=sheet.png", "--skip=3", "--side=16")
        at = pixels((self.folder / "sheet.png").read_bytes())[2]
        self.assertEqual(at(12, 12), (120, 7, 200))

    def test_mistakes_are_told(self):
        self.assertEqual(
            self.failure("preview_data", "--model=net.prototxt"),
            "give --model=FILE and --out=FILE.png; --help says more")
        self.assertEqual(
            self.failure("preview_data", "--model=net.prototxt",
                         "--out=a.png", "--side=300000"),
            "--side is 300000; 4096 is the most")
        self.assertEqual(
            self.failure("preview_data", "--model=net.prototxt",
                         "--out=a.png", "--phase=TEST"),
            "net.prototxt has no Data or ImageData layer in the phase TEST")


if __name__ == "__main__":
    unittest.main()
