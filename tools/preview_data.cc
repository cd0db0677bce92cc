// Draws the images that a net gets to see.

#include <iostream>

#include "data/label_names.h"
#include "data/pictures.h"
#include "doppio/net.h"
#include "layers/shared/loading_layer.h"
#include "net/filter.h"
#include "tool.h"

DEFINE_string(model, "", "FILE: the net, as prototxt");
DEFINE_string(out, "", "FILE.png: the picture to write");
DEFINE_string(phase, "TRAIN", "TRAIN|TEST: whose images");
DEFINE_string(stage, "", "A,B: stages that include and exclude rules see");
DEFINE_int32(level, 0, "N: the level that include and exclude rules see");
DEFINE_int32(count, 40, "N: images to draw");
DEFINE_int32(skip, 0,
             "N: begin after so many; as many as the set has show the second "
             "epoch");
DEFINE_int32(columns, 8, "N: images in a row");
DEFINE_int32(side, 128, "PIXELS: the side of each in the picture");
DEFINE_int32(seed, 1,
             "N: the random_seed of the solver; with it, the images are those "
             "of the training run");
DEFINE_string(labels, "",
              "FILE: the names of the classes, one a line; if not given, those "
              "in the database");
DEFINE_bool(lenient, false,
            "warn of fields that do not exist, rather than refuse the file");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Draws the images that a net really gets, cropped, turned and coloured as\n"
    "its transform_param says, with their labels below.\n\n"
    "  preview_data --model=train_val.prototxt --out=sheet.png\n\n"
    "Only that the mean was subtracted and values scaled is undone.";

bool Loads(const LayerParameter& layer) {
  return layer.type() == "Data" || layer.type() == "ImageData";
}

// What brings the values out of the range of pixels is left out.
void KeepPixels(TransformationParameter* transform) {
  constexpr float kGray = 127;  // about what 0 stands for with a mean
  transform->clear_mean_file();
  transform->clear_mean_value();
  transform->clear_scale();
  if (transform->has_random_erasing()) {
    transform->mutable_random_erasing()->set_value(kGray);
  }
}

// Of the net, the first layer that reads images.
NetSource DataSourceOf(const std::string& file) {
  NetSource source = ReadNet(file, Unknown(FLAGS_lenient));
  source.net.mutable_state()->set_phase(ParsePhase(FLAGS_phase));
  AddToState(FLAGS_stage, FLAGS_level, source.net.mutable_state());
  source = FilterLayers(source);
  for (int i = 0; i < source.net.layer_size(); ++i) {
    if (!Loads(source.net.layer(i))) continue;
    LayerParameter layer = source.net.layer(i);
    KeepPixels(layer.mutable_transform_param());
    source.net.clear_layer();
    *source.net.add_layer() = layer;
    source.layer_lines = {source.layer_lines[i]};
    return source;
  }
  throw Error(file, " has no Data or ImageData layer in the phase ",
              FLAGS_phase);
}

std::string LabelOf(const std::vector<float>& labels, int64_t row,
                    int64_t per_row, const std::vector<std::string>& names) {
  if (labels.empty()) return "";
  if (per_row == 1 && labels[row] == static_cast<int>(labels[row])) {
    return NameOf(static_cast<int>(labels[row]), names);
  }
  std::ostringstream text;
  for (int64_t i = 0; i < per_row; ++i) {
    text << (i ? " " : "") << labels[row * per_row + i];
  }
  return text.str();
}

void Add(const Step& data, const std::vector<std::string>& names,
         std::vector<LabelledPicture>* pictures) {
  const Tensor& images = data.top_blobs[0]->data;
  const Shape& shape = images.shape();
  std::vector<float> labels;
  if (data.tops.size() > 1) labels = data.top_blobs[1]->data.ToVector();
  const int64_t image = shape.count() / shape[0];
  for (int n = 0; n < shape[0]; ++n) {
    if (static_cast<int>(pictures->size()) == FLAGS_count) return;
    pictures->push_back(
        {PictureOf(images.data() + n * image, shape[1], shape[2], shape[3]),
         LabelOf(labels, n, labels.size() / shape[0], names)});
  }
}

void Main() {
  Require(!FLAGS_model.empty() && !FLAGS_out.empty(),
          "give --model=FILE and --out=FILE.png; --help says more");
  Require(FLAGS_count >= 1 && FLAGS_columns >= 1 && FLAGS_side >= 8,
          "--count, --columns and --side give too small a picture");
  Require(FLAGS_side <= 4096, "--side is ", FLAGS_side, "; 4096 is the most");
  Require(FLAGS_skip >= 0, "--skip=", FLAGS_skip, " is negative");
  Net net(DataSourceOf(FLAGS_model), Context(Device::kCpu, FLAGS_seed));
  const Step& data = net.steps()[0];
  if (FLAGS_skip > 0) data.layer->Seek(FLAGS_skip);
  const std::vector<std::string> names =
      FLAGS_labels.empty()
          ? LabelNames(data.layer->param().data_param().source())
          : ReadNames(FLAGS_labels);
  std::vector<LabelledPicture> pictures;
  while (static_cast<int>(pictures.size()) < FLAGS_count) {
    net.Forward();
    Add(data, names, &pictures);
  }
  WritePicture(FLAGS_out, ContactSheet(pictures, FLAGS_columns, FLAGS_side));
  std::cout << pictures.size() << " images as the net gets them in the phase "
            << FLAGS_phase << " are in " << FLAGS_out << "\n";
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
