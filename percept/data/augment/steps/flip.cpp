// flip.cpp - mirrored pictures.
#include "percept/data/augment/steps/flip.h"

#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/ranges.h"

namespace percept {

HorizontalFlip::HorizontalFlip(Options options) : options_(options) { check_probability(kType, options_.probability); }
void HorizontalFlip::apply(Workpiece& work, Draws&) const {
  work.move({{{-1, 0, static_cast<double>(work.width()), 0, 1, 0, 0, 0, 1}}, work.height(), work.width()});
}

VerticalFlip::VerticalFlip(Options options) : options_(options) { check_probability(kType, options_.probability); }
void VerticalFlip::apply(Workpiece& work, Draws&) const {
  work.move({{{1, 0, 0, 0, -1, static_cast<double>(work.height()), 0, 0, 1}}, work.height(), work.width()});
}

std::vector<AugmentRecord> augments_flip();
std::vector<AugmentRecord> augments_flip() {
  return {
      augment_record<HorizontalFlip>("With `probability`, left and right are exchanged: column j becomes W - 1 - j.\n"
                                     "torchvision's RandomHorizontalFlip."),
      augment_record<VerticalFlip>("With `probability`, top and bottom are exchanged: row i becomes H - 1 - i.\n"
                                   "torchvision's RandomVerticalFlip.")};
}

}  // namespace percept
