#pragma once

#include <opencv2/core.hpp>

#include "core/random.h"
#include "data/image.h"
#include "layers.pb.h"

namespace doppio {

// What is done to images at random in training, each by numbers of its own of
// the sample's stream.

// Turned about its centre by up to `degrees`, its edges continued.
Image Rotate(const Image& image, float degrees, const RandomStream& random);

// A part of the image of random size and aspect, brought to side x side.
Image RandomResizedCrop(const Image& image,
                        const RandomResizedCropParameter& param, int side,
                        const RandomStream& random);

// Other brightness, contrast and saturation.
Image JitterColors(const Image& image, const ColorJitterParameter& param,
                   const RandomStream& random);

// The rectangle to erase from an image of height x width; empty if this image
// is spared.
cv::Rect ErasedPart(const RandomErasingParameter& param, int height, int width,
                    const RandomStream& random);

// Throw Error if these make no sense.
void Check(const RandomResizedCropParameter& param);
void Check(const ColorJitterParameter& param);
void Check(const RandomErasingParameter& param);

}  // namespace doppio
