#include "layers/data.h"

#include "doppio/data_source.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

DataCpu::DataCpu(const LayerParameter& param, const Context& context)
    : LoadingLayer(param, context) {
  Require(param.data_param().has_source(),
          "data_param needs a source, the path of a database");
  Require(param.data_param().batch_size() > 0,
          "data_param needs a batch_size of 1 or more");
}

std::unique_ptr<Loader> DataCpu::Open() const {
  const DataParameter& data = param_.data_param();
  Loader::Options options = LoaderOptions(data.batch_size());
  options.shuffle = data.shuffle();
  options.rand_skip = data.rand_skip();
  options.cut_last_batch = data.cut_last_batch();
  return std::make_unique<Loader>(
      DataSourceRegistry::Global().Open(DataParameter::DB_Name(data.backend()),
                                        data.source()),
      param_.transform_param(), param_.phase(), options);
}

namespace {
const RegisterLayer<DataCpu> kData("Data", Device::kCpu);
}  // namespace

}  // namespace doppio
