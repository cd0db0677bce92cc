#include "io/convert_proto.h"

#include <google/protobuf/text_format.h>

#include "doppio/error.h"
#include "io/file.h"

namespace doppio {

bool IsBinaryProto(const std::string& path) {
  constexpr unsigned char kFirstOfSpaces = 9, kLastOfSpaces = 13;
  bool comment = false;  // which may hold anything but a 0
  for (const unsigned char c : ReadFile(path)) {
    if (c == 0) return true;
    if (c == '\n') comment = false;
    if (c == '#') comment = true;
    const bool space = c >= kFirstOfSpaces && c <= kLastOfSpaces;
    if (!comment && c < ' ' && !space) return true;
  }
  return false;
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
