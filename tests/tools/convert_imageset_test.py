"""Converts images with planted faults, and is interrupted."""

import base64
import os
import signal
import struct
import subprocess
import time
import unittest
import zlib

from programs import TOOLS, ProgramTest

# 16 x 8 pixels, the left half red, the right half blue.
JPEG = base64.b64decode(
    "/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1R"
    "V19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2Nj"
    "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIABADAREAAhEBAxEB/8QA"
    "FAABAAAAAAAAAAAAAAAAAAAABf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAWAQEBAQAAAAAA"
    "AAAAAAAAAAAGBQf/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwAhPMRjQQZ/"
    "/9k=")
# 16 x 16 pixels of red, in cyan, magenta, yellow and black.
CMYK = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5"
    "Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgAEAAQBEMRAE0RAFkRAEsR"
    "AP/EABUAAQEAAAAAAAAAAAAAAAAAAAAH/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBN"
    "AFkASwAAPwCgJ+n6gAAAAP/Z")


def png(width, height, bits, kind, pixel):
    """All pixels the same."""
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data +
                struct.pack(">I", zlib.crc32(name + data)))

    rows = (b"\0" + pixel * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(
        ">IIBBBBB", width, height, bits, kind, 0, 0, 0)) +
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def turned(jpeg, orientation):
    """The JPEG with EXIF's word on which way is up."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1,
                                  orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + (
        jpeg[2:])


class ConvertImageset(ProgramTest):
    def save(self, files):
        for name, data in files.items():
            (self.folder / name).write_bytes(data)

    def convert(self, *flags, code=0):
        result = self.start("convert_imageset", *flags)
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stderr

    def test_every_planted_fault_is_reported(self):
        plain = png(8, 8, 8, 2, b"\x10\x20\x30")
        self.save({
            "good.png": plain, "empty.jpg": b"", "text.jpg": b"no image",
            "cut.jpg": JPEG[:-60], "cut.png": plain[:-20], "cmyk.jpg": CMYK,
            "deep.png": png(8, 8, 16, 2, b"\x10\0\x20\0\x40\0"),
            "clear.png": png(8, 8, 8, 6, b"\x10\x20\x50\x80"),
            "turned.jpg": turned(JPEG, 6), "wrong.jpg": png(
                8, 8, 8, 2, b"\x11\x22\x33"),
            "twin.png": plain, "liar.png": plain,
            "leak.png": png(8, 8, 8, 2, b"\x77\x20\x30"),
        })
        self.write("other", "leak.png 0\n")
        self.convert("./", "other", "other_lmdb")
        names = ("good.png empty.jpg text.jpg cut.jpg cut.png cmyk.jpg "
                 "deep.png clear.png turned.jpg wrong.jpg twin.png leak.png "
                 "gone.jpg").split()
        self.write("list", "".join(f"{name} 0\n" for name in names) +
                   "liar.png 1\n")
        self.write("names", "cat\ndog\n")
        log = self.convert("--skip_bad", "--verify", "--report=report",
                           "--against=other_lmdb", "--label_names=names", "./",
                           "list", "db")
        report = (self.folder / "report").read_text()
        for line in (
                "5 images are bad",
                "./empty.jpg: the image file is empty",
                "./text.jpg: its 8 bytes are not an image",
                "./cut.jpg: the JPEG is cut short",
                "./cut.png: the PNG is cut short",
                "./gone.jpg: No such file",
                "1 images in CMYK, brought to blue, green and red\n"
                "  ./cmyk.jpg\n",
                "1 images of more than 8 bits per value, brought to 8\n"
                "  ./deep.png\n",
                "1 images with transparency, which is dropped\n"
                "  ./clear.png\n",
                "1 images turned by EXIF, stored upright\n  ./turned.jpg\n",
                "1 images of another type than their names say, read as what "
                "they are\n  ./wrong.jpg\n",
                "2 images occur before\n"
                "  twin.png is the same image as good.png\n"
                "  liar.png is the same image as good.png, but its label is 1 "
                "and not 0\n",
                "1 images are in other_lmdb, too\n"
                '  leak.png is the same image as record "00000000_leak.png"',
                "2 classes\n"
                "0 cat  ######################################## 8\n"
                "1 dog  ##### 1\n"):
            self.assertIn(line, report)
        self.assertIn("9 images are in db", log)
        self.assertIn("all of them were read back", log)
        self.assertEqual((self.folder / "db/label_names.txt").read_text(),
                         "cat\ndog\n")
        self.assertEqual(sorted(os.listdir(self.folder / "db")),
                         ["data.mdb", "label_names.txt"])

        text = self.run_program("inspect_data", "--out=sheet.png", "db")
        self.assertIn("9 records", text)
        self.assertIn("7 of 3 x 8 x 8", text)
        self.assertIn("1 of 3 x 16 x 8", text)
        self.assertIn("0 cat  ######################################## 8",
                      text)
        self.assertEqual((self.folder / "sheet.png").read_bytes()[:4],
                         b"\x89PNG")

    def test_rules_give_the_right_pixels(self):
        self.save({"cmyk.jpg": CMYK, "turned.jpg": turned(JPEG, 6),
                   "deep.png": png(8, 8, 16, 2, b"\x10\0\x20\0\x40\0")})
        self.write("list", "cmyk.jpg 0\nturned.jpg 0\ndeep.png 0\n")
        # Encoded, originals are kept where they need no rule.
        for flags in [], ["--encode_type=png"], ["--encoded"]:
            db = "db" + str(len(flags)) + "".join(flags)[-3:]
            self.convert(*flags, "./", "list", db)
            self.write("net.prototxt", f"""
                layer {{ name: "data" type: "Data" top: "data" top: "label"
                  transform_param {{ force_color: true }}
                  data_param {{ source: "{db}" backend: LMDB batch_size: 1 }} }}
                """)
            self.write("in/none", "")
            self.run_program("run_net", "--model=net.prototxt", "--in=in",
                             f"--out={db}_out", "--forwards=3", "--phase=TEST")
            pixel = []
            for i, (height, width) in enumerate([(16, 16), (16, 8), (8, 8)]):
                shape, values = self.read_array(f"{db}_out/data/data@{i}")
                self.assertEqual(tuple(shape), (1, 3, height, width))
                plane = height * width
                pixel.append([values[c * plane] for c in range(3)])
                last = [values[(c + 1) * plane - 1] for c in range(3)]
                if i == 1:  # turned: red is above, blue below
                    for got, wanted in zip(last, (230, 20, 20)):
                        self.assertAlmostEqual(got, wanted, delta=25)
            for got, wanted in zip(pixel[0], (0, 0, 255)):
                self.assertAlmostEqual(got, wanted, delta=25)
            for got, wanted in zip(pixel[1], (20, 20, 230)):
                self.assertAlmostEqual(got, wanted, delta=25)
            self.assertEqual(pixel[2], [0x40, 0x20, 0x10])

    def test_several_labels_of_any_kind(self):
        self.save({f"{i} .png": png(4, 4, 8, 0, bytes([i])) for i in range(2)})
        self.write("list", "0 .png 0.5 -1 7\n1 .png 2 3 1e3\n")
        self.convert("--labels=3", "--verify", "./", "list", "db")
        self.write("net.prototxt", """
            layer { name: "data" type: "Data" top: "data" top: "label"
              data_param { source: "db" backend: LMDB batch_size: 2 } }""")
        self.write("in/none", "")
        self.run_program("run_net", "--model=net.prototxt", "--in=in",
                         "--out=out", "--phase=TEST")
        shape, values = self.read_array("out/data/label")
        self.assertEqual((tuple(shape), values), ((2, 3), [.5, -1, 7, 2, 3, 1000]))
        self.write("list", "0 .png 0.5 x 7\n")
        self.assertEqual(
            self.failure("convert_imageset", "--labels=3", "./", "list", "no"),
            'list:1: the label "x" is not a number')
        self.write("list", "0.png 7\n")
        self.assertEqual(
            self.failure("convert_imageset", "--labels=3", "./", "list", "no"),
            "list:1: there are 1 labels behind the path, not 3")

    def test_typing_errors_cost_no_conversion(self):
        self.save({"a.png": png(4, 4, 8, 2, b"\1\2\3")})
        self.write("list", "a.png 0\n")
        self.write("db.partial/purpose.txt", "of an interrupted conversion")
        self.write("report", "from before")
        for flag, said in (("--against=gone", "gone"),
                           ("--report=no/report", "there is no folder no")):
            self.assertIn(said, self.failure(
                "convert_imageset", flag, "./", "list", "db"))
            self.assertTrue((self.folder / "db.partial/purpose.txt").exists())
        (self.folder / "there").mkdir()
        self.failure("convert_imageset", "--report=report", "./", "list",
                     "there")
        self.assertEqual((self.folder / "report").read_text(), "from before")

    def test_a_picture_too_large_to_draw_is_told(self):
        self.save({"a.png": png(4, 4, 8, 2, b"\1\2\3")})
        self.write("list", "a.png 0\n")
        self.convert("./", "list", "db")
        self.assertEqual(
            self.failure("inspect_data", "--side=200000", "--out=a.png", "db"),
            "--side is 200000; 4096 is the most")

    def records(self, db):
        return (self.folder / db / "data.mdb").read_bytes()

    def test_nothing_is_lost_after_kill(self):
        # Enough pixels for several commits, and time to be killed.
        count = 120
        self.save({f"{i}.png": png(512, 512, 8, 2, bytes([i, 0, 9]))
                   for i in range(count)})
        self.save({"99.png": b""})
        self.write("list", "".join(f"{i}.png {i % 7}\n"
                                   for i in range(count)))
        flags = ["--skip_bad", "--threads=1", "--verify", "./", "list"]
        whole = self.convert(*flags, "whole")
        self.assertNotIn("converted before", whole)
        partial = self.folder / "db.partial/data.mdb"
        process = subprocess.Popen(
            [TOOLS / "convert_imageset", *flags, "db"], cwd=self.folder,
            stderr=subprocess.DEVNULL)
        while process.poll() is None and (
                not partial.exists() or partial.stat().st_size < 40 << 20):
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertEqual(process.returncode, -signal.SIGKILL)
        (self.folder / "0.png").unlink()  # its record stays all the same
        log = self.convert(*flags, "db")
        self.assertRegex(log, r"[1-9]\d* of them were converted before")
        self.assertIn("99.png: the image file is empty", log)
        self.assertIn("119 images are in db", log)
        self.run_program("inspect_data", "db")

        # Another list begins anew.
        process = subprocess.Popen(
            [TOOLS / "convert_imageset", *flags, "again"], cwd=self.folder,
            stderr=subprocess.DEVNULL)
        partial = self.folder / "again.partial/data.mdb"
        while process.poll() is None and (
                not partial.exists() or partial.stat().st_size < 40 << 20):
            time.sleep(0.001)
        process.kill()
        process.wait()
        self.write("list", "3.png 1\n")
        log = self.convert(*flags, "again")
        self.assertNotIn("converted before", log)
        self.assertIn("1 images are in again", log)


if __name__ == "__main__":
    unittest.main()
