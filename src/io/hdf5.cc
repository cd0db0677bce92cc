#include "io/hdf5.h"

#include <hdf5.h>

#include <algorithm>
#include <limits>

#include "doppio/error.h"

namespace doppio {
namespace {

// A handle of the library, closed by what its kind is closed by.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() { Close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  bool ok() const { return id_ >= 0; }
  operator hid_t() const { return id_; }
  bool Close() {
    const hid_t id = id_;
    id_ = -1;
    return id < 0 || close_(id) >= 0;
  }

 private:
  hid_t id_;
  herr_t (*const close_)(hid_t);
};

// The library would print a stack of its own functions.
void Quiet() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

// Properties of links whose groups on the way are made; to be closed.
hid_t MakesGroups() {
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  return links;
}

std::vector<hsize_t> Extents(const Shape& shape) {
  return {shape.extents().begin(), shape.extents().end()};
}

class Reader final : public Hdf5Reader {
 public:
  explicit Reader(const std::string& path)
      : path_(path),
        file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose) {
    Require(file_.ok(), "cannot open ", path, " as an HDF5 file");
  }

  bool Has(const std::string& name) const override {
    // Each group on the way is to be asked for.
    for (size_t slash = name.find('/', 1); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      if (!HasLink(name.substr(0, slash))) return false;
    }
    return HasLink(name);
  }

  std::vector<std::string> DataSets(const std::string& group) const override {
    return Members(group, H5I_DATASET);
  }
  std::vector<std::string> Groups(const std::string& group) const override {
    return Members(group, H5I_GROUP);
  }

  Shape ShapeOf(const std::string& name) const override {
    return ShapeOf(Open(name), name);
  }

  Array Read(const std::string& name) const override {
    const Handle set = Open(name);
    Array array{ShapeOf(set, name), {}};
    array.values.resize(array.shape.count());
    if (!array.values.empty()) {
      Load(set, H5T_NATIVE_FLOAT, name, array.values.data());
    }
    return array;
  }

  int64_t ReadInteger(const std::string& name) const override {
    const Handle set = Open(name);
    Require(ShapeOf(set, name).count() == 1, Where(name), " is not one number");
    int64_t value = 0;
    Load(set, H5T_NATIVE_INT64, name, &value);
    return value;
  }

  std::string ReadText(const std::string& name) const override {
    const Handle set = Open(name);
    const Handle type(H5Dget_type(set), H5Tclose);
    Require(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0,
            Where(name), " is not a text");
    std::string text(H5Tget_size(type), '\0');
    Load(set, type, name, text.data());
    return text.substr(0, text.find_last_not_of('\0') + 1);
  }

 private:
  std::string Where(const std::string& name) const {
    return "data set \"" + name + "\" of " + path_;
  }

  bool HasLink(const std::string& name) const {
    return H5Lexists(file_, name.c_str(), H5P_DEFAULT) > 0;
  }

  Handle Open(const std::string& name) const {
    const hid_t set =
        Has(name) ? H5Dopen2(file_, name.c_str(), H5P_DEFAULT) : hid_t{-1};
    Require(set >= 0, path_, " has no data set \"", name, "\"");
    return Handle(set, H5Dclose);
  }

  Shape ShapeOf(hid_t set, const std::string& name) const {
    const Handle space(H5Dget_space(set), H5Sclose);
    const int axes = H5Sget_simple_extent_ndims(space);
    Require(axes >= 0, Where(name), " has no shape");
    std::vector<hsize_t> extents(axes);
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    hsize_t count = 1;
    for (const hsize_t extent : extents) {
      constexpr hsize_t kMost = std::numeric_limits<int>::max();
      Require(extent == 0 || count <= kMost / extent, Where(name),
              " has more than ", kMost, " elements");
      count *= extent;
    }
    return Shape(std::vector<int>(extents.begin(), extents.end()));
  }

  void Load(hid_t set, hid_t type, const std::string& name, void* to) const {
    Require(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0,
            "cannot read ", Where(name),
            "; it may be damaged, or hold something else than numbers");
  }

  std::vector<std::string> Members(const std::string& name,
                                   H5I_type_t kind) const {
    const Handle group(
        Has(name) ? H5Gopen2(file_, name.c_str(), H5P_DEFAULT) : hid_t{-1},
        H5Gclose);
    Require(group.ok(), path_, " has no group \"", name, "\"");
    H5G_info_t info;
    H5Gget_info(group, &info);
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
      const std::string member = NameOf(group, i);
      const Handle object(H5Oopen(group, member.c_str(), H5P_DEFAULT),
                          H5Oclose);
      if (object.ok() && H5Iget_type(object) == kind) names.push_back(member);
    }
    return names;
  }

  static std::string NameOf(hid_t group, hsize_t index) {
    const auto get = [&](char* buffer, size_t size) {
      return H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index,
                                buffer, size, H5P_DEFAULT);
    };
    std::string name(std::max<ssize_t>(0, get(nullptr, 0)), '\0');
    get(name.data(), name.size() + 1);
    return name;
  }

  const std::string path_;
  const Handle file_;
};

class Writer final : public Hdf5Writer {
 public:
  Writer() : file_(NewFile(), H5Fclose) {
    Require(file_.ok(), "cannot make an HDF5 file in memory");
  }

  void MakeGroup(const std::string& name) override {
    if (H5Lexists(file_, name.c_str(), H5P_DEFAULT) > 0) return;
    const Handle links(MakesGroups(), H5Pclose);
    const Handle group(
        H5Gcreate2(file_, name.c_str(), links, H5P_DEFAULT, H5P_DEFAULT),
        H5Gclose);
    Require(group.ok(), "cannot write the group \"", name,
            "\" of an HDF5 file");
  }

  void Write(const std::string& name, const Shape& shape,
             const float* values) override {
    const std::vector<hsize_t> extents = Extents(shape);
    const Handle space(H5Screate_simple(static_cast<int>(extents.size()),
                                        extents.data(), nullptr),
                       H5Sclose);
    Store(name, H5T_NATIVE_FLOAT, space, values);
  }

  // As Caffe's, an array of one.
  void WriteInteger(const std::string& name, int value) override {
    const hsize_t one = 1;
    const Handle space(H5Screate_simple(1, &one, nullptr), H5Sclose);
    Store(name, H5T_NATIVE_INT, space, &value);
  }

  void WriteText(const std::string& name, const std::string& text) override {
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, text.size() + 1);
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    Store(name, type, space, text.c_str());
  }

  std::string Finish() override {
    H5Fflush(file_, H5F_SCOPE_GLOBAL);
    const ssize_t size = H5Fget_file_image(file_, nullptr, 0);
    Require(size > 0, "cannot finish an HDF5 file in memory");
    std::string bytes(size, '\0');
    Require(H5Fget_file_image(file_, bytes.data(), bytes.size()) == size,
            "cannot finish an HDF5 file in memory");
    file_.Close();
    return bytes;
  }

 private:
  static hid_t NewFile() {
    constexpr size_t kGrowth = size_t{16} << 20;
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fapl_core(access, kGrowth, /*backing_store=*/0);
    return H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  }

  void Store(const std::string& name, hid_t type, hid_t space,
             const void* values) {
    const Handle links(MakesGroups(), H5Pclose);
    const Handle set(H5Dcreate2(file_, name.c_str(), type, space, links,
                                H5P_DEFAULT, H5P_DEFAULT),
                     H5Dclose);
    Require(set.ok() &&
                H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
            "cannot write the data set \"", name,
            "\" of an HDF5 file; are two layers of this name?");
  }

  Handle file_;
};

class Appender final : public Hdf5Appender {
 public:
  explicit Appender(const std::string& path)
      : path_(path),
        file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
              H5Fclose) {
    Require(file_.ok(), "cannot make the HDF5 file ", path);
  }

  void Append(const std::string& name, const Shape& shape,
              const float* values) override {
    Require(shape.axes() > 0 && shape.count() > 0, "a batch of shape ", shape,
            " cannot be added to ", path_);
    std::vector<hsize_t> rows = Extents(shape);
    const Handle set = OpenOrMake(name, rows);
    const Handle before(H5Dget_space(set), H5Sclose);
    std::vector<hsize_t> extents(rows.size()), start(rows.size());
    Require(H5Sget_simple_extent_ndims(before) == shape.axes(), "a batch of ",
            shape, " does not fit the ones before it in ", path_);
    H5Sget_simple_extent_dims(before, extents.data(), nullptr);
    start[0] = extents[0];
    extents[0] += rows[0];
    const bool grown = H5Dset_extent(set, extents.data()) >= 0;
    const Handle all(H5Dget_space(set), H5Sclose);
    const Handle batch(H5Screate_simple(shape.axes(), rows.data(), nullptr),
                       H5Sclose);
    Require(grown &&
                H5Sselect_hyperslab(all, H5S_SELECT_SET, start.data(), nullptr,
                                    rows.data(), nullptr) >= 0 &&
                H5Dwrite(set, H5T_NATIVE_FLOAT, batch, all, H5P_DEFAULT,
                         values) >= 0 &&
                H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0,
            "cannot add a batch of ", shape, " to ", path_);
  }

 private:
  Handle OpenOrMake(const std::string& name, std::vector<hsize_t> chunk) {
    if (H5Lexists(file_, name.c_str(), H5P_DEFAULT) > 0) {
      return Handle(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose);
    }
    std::vector<hsize_t> first = chunk, most = chunk;
    first[0] = 0;
    most[0] = H5S_UNLIMITED;
    const Handle space(H5Screate_simple(static_cast<int>(chunk.size()),
                                        first.data(), most.data()),
                       H5Sclose);
    const Handle chunked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(chunked, static_cast<int>(chunk.size()), chunk.data());
    return Handle(H5Dcreate2(file_, name.c_str(), H5T_NATIVE_FLOAT, space,
                             H5P_DEFAULT, chunked, H5P_DEFAULT),
                  H5Dclose);
  }

  const std::string path_;
  const Handle file_;
};

}  // namespace

std::unique_ptr<Hdf5Reader> OpenHdf5(const std::string& path) {
  Quiet();
  return std::make_unique<Reader>(path);
}

std::unique_ptr<Hdf5Writer> NewHdf5() {
  Quiet();
  return std::make_unique<Writer>();
}

std::unique_ptr<Hdf5Appender> AppendToHdf5(const std::string& path) {
  Quiet();
  return std::make_unique<Appender>(path);
}

}  // namespace doppio
