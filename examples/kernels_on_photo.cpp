// kernels_on_photo.cpp - the classic convolution kernels on a photo (the first argument, one of PERCEPT_DATA, or a made
// picture), with mirrored edges; each result is written as kernel_NAME.png.
#include <percept/percept.h>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>

using namespace percept;

// [3, H, W] u8: rings of colour, so that there are edges in every direction.
Tensor made_picture() {
  const std::int64_t size = 200;
  const Tensor y = unsqueeze(arange(0., size), 1), x = unsqueeze(arange(0., size), 0);
  const Tensor radius = sqrt(square(x - 100) + square(y - 90));
  const auto wave = [&](double period) { return 127 + 120 * sin(radius / period); };
  return cast(stack({wave(4), wave(5), wave(6)}), DType::u8);
}

Tensor picture(int count, char** arguments) {
  if (count > 1) return read_image(arguments[1], 3);
  const char* data = std::getenv("PERCEPT_DATA");
  const std::string photo = std::string(data ? data : "") + "/images/hen.jpg";
  return std::filesystem::exists(photo) ? read_image(photo, 3) : made_picture();
}

// The kernel [K, K], K odd, over each channel of x [C, H, W] by itself: the channels go as a batch of grey pictures. At
// the edges the picture is mirrored, rows 1 0 1 2 ...: with zeros around it, a blur would darken its border.
Tensor apply_kernel(const Tensor& x, const Tensor& kernel) {
  const std::int64_t size = kernel.size(0), half = size / 2;
  const Tensor mirrored = pad(x, {half, half, half, half}, "reflect");
  return squeeze(conv2d(unsqueeze(mirrored, 1), reshape(kernel, {1, 1, size, size})), 1);
}

void write(const std::string& name, const Tensor& image) {  // [C, H, W], any numbers; 0..255 are shown
  const Tensor shown = minimum(maximum(round(image), 0), 255);
  write_png("kernel_" + name + ".png", cast(shown, DType::u8));
  std::cout << name << std::string(12 - name.size(), ' ') << "mean " << mean(shown).item() << "\n";
}

int main(int count, char** arguments) {
  try {
    const NoGrad off;
    const Tensor x = cast(picture(count, arguments), DType::f32);
    const Tensor identity = tensor({{0., 0., 0.}, {0., 1., 0.}, {0., 0., 0.}});
    const Tensor edge = tensor({{-1., -1., -1.}, {-1., 8., -1.}, {-1., -1., -1.}});
    const Tensor sharpen = tensor({{0., -1., 0.}, {-1., 5., -1.}, {0., -1., 0.}});
    const Tensor box_blur = ones({5, 5}) / 25;
    const Tensor binomial = tensor({1., 4., 6., 4., 1.}) / 16;
    const Tensor gaussian = outer(binomial, binomial);
    const Tensor sobel_x = tensor({{-1., 0., 1.}, {-2., 0., 2.}, {-1., 0., 1.}});

    const Tensor same = apply_kernel(x, identity);
    write("identity", same);
    write("edge", apply_kernel(x, edge));
    write("sharpen", apply_kernel(x, sharpen));
    write("box_blur", apply_kernel(x, box_blur));
    write("gaussian", apply_kernel(x, gaussian));
    // Sobel: the length of the gradient of the grey picture; at most 4 * 255 in each direction.
    const Tensor grey = mean(x, {.axes = {0}, .keepdims = true});
    const Tensor gx = apply_kernel(grey, sobel_x), gy = apply_kernel(grey, transpose(sobel_x));
    write("sobel_x", 128 + gx / 4);
    write("sobel_y", 128 + gy / 4);
    write("sobel", sqrt(square(gx) + square(gy)));

    // What must hold: nothing changed by the identity, means kept by blurs, a file that reads back as it was written.
    const bool unchanged = max(abs(same - x)).item() == 0;
    const bool kept = std::abs(mean(apply_kernel(x, gaussian)).item() - mean(x).item()) < 0.5;
    const bool read_back = max(abs(cast(read_image("kernel_identity.png"), DType::f32) - x)).item() == 0;
    return unchanged && kept && read_back ? 0 : 1;
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
