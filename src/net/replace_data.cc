#include "net/replace_data.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "core/edit_distance.h"
#include "data/data_shape.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "net/filter.h"

namespace doppio {
namespace {

const std::set<std::string> kDataTypes = {"Data", "ImageData", "HDF5Data",
                                          "MemoryData", "WindowData"};

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

std::optional<Shape> ImagesFromParams(const LayerParameter& layer) {
  if (layer.type() == "MemoryData") {
    const MemoryDataParameter& p = layer.memory_data_param();
    return Shape{static_cast<int>(p.batch_size()),
                 static_cast<int>(p.channels()), static_cast<int>(p.height()),
                 static_cast<int>(p.width())};
  }
  if (layer.type() == "WindowData") {
    const int side = static_cast<int>(layer.transform_param().crop_size());
    return Shape{static_cast<int>(layer.window_data_param().batch_size()), 3,
                 side, side};
  }
  return ShapeFromParams(layer);
}

void Assign(const Shape& shape, BlobShape* proto) {
  proto->clear_dim();
  for (const int extent : shape.extents()) proto->add_dim(extent);
}

Shape FromProto(const BlobShape& proto) {
  return Shape(std::vector<int>(proto.dim().begin(), proto.dim().end()));
}

bool IsTaken(const NetParameter& net, const std::string& blob) {
  return std::any_of(
      net.layer().begin(), net.layer().end(), [&](const LayerParameter& layer) {
        return std::count(layer.bottom().begin(), layer.bottom().end(), blob);
      });
}

// Whether the layer reads a file to compute with that is not there.
bool LacksMatrix(const LayerParameter& layer) {
  const std::string& file = layer.infogain_loss_param().source();
  return layer.type() == "InfogainLoss" && layer.bottom_size() == 2 &&
         !file.empty() && !std::filesystem::exists(file);
}

// Which has the same shapes.
void BecomeSoftmaxWithLoss(LayerParameter* layer) {
  layer->mutable_softmax_param()->set_axis(layer->infogain_loss_param().axis());
  layer->clear_infogain_loss_param();
  layer->set_type("SoftmaxWithLoss");
}

// Works on one net, and remembers which options it had a use for.
class Replacer {
 public:
  Replacer(const InputOptions& options, const Context& context)
      : options_(options), context_(context) {}

  DataFreeNet Run(const NetSource& source) {
    DataFreeNet result{FilterLayers(source), {}};
    RequireMakers(source);
    for (int i = 0; i < result.source.net.layer_size(); ++i) {
      LayerParameter* layer = result.source.net.mutable_layer(i);
      try {
        if (kDataTypes.count(layer->type())) {
          result.replaced[layer->name()] = layer->type();
          Replace(layer);
        } else if (layer->type() == "Input") {
          Adjust(result.source.net, layer);
        } else if (options_.shapes_only && LacksMatrix(*layer)) {
          result.replaced[layer->name()] = layer->type();
          BecomeSoftmaxWithLoss(layer);
        }
      } catch (Error& error) {
        throw error.Prefix(result.source.Locate(i));
      }
    }
    RequireAllUsed();
    return result;
  }

 private:
  void Replace(LayerParameter* layer) {
    LayerParameter input;
    input.set_name(layer->name());
    input.set_type("Input");
    *input.mutable_top() = layer->top();
    *input.mutable_include() = layer->include();
    *input.mutable_exclude() = layer->exclude();
    for (const Shape& shape : TopShapes(*layer)) {
      Assign(shape, input.mutable_input_param()->add_shape());
    }
    *layer = input;
  }

  // The layer's own shapes are asked for only where they are needed.
  std::vector<Shape> TopShapes(const LayerParameter& layer) {
    std::vector<Shape> shapes;
    std::vector<Shape> stored;
    for (int t = 0; t < layer.top_size(); ++t) {
      std::optional<Shape> shape = Given(layer.top(t));
      if (!shape && layer.type() != "HDF5Data") {
        shape = t == 0 ? ImagesFromParams(layer) : Shape{shapes[0][0]};
      }
      if (!shape) {
        if (stored.empty()) stored = StoredShapes(layer, layer.top(t));
        shape = stored.at(t);
      }
      if (options_.batch > 0 && shape->axes() > 0) SetBatch(&*shape);
      shapes.push_back(*shape);
    }
    return shapes;
  }

  std::vector<Shape> StoredShapes(const LayerParameter& layer,
                                  const std::string& top) const {
    try {
      return LayerRegistry::Global().Create(layer, context_)->Reshape({});
    } catch (const Error& error) {
      throw Error("neither its parameters nor its data set say the shape of \"",
                  top, "\" (", error.what(), "); give --input_shape=", top,
                  ":N,C,H,W");
    }
  }

  // An Input layer has one shape for all tops, or one for each; or none, if
  // nobody takes them.
  void Adjust(const NetParameter& net, LayerParameter* layer) {
    InputParameter* param = layer->mutable_input_param();
    const bool none = param->shape_size() == 0;
    const bool one_for_all = param->shape_size() == 1;
    if (!none && !one_for_all && param->shape_size() != layer->top_size()) {
      return;
    }
    std::vector<Shape> shapes;
    for (int t = 0; t < layer->top_size(); ++t) {
      const std::optional<Shape> given = Given(layer->top(t));
      if (none && !given && !IsTaken(net, layer->top(t))) return;
      Require(given || !none, "nothing says the shape of \"", layer->top(t),
              "\"; give it in input_param, or --input_shape=", layer->top(t),
              ":N,C,H,W");
      shapes.push_back(given ? *given
                             : FromProto(param->shape(one_for_all ? 0 : t)));
      if (options_.batch > 0 && shapes[t].axes() > 0) SetBatch(&shapes[t]);
    }
    param->clear_shape();
    for (const Shape& shape : shapes) Assign(shape, param->add_shape());
  }

  std::optional<Shape> Given(const std::string& top) {
    tops_.push_back(top);
    const auto found = options_.shapes.find(top);
    if (found == options_.shapes.end()) return std::nullopt;
    return found->second;
  }

  void SetBatch(Shape* shape) {
    (*shape)[0] = options_.batch;
    batch_used_ = true;
  }

  void RequireAllUsed() const {
    for (const auto& [name, shape] : options_.shapes) {
      if (std::count(tops_.begin(), tops_.end(), name)) continue;
      Require(!tops_.empty(), "--input_shape=", name,
              ": the net has no data or Input layer");
      throw Error("--input_shape=", name,
                  ": no data or Input layer makes that blob",
                  Suggestion(name, tops_));
    }
    Require(options_.batch == 0 || batch_used_, "--batch=", options_.batch,
            ": the net has no data or Input layer to give it to");
  }

  const InputOptions& options_;
  const Context& context_;
  std::vector<std::string> tops_;
  bool batch_used_ = false;
};

}  // namespace

std::map<std::string, Shape> ParseInputShapes(const std::string& text) {
  static const std::regex kForm("[^:;]+:[0-9]{1,9}(,[0-9]{1,9})*");
  std::map<std::string, Shape> shapes;
  for (const std::string& part : Split(text, ';')) {
    Require(std::regex_match(part, kForm), "--input_shape=", part,
            " is not of the form blob:N,C,H,W");
    const size_t colon = part.find(':');
    std::vector<int> extents;
    for (const std::string& extent : Split(part.substr(colon + 1), ',')) {
      extents.push_back(std::stoi(extent));
    }
    shapes[part.substr(0, colon)] = Shape(extents);
  }
  return shapes;
}

DataFreeNet ReplaceDataLayers(const NetSource& source,
                              const InputOptions& options,
                              const Context& context) {
  return Replacer(options, context).Run(source);
}

}  // namespace doppio
