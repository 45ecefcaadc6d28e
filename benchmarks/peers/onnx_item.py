#!/usr/bin/env python3
"""Times onnxruntime on the inference of a reference item; what compare.py runs in fresh processes.

    onnx_item.py export ITEM BATCH FILE.onnx             writes PyTorch's network (pip install torch==2.13.0 onnx onnxscript)
    onnx_item.py run FILE.onnx SECONDS THREADS           prints one JSON line (pip install onnxruntime)

All graph optimisations, `THREADS` threads within an op, one op at a time, input and output where they lie.
"""
import sys


def export(item, batch, file):
    import torch

    from torch_item import NETWORKS

    torch.manual_seed(0)
    make, shape, _, _ = NETWORKS[item]
    torch.onnx.export(make().eval(), (torch.rand(int(batch), *shape),), file, input_names=["images"], output_names=["logits"],
                      verbose=False)


def run(file, seconds, threads):
    import numpy as np
    import onnxruntime as ort

    from clock import report

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = int(threads), 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    images = np.random.default_rng(0).random(session.get_inputs()[0].shape, dtype=np.float32)
    binding = session.io_binding()
    binding.bind_cpu_input("images", images)
    binding.bind_output("logits")
    report(lambda: session.run_with_iobinding(binding), float(seconds), threads=int(threads))


if __name__ == "__main__":
    {"export": export, "run": run}[sys.argv[1]](*sys.argv[2:])
