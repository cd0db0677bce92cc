#include "solver/class_scores.h"

#include <algorithm>
#include <cmath>

#include "doppio/error.h"

namespace doppio {
namespace {

LoadingLayer* DataOf(const Net& net) {
  for (const Step& step : net.steps()) {
    auto* layer = dynamic_cast<LoadingLayer*>(step.layer.get());
    if (layer != nullptr && layer->top_count() == 2) return layer;
  }
  return nullptr;
}

const Step* ReaderOf(const Net& net) {
  for (const Step& step : net.steps()) {
    const std::string& type = step.layer->type();
    if (type != "Accuracy" && type != "SoftmaxWithLoss") continue;
    if (step.bottoms.size() < 2) continue;
    const Shape& scores = net.places()[step.bottoms[0]].shape;
    const Shape& labels = net.places()[step.bottoms[1]].shape;
    const bool rows = scores.axes() >= 2 &&
                      scores.count() == int64_t{scores[0]} * scores[1] &&
                      labels.count() == scores[0];
    if (rows) return &step;
  }
  return nullptr;
}

int ClassesOf(const Net& net) {
  return net.places()[ReaderOf(net)->bottoms[0]].shape[1];
}

std::optional<int> IgnoredLabel(const LayerParameter& reader) {
  if (reader.type() == "Accuracy") {
    if (!reader.accuracy_param().has_ignore_label()) return std::nullopt;
    return reader.accuracy_param().ignore_label();
  }
  if (!reader.loss_param().has_ignore_label()) return std::nullopt;
  return reader.loss_param().ignore_label();
}

// Whether a Softmax layer has made these values, perhaps before a Split.
bool MadeBySoftmax(const Net& net, int place) {
  for (auto step = net.steps().rbegin(); step != net.steps().rend(); ++step) {
    const std::vector<int>& tops = step->tops;
    if (std::find(tops.begin(), tops.end(), place) == tops.end()) continue;
    if (step->layer->type() == "Softmax") return true;
    if (step->bottoms.empty() || !step->inserted) return false;
    place = step->bottoms[0];
  }
  return false;
}

// Adds the softmax of n scores.
void AddSoftmax(const float* scores, int n, std::vector<double>* sums) {
  const float most = *std::max_element(scores, scores + n);
  double total = 0;
  for (int k = 0; k < n; ++k) total += std::exp(double{scores[k]} - most);
  for (int k = 0; k < n; ++k) {
    (*sums)[k] += std::exp(double{scores[k]} - most) / total;
  }
}

int Multiple(int batch, int of) { return std::max(of, batch / of * of); }

}  // namespace

bool ClassScores::Has(const Net& net) {
  return DataOf(net) != nullptr && ReaderOf(net) != nullptr;
}

ClassScores::ClassScores(Net* net, int crops, int worst, bool confusion)
    : data_(DataOf(*net)),
      reader_(ReaderOf(*net)->layer.get()),
      probabilities_(MadeBySoftmax(*net, ReaderOf(*net)->bottoms[0])),
      crops_(crops),
      ignored_(IgnoredLabel(reader_->param())),
      result_(ClassesOf(*net), worst, confusion) {
  // Before its layer has run, a blob's memory may not be its own yet, and a
  // little later not any more.
  net->set_observer([this](const Step& step, bool) {
    if (step.layer.get() == reader_) Take(step.bottom_blobs);
  });
}

void ClassScores::Take(const Blobs& bottoms) {
  const std::vector<float> scores = bottoms[0]->data.ToVector();
  const std::vector<float> labels = bottoms[1]->data.ToVector();
  const int classes = result_.classes();
  const int rows = static_cast<int>(labels.size());
  const int64_t first = data_->position() - rows;
  for (int row = 0; row + crops_ <= rows; row += crops_) {
    const int label = static_cast<int>(labels[row]);
    if (label == ignored_) continue;
    std::vector<double> sums(classes);
    for (int crop = row; crop < row + crops_; ++crop) {
      const float* of_crop = &scores[int64_t{crop} * classes];
      if (probabilities_) {
        for (int k = 0; k < classes; ++k) sums[k] += of_crop[k];
      } else {
        AddSoftmax(of_crop, classes, &sums);
      }
    }
    std::vector<float> means;
    for (const double sum : sums) {
      means.push_back(static_cast<float>(sum / crops_));
    }
    result_.Add(means.data(), label, data_->loader().RecordOf(first + row));
  }
}

void TakeCrops(int crops, NetParameter* net) {
  for (LayerParameter& layer : *net->mutable_layer()) {
    if (layer.type() == "Data") {
      DataParameter* data = layer.mutable_data_param();
      data->set_batch_size(Multiple(data->batch_size(), crops));
    } else if (layer.type() == "ImageData") {
      ImageDataParameter* data = layer.mutable_image_data_param();
      data->set_batch_size(Multiple(data->batch_size(), crops));
    } else {
      continue;
    }
    layer.mutable_transform_param()->set_crops(crops);
  }
}

}  // namespace doppio
