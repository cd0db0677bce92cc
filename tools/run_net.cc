#include <filesystem>
#include <map>
#include <set>

#include "doppio/net.h"
#include "io/npy.h"
#include "net/load_weights.h"
#include "run_flags.h"

DEFINE_string(model, "", "FILE: the net, as prototxt");
DEFINE_string(weights, "", "FILES: .caffemodel files to take parameters from");
DEFINE_string(phase, "", "TRAIN|TEST: overrides the state in the file");
DEFINE_string(in, "", "DIR: the arrays to start from");
DEFINE_string(out, "", "DIR: where to write what was computed");
DEFINE_bool(backward, false, "also run backward, from top_diff");
DEFINE_int32(forwards, 1, "N: forward passes to run");
DEFINE_bool(allow_unmatched, false,
            "run also if no layer of the net has its parameters in --weights");

namespace doppio {
namespace {

namespace fs = std::filesystem;

constexpr char kUsage[] =
    "Runs a net on arrays and writes everything it computed, so that it can\n"
    "be compared with another framework. Arrays are NumPy files.\n"
    "\n"
    "  run_net --model=net.prototxt --in=DIR --out=DIR [--backward]\n"
    "\n"
    "reads   in/<blob>.npy             each net input\n"
    "        param/<layer>/<k>.npy     parameters; others keep their filler's\n"
    "                                  values, or those of --weights\n"
    "        top_diff/<blob>.npy       gradients of net outputs; others are "
    "the\n"
    "                                  blob's loss weight, or zeros\n"
    "writes  data/<blob>.npy           each blob after the last forward pass\n"
    "        loss.npy\n"
    "        param_after/<layer>/<k>.npy  parameters that Forward changed\n"
    "        data/<blob>@<n>.npy, loss@<n>.npy  after pass n, with --forwards\n"
    "        diff/<blob>.npy, param_diff/<layer>/<k>.npy  with --backward\n"
    "\n"
    "The first three lie below --in, the others below --out.";

// The arrays below a folder by name, "param/conv1/0".
class Arrays {
 public:
  explicit Arrays(const fs::path& folder) : folder_(folder) {
    Require(fs::is_directory(folder), folder.string(),
            " is no folder; --in=DIR holds the arrays to start from");
    for (const char* kind : {"in", "param", "top_diff"}) {
      if (!fs::is_directory(folder / kind)) continue;
      for (const auto& file : fs::recursive_directory_iterator(folder / kind)) {
        if (file.path().extension() != ".npy") continue;
        names_.insert(fs::relative(file, folder).replace_extension());
      }
    }
  }

  bool Has(const std::string& name) const { return names_.count(name) > 0; }

  Array Read(const std::string& name) const {
    const std::string path = PathOf(name);
    Require(Has(name), path, " is missing; it holds the values of a net input");
    return ReadNpy(path);
  }

  // An array that belongs nowhere is a name misspelt.
  void RequireAllIn(const std::set<std::string>& known) const {
    for (const std::string& name : names_) {
      Require(known.count(name), PathOf(name), " belongs to no input (in), ",
              "parameter (param) or output (top_diff) of the net");
    }
  }

  std::string PathOf(const std::string& name) const {
    return (folder_ / (name + ".npy")).string();
  }

 private:
  const fs::path folder_;
  std::set<std::string> names_;
};

// What became of a blob's name: it may have had several places one after the
// other. Its final values lie in the last, and the gradient below the whole
// chain in the first.
struct Named {
  int first, last;
};

// The blobs of the prototxt: those that inserted layers make are left out.
std::map<std::string, Named> NamedBlobs(const Net& net) {
  std::map<std::string, Named> blobs;
  for (const Step& step : net.steps()) {
    if (step.inserted) continue;
    for (const int t : step.tops) {
      const auto [entry, is_new] = blobs.insert({net.places()[t].name, {t, t}});
      if (!is_new) entry->second.last = t;
    }
  }
  return blobs;
}

std::string ParamName(const std::string& layer, size_t index) {
  return layer + "/" + std::to_string(index);
}

// The names of all arrays that the net has a use for.
std::set<std::string> ArraysOf(const Net& net) {
  std::set<std::string> names;
  for (const Step& step : net.steps()) {
    for (size_t i = 0; i < step.layer->params().size(); ++i) {
      names.insert("param/" + ParamName(step.layer->name(), i));
    }
    if (step.layer->type() != "Input") continue;
    for (const int t : step.tops) names.insert("in/" + net.places()[t].name);
  }
  for (const Output& output : net.outputs()) {
    names.insert("top_diff/" + output.name);
  }
  return names;
}

void FillInputs(Net* net, const Arrays& arrays) {
  bool reshape = false;
  for (const Step& step : net->steps()) {
    if (step.layer->type() != "Input") continue;
    for (size_t t = 0; t < step.tops.size(); ++t) {
      const Array array = arrays.Read("in/" + net->places()[step.tops[t]].name);
      Tensor& data = step.top_blobs[t]->data;
      if (data.shape() == array.shape) {
        data.CopyFrom(array.values);
      } else {
        data = Tensor(array.shape, array.values, data.device());
        reshape = true;
      }
    }
  }
  if (reshape) net->Reshape();
}

void FillParams(Net* net, const Arrays& arrays) {
  if (!FLAGS_weights.empty()) {
    LoadWeights(FLAGS_weights, FLAGS_allow_unmatched, net);
  }
  for (const Step& step : net->steps()) {
    for (size_t i = 0; i < step.layer->params().size(); ++i) {
      const std::string name = "param/" + ParamName(step.layer->name(), i);
      if (!arrays.Has(name)) continue;
      Tensor& data = step.layer->params()[i].blob.data;
      const Array array = arrays.Read(name);
      Require(array.shape == data.shape(), arrays.PathOf(name), ": its shape ",
              array.shape, " is not that of the parameter, ", data.shape());
      data.CopyFrom(array.values);
    }
  }
}

void FillTopDiffs(const Net& net, const Arrays& arrays) {
  for (const Output& output : net.outputs()) {
    const std::string name = "top_diff/" + output.name;
    if (!arrays.Has(name)) continue;
    const Array array = arrays.Read(name);
    Tensor diff = net.places()[output.place].blob.diff;
    Require(!diff.empty() || !FLAGS_backward, arrays.PathOf(name),
            ": no gradient is wanted of this blob, since no loss lies above a "
            "parameter that learns; set force_backward: true in the net");
    if (diff.empty()) continue;
    Require(array.shape == diff.shape(), arrays.PathOf(name), ": its shape ",
            array.shape, " is not that of the blob, ", diff.shape());
    diff.CopyFrom(array.values);
  }
}

void Write(const std::string& name, const Array& array) {
  const fs::path path = fs::path(FLAGS_out) / (name + ".npy");
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  Require(!error, "cannot make the folder ", path.parent_path().string(), ": ",
          error.message());
  WriteNpy(path.string(), array);
}

void Write(const std::string& name, const Tensor& tensor) {
  Write(name, Array{tensor.shape(), tensor.ToVector()});
}

using Values = std::map<std::string, std::vector<float>>;

Values ParamValues(const Net& net) {
  Values values;
  for (const Learnable& learnable : net.learnables()) {
    values[ParamName(learnable.layer, learnable.index)] =
        learnable.param->blob.data.ToVector();
  }
  return values;
}

void WriteForward(const Net& net, const std::map<std::string, Named>& blobs,
                  float loss, const std::string& suffix) {
  for (const auto& [name, named] : blobs) {
    Write("data/" + name + suffix, net.places()[named.last].blob.data);
  }
  Write("loss" + suffix, Array{Shape(), {loss}});
}

void WriteChangedParams(const Net& net, const Values& before) {
  for (const Learnable& learnable : net.learnables()) {
    const std::string name = ParamName(learnable.layer, learnable.index);
    const Tensor& data = learnable.param->blob.data;
    if (data.ToVector() != before.at(name)) Write("param_after/" + name, data);
  }
}

void WriteBackward(const Net& net, const std::map<std::string, Named>& blobs) {
  for (const auto& [name, named] : blobs) {
    const Tensor& diff = net.places()[named.first].blob.diff;
    if (!diff.empty()) Write("diff/" + name, diff);
  }
  for (const Learnable& learnable : net.learnables()) {
    const Tensor& diff = learnable.param->blob.diff;
    if (diff.empty()) continue;
    Write("param_diff/" + ParamName(learnable.layer, learnable.index), diff);
  }
}

void Main() {
  Require(!FLAGS_model.empty() && !FLAGS_in.empty() && !FLAGS_out.empty(),
          "give --model=FILE, --in=DIR and --out=DIR; --help says more");
  Require(FLAGS_forwards >= 1, "--forwards=", FLAGS_forwards,
          "; at least 1 forward pass is needed");
  NetSource source = ReadNetToRun(FLAGS_model);
  if (!FLAGS_phase.empty()) {
    source.net.mutable_state()->set_phase(ParsePhase(FLAGS_phase));
  }
  Net::Options options;
  options.backward = FLAGS_backward;
  Net net(source, RunContext(), options);

  const Arrays arrays(FLAGS_in);
  arrays.RequireAllIn(ArraysOf(net));
  FillInputs(&net, arrays);
  FillParams(&net, arrays);
  const Values before = ParamValues(net);
  float loss = 0;
  for (int n = 0; n < FLAGS_forwards; ++n) {
    loss = net.Forward();
    if (FLAGS_forwards == 1) break;
    WriteForward(net, NamedBlobs(net), loss, "@" + std::to_string(n));
  }
  WriteForward(net, NamedBlobs(net), loss, "");
  WriteChangedParams(net, before);
  FillTopDiffs(net, arrays);
  if (FLAGS_backward) {
    net.Backward();
    WriteBackward(net, NamedBlobs(net));
  }
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
