#include "io/npy.h"

#include "io/io_test.h"

namespace doppio {
namespace {

using Values = std::vector<float>;

// A file as NumPy writes it, with a header that need not be aligned.
std::string Npy(const std::string& header, const std::string& elements,
                char version = 1) {
  const std::string length = {static_cast<char>(header.size()), '\0'};
  return std::string("\x93NUMPY") + version + '\0' + length +
         (version == 1 ? "" : std::string(2, '\0')) + header + elements;
}

std::string Header(const std::string& descr, const std::string& shape,
                   const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran +
         ", 'shape': " + shape + ", }\n";
}

template <typename T>
std::string Elements(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()),
          values.size() * sizeof(T)};
}

class NpyTest : public IoTest {
 protected:
  Array Read(const std::string& bytes) const {
    return ReadNpy(Store("a.npy", bytes));
  }
  // Without the file's name before it.
  std::string ReadError(const std::string& bytes) const {
    const std::string error = ErrorOf([&] { Read(bytes); });
    const std::string prefix = Path("a.npy") + ": ";
    EXPECT_EQ(error.substr(0, prefix.size()), prefix);
    return error.substr(prefix.size());
  }
};

TEST_F(NpyTest, WritesTheBytesThatNumpyWrites) {
  WriteNpy(Path("a.npy"), {{2, 3}, {1, 2, 3, 4, 5, 6}});
  const std::string dictionary =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(Bytes(Path("a.npy")),
            std::string("\x93NUMPY\x01\0v\0", 10) + dictionary +
                std::string(128 - 10 - 1 - dictionary.size(), ' ') + '\n' +
                Elements<float>({1, 2, 3, 4, 5, 6}));
}

TEST_F(NpyTest, ReadsWhatItWrote) {
  for (const Shape& shape :
       {Shape(), Shape({5}), Shape({2, 3}), Shape({2, 0, 3}),
        Shape({1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1, 1, 1, 1})}) {
    Array array = {shape, Values(shape.count())};
    for (size_t i = 0; i < array.values.size(); ++i) array.values[i] = i - 2.5f;
    WriteNpy(Path("a.npy"), array);
    const Array read = ReadNpy(Path("a.npy"));
    EXPECT_EQ(read.shape, shape);
    EXPECT_EQ(read.values, array.values);
    const size_t bytes = std::filesystem::file_size(Path("a.npy"));
    EXPECT_EQ((bytes - 4 * shape.count()) % 64, 0u) << "elements unaligned";
  }
}

TEST_F(NpyTest, ReadsEveryNumericType) {
  auto values = [&](const char* descr, const std::string& elements) {
    return Read(Npy(Header(descr, "(2,)"), elements)).values;
  };
  EXPECT_EQ(values("<f4", Elements<float>({-1.5, 2})), Values({-1.5, 2}));
  EXPECT_EQ(values("<f8", Elements<double>({-1.5, 2})), Values({-1.5, 2}));
  EXPECT_EQ(values("<i8", Elements<int64_t>({-1, 9})), Values({-1, 9}));
  EXPECT_EQ(values("<i4", Elements<int32_t>({-1, 9})), Values({-1, 9}));
  EXPECT_EQ(values("<i2", Elements<int16_t>({-1, 9})), Values({-1, 9}));
  EXPECT_EQ(values("|i1", Elements<int8_t>({-1, 9})), Values({-1, 9}));
  EXPECT_EQ(values("<u8", Elements<uint64_t>({1, 9})), Values({1, 9}));
  EXPECT_EQ(values("<u4", Elements<uint32_t>({1, 9})), Values({1, 9}));
  EXPECT_EQ(values("<u2", Elements<uint16_t>({1, 65535})), Values({1, 65535}));
  EXPECT_EQ(values("|u1", Elements<uint8_t>({1, 255})), Values({1, 255}));
  EXPECT_EQ(values("|b1", Elements<uint8_t>({0, 1})), Values({0, 1}));
}

TEST_F(NpyTest, ReadsColumnMajorOrder) {
  // The rows 1 2 3 and 4 5 6, column by column.
  const Array array = Read(Npy(Header("<f4", "(2, 3)", "True"),
                               Elements<float>({1, 4, 2, 5, 3, 6})));
  EXPECT_EQ(array.shape, Shape({2, 3}));
  EXPECT_EQ(array.values, Values({1, 2, 3, 4, 5, 6}));
}

TEST_F(NpyTest, ReadsAllVersionsOfTheFormat) {
  for (const char version : {1, 2, 3}) {
    EXPECT_EQ(
        Read(Npy(Header("<f4", "(1,)"), Elements<float>({7}), version)).values,
        Values({7}));
  }
  EXPECT_EQ(ReadError(Npy(Header("<f4", "()"), "", 4)),
            "it has version 4 of the format; 1 to 3 are known here");
}

TEST_F(NpyTest, ReadsAHeaderInAnyOrderAndOfPython2) {
  const std::string header =
      "{'shape': (1L, 2L), 'fortran_order': False, 'descr': '<f4'}";
  EXPECT_EQ(Read(Npy(header, Elements<float>({1, 2}))).shape, Shape({1, 2}));
}

TEST_F(NpyTest, TellsWhereAFileIsCut) {
  const std::string whole = Npy(Header("<f4", "(2,)"), Elements<float>({1, 2}));
  const std::string size = std::to_string(whole.size());
  const std::string header_end = std::to_string(whole.size() - 8);
  auto cut = [&](size_t bytes) { return ReadError(whole.substr(0, bytes)); };
  EXPECT_EQ(cut(7), "it is cut short (ends at byte 7 of 8)");
  EXPECT_EQ(cut(9), "it is cut short (ends at byte 9 of 10)");
  EXPECT_EQ(cut(30), "it is cut short (ends at byte 30 of " + header_end + ")");
  EXPECT_EQ(cut(whole.size() - 1), "it is cut short (ends at byte " +
                                       std::to_string(whole.size() - 1) +
                                       " of " + size + ")");
}

TEST_F(NpyTest, TellsForeignFiles) {
  for (const char* bytes : {"", "\x93NUM", "PK\x03\x04 an .npz file"}) {
    EXPECT_EQ(ReadError(bytes),
              "it is no .npy file, which would begin with \\x93NUMPY");
  }
}

TEST_F(NpyTest, TellsElementsItCannotRead) {
  EXPECT_EQ(ReadError(Npy(Header(">f4", "(1,)"), "1234")),
            "its elements are \">f4\"; save it as float32, e.g. "
            "array.astype(numpy.float32)");
  EXPECT_EQ(ReadError(Npy("{'descr': [('a', '<f4')], 'fortran_order': False, "
                          "'shape': (1,)}",
                          "1234")),
            "its header has no descr that can be read here: {'descr': [('a', "
            "'<f4')], 'fortran_order': False, 'shape': (1,)}");
}

TEST_F(NpyTest, TellsAHeaderThatBreaksOff) {
  EXPECT_EQ(ReadError(Npy("{'descr': '<f4', 'fortran_order': ", "")),
            "its header has no fortran_order that can be read here: {'descr': "
            "'<f4', 'fortran_order': ");
  EXPECT_EQ(ReadError(Npy("{'descr': '<f4', 'fortran_order': True, "
                          "'shape': (1",
                          "1234")),
            "its header has no ) after (1");
}

TEST_F(NpyTest, TellsSizesThatCannotBe) {
  EXPECT_EQ(ReadError(Npy(Header("|u1", "(65536, 65536)"), "")),
            "its shape (65536, 65536) has more than 2147483647 elements");
  EXPECT_EQ(ReadError(Npy(Header("|u1", "(99999999999999999999,)"), "")),
            "its shape (99999999999999999999,) has more than 2147483647 "
            "elements");
  EXPECT_EQ(ReadError(std::string("\x93NUMPY\x01\0\xFF\xFF", 10)),
            "its header is said to have 65535 bytes; 10000 are the most");
}

}  // namespace
}  // namespace doppio
