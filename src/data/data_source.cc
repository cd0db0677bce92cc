#include "doppio/data_source.h"

#include <glog/logging.h>

#include <string>

#include "doppio/error.h"

namespace doppio {

DataSourceRegistry& DataSourceRegistry::Global() {
  static DataSourceRegistry registry;
  return registry;
}

void DataSourceRegistry::Add(const std::string& backend, Factory factory) {
  CHECK(factories_.emplace(backend, factory).second)
      << backend << " is registered twice";
}

std::unique_ptr<DataSource> DataSourceRegistry::Open(
    const std::string& backend, const std::string& path) const {
  const auto found = factories_.find(backend);
  if (found != factories_.end()) return found->second(path);
  std::string known;
  for (const auto& entry : factories_) {
    known += (known.empty() ? "" : ", ") + entry.first;
  }
  throw Error("this build does not read databases of backend ", backend,
              ", only ", known, "; convert \"", path,
              "\", or name its true backend");
}

}  // namespace doppio
