// oracle.h - fixtures made by other frameworks (tests/oracle/*.safetensors) and the comparison with them.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <unordered_map>

#include "percept/base/error.h"
#include "percept/formats/safetensors.h"
#include "tolerances.h"

namespace percept::testing {

class Fixtures {
 public:
  // "torch_optim": tests/oracle/torch_optim.safetensors
  explicit Fixtures(const std::string& stem) : stem_(stem) {
    const char* root = std::getenv("PERCEPT_SOURCE");
    const TensorFile file =
        read_safetensors(std::string(root ? root : PERCEPT_SOURCE_DIR) + "/tests/oracle/" + stem + ".safetensors");
    for (const auto& [name, tensor] : file.tensors) tensors_.emplace(name, tensor);
  }
  const Tensor* find(const std::string& name) const {  // null when there is none
    const auto at = tensors_.find(name);
    return at == tensors_.end() ? nullptr : &at->second;
  }
  const Tensor& at(const std::string& name) const {
    if (const Tensor* tensor = find(name)) return *tensor;
    throw ValueError("no fixture " + name, "run tests/oracle/make_" + stem_ + ".py");
  }
  const std::unordered_map<std::string, Tensor>& all() const { return tensors_; }

 private:
  std::string stem_;
  std::unordered_map<std::string, Tensor> tensors_;
};

// By the table's tolerance for `name`.
inline void expect_close(const Tensor& got, const Tensor& wanted, const std::string& name, const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << name << ": " << what;
  const Tolerance allowed = tolerance_of(name);
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    ASSERT_TRUE(a[i] == b[i] || std::abs(a[i] - b[i]) <= allowed.atol + allowed.rtol * std::abs(b[i]))
        << name << ": " << what << ", element " << i << ": " << a[i] << " here, " << b[i] << " there";
  }
}

}  // namespace percept::testing
