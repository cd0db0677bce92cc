#include "core/foreign_types.h"

#include <map>

namespace doppio {

std::string DefinersOf(const std::string& type) {
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
      {"Resample", "FlowNet"},
      {"ROIPooling", "Fast R-CNN"},
      {"ROIWarping", "MNC"},
      {"SegAccuracy", "DeepLab"},
      {"SmoothL1Loss", "Fast R-CNN"},
      {"SpatialTransformer", "caffe-stn"},
      {"VideoData", "SSD and C3D"},
  };
  const auto found = definers.find(type);
  return found == definers.end() ? "" : found->second;
}

}  // namespace doppio
