#include "device/onednn.h"

#include <gtest/gtest.h>

namespace doppio {
namespace {

using dnnl::memory;

memory::desc Desc(memory::format_tag tag) {
  return {{2, 3}, memory::data_type::f32, tag};
}

const std::vector<float> kRows = {1, 2, 3, 4, 5, 6};
const std::vector<float> kColumns = {1, 4, 2, 5, 3, 6};

std::vector<float> ValuesOf(const memory& m) {
  const auto* values = static_cast<const float*>(m.get_data_handle());
  return {values, values + 6};
}

TEST(InletTest, CopiesOnlyWhereTheLayoutsDiffer) {
  const Context context;
  const Tensor tensor({2, 3}, kRows);
  Inlet inlet;
  inlet.Plan(context, Desc(memory::format_tag::ab),
             Desc(memory::format_tag::ba));
  EXPECT_EQ(ValuesOf(inlet.Take(context, tensor)), kColumns);
  inlet.Plan(context, Desc(memory::format_tag::ab),
             Desc(memory::format_tag::ab));
  EXPECT_EQ(inlet.Take(context, tensor).get_data_handle(), tensor.storage());
}

// Plays a primitive that writes 1 ... 6 in the layout that it makes.
std::vector<float> Deliver(memory::format_tag made, bool add) {
  const Context context;
  Tensor tensor({2, 3}, {10, 10, 10, 10, 10, 10});
  Outlet outlet;
  outlet.Plan(context, Desc(made), Desc(memory::format_tag::ab));
  for (int time = 0; time < 2; ++time) {
    const memory target = outlet.Open(context, &tensor, add);
    const auto& values = made == memory::format_tag::ab ? kRows : kColumns;
    std::copy(values.begin(), values.end(),
              static_cast<float*>(target.get_data_handle()));
    outlet.Close(context);
  }
  return tensor.ToVector();
}

TEST(OutletTest, OverwritesOrAddsWhateverTheLayout) {
  for (const auto made : {memory::format_tag::ab, memory::format_tag::ba}) {
    EXPECT_EQ(Deliver(made, false), kRows);
    EXPECT_EQ(Deliver(made, true),
              std::vector<float>({12, 14, 16, 18, 20, 22}));
  }
}

TEST(OutletTest, WritesWhereItIsWantedIfItCan) {
  const Context context;
  Tensor tensor({2, 3});
  Outlet outlet;
  outlet.Plan(context, Desc(memory::format_tag::ab),
              Desc(memory::format_tag::ab));
  EXPECT_EQ(outlet.Open(context, &tensor, false).get_data_handle(),
            tensor.storage());
}

TEST(OutletTest, TakesWhatNobodyWants) {
  const Context context;
  Outlet outlet;
  outlet.Plan(context, Desc(memory::format_tag::ab),
              Desc(memory::format_tag::ab));
  EXPECT_NE(outlet.Open(context, nullptr, true).get_data_handle(), nullptr);
  outlet.Close(context);
}

}  // namespace
}  // namespace doppio
