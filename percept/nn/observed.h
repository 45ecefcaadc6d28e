// observed.h - whether somebody looks at the layers' calls (taps, a summary): such calls must really happen.
#pragma once

namespace percept {

bool calls_are_observed();  // on this thread

}  // namespace percept
