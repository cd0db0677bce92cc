"""OpenCV's part in benchmarks/compare, which says what is asked of a contender.

It reads the same prototxt and .caffemodel as Doppio; inference in float only.
"""

import json
import pathlib
import sys
import time

import cv2
import numpy

CHECKED_VALUES = 4000


def main():
    asked = json.loads(sys.argv[1])
    folder = pathlib.Path(asked["folder"])
    cv2.setNumThreads(asked["threads"])
    net = cv2.dnn.readNetFromCaffe(f"models/{asked['net']}/deploy.prototxt",
                                   str(folder / "weights.caffemodel"))
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
    images = numpy.load(folder / "data.npy")

    def step():
        net.setInput(images)
        return net.forward()

    if asked["check"]:
        net.setInput(images)
        values = net.forward(asked["output"]).flatten()[:CHECKED_VALUES]
        print(json.dumps({"values": values.tolist()}))
        return
    step()
    step()
    print(f"OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads",
          flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            step()
        print(time.perf_counter() - start, flush=True)


main()
