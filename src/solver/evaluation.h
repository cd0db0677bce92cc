#pragma once

#include <functional>
#include <string>
#include <vector>

#include "doppio/net.h"
#include "doppio/solver.h"

namespace doppio {

// Runs `net` on that many batches and averages what it puts out, each batch
// counting as many times as it has images. Ends early, with `complete` false,
// as soon as `stop` says so.
Evaluation Evaluate(Net* net, int batches,
                    const std::function<bool()>& stop = nullptr);

// The latest values of the net's outputs.
std::vector<Score> Scores(const Net& net);

// accuracy 0.9012, loss 0.2711
std::string ToString(const std::vector<Score>& scores);

// Four decimals where these tell something, otherwise four digits.
std::string FormatValue(double value);

}  // namespace doppio
