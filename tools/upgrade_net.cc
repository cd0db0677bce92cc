// Writes a net or a model file of an older Caffe in today's form.

#include "io/convert_proto.h"
#include "io/upgrade.h"
#include "tool.h"

DEFINE_string(format, "",
              "text|binary: what to write; if not given, binary for names that "
              "end with .caffemodel or .binaryproto, else text");
DEFINE_bool(lenient, false,
            "warn of fields that do not exist, rather than refuse the file");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Writes a net, prototxt or .caffemodel, in today's form.\n\n"
    "  upgrade_net IN OUT\n\n"
    "IN may be text or binary, of any format that Caffe ever had.";

void Main(const std::vector<std::string>& arguments) {
  Require(arguments.size() == 2, "upgrade_net takes IN and OUT, but got ",
          arguments.size(), " arguments; --help tells more");
  const bool binary = WantsBinary(arguments[1], FLAGS_format);
  NetParameter net;
  if (IsBinaryProto(arguments[0])) {
    ReadBinaryProto(arguments[0], &net, "net");
    Upgrade(&net);
  } else {
    net = ReadNet(arguments[0], Unknown(FLAGS_lenient)).net;
  }
  WriteProto(arguments[1], net, binary);
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
