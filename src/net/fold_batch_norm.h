#pragma once

#include <memory>
#include <string>

#include "doppio/net.h"

namespace doppio {

// The net with BatchNorm, Scale and Bias layers merged into the parameters of
// the Convolution or InnerProduct before them: at TEST time they are a factor
// and a summand per channel. `net` holds its parameters, as Net::ToProto gives
// it. What cannot be merged stays: layers whose input others read too, batch
// statistics, shared parameters, other axes.
NetParameter FoldBatchNorm(const NetParameter& net);

// The same of a net that is built and has its parameters.
std::unique_ptr<Net> FoldBatchNorm(const Net& net, const std::string& file,
                                   const Context& context,
                                   const Net::Options& options);

}  // namespace doppio
