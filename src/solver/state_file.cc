#include "solver/state_file.h"

#include <google/protobuf/text_format.h>

#include <memory>

#include "doppio/error.h"
#include "io/binary_proto.h"
#include "io/blob_proto.h"
#include "io/file.h"
#include "io/hdf5.h"

namespace doppio {
namespace {

using google::protobuf::TextFormat;

constexpr char kMessage[] = "doppio";

SolverState ReadHdf5State(const std::string& path) {
  const std::unique_ptr<Hdf5Reader> file = OpenHdf5(path);
  SolverState state;
  if (file->Has(kMessage)) {
    Require(TextFormat::ParseFromString(file->ReadText(kMessage), &state),
            "snapshot ", path,
            ": its text \"doppio\" is no state; the file is ", "damaged");
  }
  state.set_iter(static_cast<int>(file->ReadInteger("iter")));
  if (file->Has("current_step")) {
    state.set_current_step(static_cast<int>(file->ReadInteger("current_step")));
  }
  if (file->Has("learned_net")) {
    state.set_learned_net(file->ReadText("learned_net"));
  }
  for (int i = 0;; ++i) {
    const std::string name = "history/" + std::to_string(i);
    if (!file->Has(name)) return state;
    const Array array = file->Read(name);
    ToProto(Tensor(array.shape, array.values), state.add_history());
  }
}

std::string Hdf5State(const SolverState& state) {
  const std::unique_ptr<Hdf5Writer> file = NewHdf5();
  file->WriteInteger("iter", state.iter());
  file->WriteText("learned_net", state.learned_net());
  file->WriteInteger("current_step", state.current_step());
  file->MakeGroup("history");
  for (int i = 0; i < state.history_size(); ++i) {
    const BlobProto& memory = state.history(i);
    file->Write("history/" + std::to_string(i), ShapeOf(memory),
                ValuesOf(memory).data());
  }
  SolverState rest = state;
  rest.clear_history();
  std::string text;
  TextFormat::PrintToString(rest, &text);
  file->WriteText(kMessage, text);
  return file->Finish();
}

}  // namespace

SolverState ReadState(const std::string& path) {
  if (IsHdf5(path)) return ReadHdf5State(path);
  SolverState state;
  ReadBinaryProto(path, &state, "snapshot");
  return state;
}

void WriteState(const std::string& path, const SolverState& state) {
  if (EndsWith(path, ".h5")) {
    WriteFileAtomically(path, Hdf5State(state));
  } else {
    WriteBinaryProto(path, state);
  }
}

}  // namespace doppio
