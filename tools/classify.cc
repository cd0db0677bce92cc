// Says what images show.

#include <iomanip>
#include <numeric>

#include "data/transformer.h"
#include "doppio/net.h"
#include "io/file.h"
#include "net/fold_batch_norm.h"
#include "net/load_weights.h"
#include "net/replace_data.h"
#include "run_flags.h"

DEFINE_string(model, "", "FILE: the net, as a deploy.prototxt");
DEFINE_string(weights, "", "FILES: the trained parameters, .caffemodel files");
DEFINE_string(labels, "", "FILE: the names of the classes, one a line");
DEFINE_string(mean, "",
              "FILE: a mean image, or numbers B,G,R, to subtract from pixels");
DEFINE_double(scale, 1, "S: factor on each value, after the mean");
DEFINE_int32(resize, 0,
             "PIXELS: stretch to this side, before the central crop; if not "
             "given, to the net's input");
DEFINE_int32(resize_short, 0,
             "PIXELS: bring the short side to this length instead");
DEFINE_int32(top, 5, "N: classes to show for each image");
DEFINE_string(output, "", "BLOB: the scores; if not given, the last output");
DEFINE_bool(fold_batchnorm, false,
            "merge BatchNorm and Scale layers into those before them");
DEFINE_bool(allow_unmatched, false,
            "run also if no layer of the net has its parameters in --weights");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Says which classes images show: score, number and name, best first.\n\n"
    "  classify --model=deploy.prototxt --weights=net.caffemodel\n"
    "    --labels=labels.txt --mean=104,117,123 --resize=256 IMAGE...";

std::unique_ptr<Net> BuildNet() {
  NetSource source = ReadNetToRun(FLAGS_model);
  source.net.mutable_state()->set_phase(TEST);
  const Context context = RunContext();
  InputOptions one;
  one.batch = 1;
  source = ReplaceDataLayers(source, one, context).source;
  Net::Options options;
  options.backward = false;
  auto net = std::make_unique<Net>(source, context, options);
  LoadWeights(FLAGS_weights, FLAGS_allow_unmatched, net.get());
  if (!FLAGS_fold_batchnorm) return net;
  return FoldBatchNorm(*net, source.file, context, options);
}

// The images' blob: the first top of the first Input layer.
Blob* InputOf(const Net& net) {
  for (const Step& step : net.steps()) {
    if (step.layer->type() == "Input") return step.top_blobs[0];
  }
  throw Error(FLAGS_model, " has no Input layer to give images to");
}

void AddMean(TransformationParameter* transform) {
  if (FLAGS_mean.empty()) return;
  const bool numbers =
      FLAGS_mean.find_first_not_of("0123456789.,-+e") == std::string::npos;
  if (!numbers) return transform->set_mean_file(FLAGS_mean);
  for (const std::string& value : SplitText(FLAGS_mean, ',')) {
    transform->add_mean_value(std::stof(value));
  }
}

// How an image becomes the net's input, C x H x W.
TransformationParameter Preparation(const Shape& input) {
  Require(input.axes() == 4 && (input[1] == 1 || input[1] == 3), "the net's ",
          "input is ", input, "; images are N x 3 x H x W or N x 1 x H x W");
  Require(FLAGS_resize == 0 || FLAGS_resize_short == 0,
          "--resize and --resize_short both say a size; keep one");
  TransformationParameter transform;
  transform.set_force_color(input[1] == 3);
  transform.set_force_gray(input[1] == 1);
  transform.set_scale(static_cast<float>(FLAGS_scale));
  AddMean(&transform);
  const int side = std::max(FLAGS_resize, FLAGS_resize_short);
  ResizeParameter* resize = transform.mutable_resize_param();
  resize->set_height(side > 0 ? side : input[2]);
  resize->set_width(side > 0 ? side : input[3]);
  if (FLAGS_resize_short > 0) {
    resize->set_resize_mode(ResizeParameter::FIT_SMALL_SIZE);
  }
  if (side > 0) {
    Require(input[2] == input[3] && side >= input[2], "the net's input is ",
            input, "; a side of ", side, " cannot be cropped to it");
    transform.set_crop_size(input[2]);
  }
  return transform;
}

const Blob& ScoresOf(Net* net) {
  if (!FLAGS_output.empty()) {
    const Blob* blob = net->blob(FLAGS_output);
    Require(blob != nullptr, "the net has no blob \"", FLAGS_output, "\"");
    return *blob;
  }
  Require(!net->outputs().empty(), "the net has no output");
  return net->places()[net->outputs().back().place].blob;
}

void Show(const std::vector<float>& scores,
          const std::vector<std::string>& labels) {
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return scores[a] > scores[b]; });
  if (order.size() > static_cast<size_t>(FLAGS_top)) order.resize(FLAGS_top);
  for (const int k : order) {
    std::cout << "  " << std::fixed << std::setprecision(4) << scores[k] << "  "
              << k;
    if (k < static_cast<int>(labels.size())) std::cout << "  " << labels[k];
    std::cout << "\n";
  }
}

void Main(const std::vector<std::string>& images) {
  Require(!FLAGS_model.empty() && !FLAGS_weights.empty() && !images.empty(),
          "give --model=FILE, --weights=FILE and images; --help says more");
  Require(FLAGS_top >= 1, "--top=", FLAGS_top, "; at least 1 is shown");
  const std::unique_ptr<Net> net = BuildNet();
  Blob* input = InputOf(*net);
  const Shape shape = input->data.shape();
  std::vector<float> pixels(shape.count());
  const Transformer transformer(Preparation(shape), TEST, 1, "classify");
  const Blob& scores = ScoresOf(net.get());
  std::vector<std::string> labels;
  if (!FLAGS_labels.empty()) labels = SplitText(ReadFile(FLAGS_labels), '\n');
  for (const std::string& path : images) {
    Datum datum;
    datum.set_data(ReadFile(path));
    datum.set_encoded(true);
    try {
      transformer.Write(transformer.Prepare(datum, 0), 0, pixels.data());
    } catch (Error& error) {
      throw error.Prefix(path);
    }
    input->data.CopyFrom(pixels);
    net->Forward();
    std::cout << path << "\n";
    Show(scores.data.ToVector(), labels);
  }
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
