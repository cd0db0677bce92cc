// Writes a solver of an older Caffe in today's form.

#include "io/convert_proto.h"
#include "io/upgrade.h"
#include "tool.h"

DEFINE_string(format, "",
              "text|binary: what to write; if not given, binary for names that "
              "end with .binaryproto, else text");
DEFINE_bool(lenient, false,
            "warn of fields that do not exist, rather than refuse the file");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Writes a solver in today's form.\n\n"
    "  upgrade_solver IN OUT\n\n"
    "IN may be text or binary, of any format that Caffe ever had.";

void Main(const std::vector<std::string>& arguments) {
  Require(arguments.size() == 2, "upgrade_solver takes IN and OUT, but got ",
          arguments.size(), " arguments; --help tells more");
  const bool binary = WantsBinary(arguments[1], FLAGS_format);
  SolverParameter solver;
  if (IsBinaryProto(arguments[0])) {
    ReadBinaryProto(arguments[0], &solver, "solver");
    Upgrade(&solver);
  } else {
    solver = ReadSolver(arguments[0], Unknown(FLAGS_lenient)).solver;
  }
  WriteProto(arguments[1], solver, binary);
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
