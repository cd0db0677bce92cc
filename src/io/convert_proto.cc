#include "io/convert_proto.h"

#include <google/protobuf/text_format.h>

#include <algorithm>

#include "doppio/error.h"
#include "io/file.h"

namespace doppio {

bool IsBinaryProto(const std::string& path) {
  const std::string bytes = ReadFile(path);
  return std::any_of(bytes.begin(), bytes.end(), [](unsigned char c) {
    constexpr unsigned char kFirstOfSpaces = 9, kLastOfSpaces = 13;
    return c < ' ' && (c < kFirstOfSpaces || c > kLastOfSpaces);
  });
}

bool WantsBinary(const std::string& path, const std::string& format) {
  Require(format.empty() || format == "text" || format == "binary",
          "--format=", format, " is neither text nor binary");
  if (!format.empty()) return format == "binary";
  return EndsWith(path, ".caffemodel") || EndsWith(path, ".binaryproto");
}

void WriteProto(const std::string& path,
                const google::protobuf::Message& message, bool binary) {
  if (binary) return WriteBinaryProto(path, message);
  std::string text;
  google::protobuf::TextFormat::PrintToString(message, &text);
  WriteFileAtomically(path, text);
}

}  // namespace doppio
