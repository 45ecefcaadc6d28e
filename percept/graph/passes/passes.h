// passes.h - changes to a graph that keep every bit of what it computes. One file each; all may be left out.
#pragma once
#include "percept/graph/graph.h"

namespace percept {

// Removes nodes whose results nobody needs. Host code stays.
void remove_dead_nodes(Graph& graph);
// Removes results that nobody reads and an op may lack. Behind the joining of calls, which may read them.
void remove_unread_results(Graph& graph);
// Calls with the same op, attrs and inputs are made once, but for those of functions that are to run twice.
void join_repeated_nodes(Graph& graph);
// A pointwise call whose only reader is another pointwise call over the same elements becomes part of it: one walk
// over memory instead of two. A backend without a kernel for the longer program keeps both.
void fuse_pointwise(Graph& graph);
// Updates of states come as soon as what they need is there, instead of after all gradients.
void update_early(Graph& graph);
// A pointwise call that alone reads the result of another kind of call runs behind that call's pieces; so do pools and
// copies in another order, of which each part follows from a part of what they read. Further results of the call in
// front may have other readers: those that stood between move behind.
void fuse_epilogues(Graph& graph);

}  // namespace percept
