#pragma once

// All of Doppio's public interface.
#include "doppio/context.h"
#include "doppio/data_source.h"
#include "doppio/error.h"
#include "doppio/layer.h"
#include "doppio/layer_registry.h"
#include "doppio/net.h"
#include "doppio/prototxt.h"
#include "doppio/solver.h"
#include "doppio/tensor.h"
