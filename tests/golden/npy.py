"""NumPy's .npy format, for machines without NumPy: float32, row-major."""

import array
import ast
import struct


def decode(data):
    """(shape, values) of the bytes of a .npy file."""
    length, = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10:10 + length].decode())
    if data[:7] != b"\x93NUMPY\x01" or header["descr"] != "<f4":
        raise ValueError(f"not the .npy that is read here: {header}")
    values = array.array("f")
    values.frombytes(data[10 + length:])
    return header["shape"], values


def encode(shape, values):
    header = repr({"descr": "<f4", "fortran_order": False,
                   "shape": tuple(shape)})
    header = header.ljust(-(11 + len(header)) % 64 + len(header)) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) +
            header.encode() + array.array("f", values).tobytes())
