// The smallest program that uses an installed Doppio.
#include <iostream>

#include "doppio/net.h"

const char kNet[] = R"(
  layer { name: "in" type: "Input" top: "x"
          input_param { shape { dim: 1 dim: 3 } } }
  layer { name: "out" type: "ReLU" bottom: "x" top: "y"
          relu_param { negative_slope: 0.5 } }
)";

int main() {
  doppio::Net net(doppio::ParseNet(kNet, "example"));
  net.blob("x")->data.CopyFrom({-2, 0, 3});
  net.Forward();
  for (const float y : net.blob("y")->data.ToVector()) std::cout << y << ' ';
}
