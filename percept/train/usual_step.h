// usual_step.h - what a Trainer does with a batch unless it is told otherwise. For the files of Trainer.
#pragma once
#include "percept/train/batch_loss.h"
#include "percept/train/trainer.h"

namespace percept {

// It has a name, so that it can be known again.
struct UsualStep {
  ModuleRef model;
  BatchLoss loss;
  StepResult operator()(const Batch& batch) const {
    const Tensor output = model(batch.x);
    return {loss ? loss(output, batch) : Tensor(), output};
  }
};

}  // namespace percept
