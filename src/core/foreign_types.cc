#include "core/foreign_types.h"

#include <algorithm>
#include <map>

#include "core/edit_distance.h"

namespace doppio {
namespace {

const std::map<std::string, std::string>& Definers() {
  static const std::map<std::string, std::string> definers = {
      {"AnnotatedData", "SSD"},
      {"BN", "SegNet and PSPNet"},
      {"BoxAnnotatorOHEM", "R-FCN"},
      {"CenterLoss", "caffe-face"},
      {"Convolution3D", "C3D"},
      {"ConvolutionRistretto", "Ristretto"},
      {"Correlation", "FlowNet"},
      {"CPMData", "OpenPose's caffe_train"},
      {"DataAugmentation", "FlowNet"},
      {"DenseCRF", "DeepLab"},
      {"DenseImageData", "SegNet"},
      {"DetectNetTransformation", "NVIDIA's Caffe"},
      {"DetectionEvaluate", "SSD"},
      {"DetectionOutput", "SSD"},
      {"Downsample", "FlowNet"},
      {"FcRistretto", "Ristretto"},
      {"FlowWarp", "FlowNet 2"},
      {"ImageSegData", "DeepLab"},
      {"ImResize", "OpenPose"},
      {"L1Loss", "FlowNet"},
      {"MarginInnerProduct", "SphereFace"},
      {"MaskPooling", "MNC"},
      {"MatRead", "DeepLab"},
      {"MatWrite", "DeepLab"},
      {"MultiBoxLoss", "SSD"},
      {"MultiStageMeanfield", "CRF-RNN"},
      {"Nms", "OpenPose"},
      {"Pooling3D", "C3D"},
      {"PriorBox", "SSD"},
      {"PSROIPooling", "R-FCN"},
      {"ReLU6", "MobileNet v2 (Clip with min: 0 and max: 6 is the same)"},
      {"Resample", "FlowNet"},
      {"ROIPooling", "Fast R-CNN"},
      {"ROIWarping", "MNC"},
      {"SegAccuracy", "DeepLab"},
      {"SmoothL1Loss", "Fast R-CNN"},
      {"SpatialTransformer", "caffe-stn"},
      {"VideoData", "SSD and C3D"},
  };
  return definers;
}

}  // namespace

std::string DefinersOf(const std::string& type) {
  const auto found = Definers().find(type);
  return found == Definers().end() ? "" : found->second;
}

std::string ForeignTypeOf(const std::string& field) {
  std::string letters = field;
  letters.erase(std::remove(letters.begin(), letters.end(), '_'),
                letters.end());
  for (const auto& [type, definers] : Definers()) {
    if (letters == LowerCase(type) + "param") return type;
  }
  return "";
}

}  // namespace doppio
