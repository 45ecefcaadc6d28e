"""The reference items as the peers run them: what is compared with whom, and what is wanted.

The networks themselves are in torch_item.py, jax_item.py and keras_item.py, and in the program (percept bench --help).
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    name: str  # what percept bench calls it
    mode: str  # train or infer
    batch: int
    title: str
    bound_ms: float  # see BOUND
    wanted: float  # least ratio of the rival's time to Percept's
    parameters: int
    rival: str = "torch"
    others: tuple = ()
    memory_share: float = 0.5  # training: most of PyTorch's peak memory
    memory_mib: float = 0.0  # training: most of all, where one is wanted
    precision: str = "f32"  # "bf16": ours, and PyTorch's under autocast; onnxruntime has f32 only on this processor

    @property
    def key(self):
        key = self.name if self.mode == "train" else f"{self.name}-infer-{self.batch}"
        return key if self.precision == "f32" else f"{key}-{self.precision}"

    @property
    def peers(self):
        return (self.rival, *self.others)

    @property
    def flat(self):
        return self.name in ("a_softmax", "b_mlp5")


BOUND = """FLOPs at 230 GFLOP/s (bf16: 460) and bytes that must move at 40 GB/s (two AVX-512 cores at 3.6 GHz, with
  their caches and memory), convolutions computed directly"""

ITEMS = [
    Item("a_softmax", "train", 100, "softmax regression", 0.014, 4, 7_850),
    Item("b_mlp5", "train", 100, "five dense layers", 0.35, 2.5, 185_300, others=("jax",)),
    Item("c_psc_cnn", "train", 50, "CNN, 5x5, 1024 hidden", 21, 1.4, 3_274_634, memory_mib=130),
    Item("d_mnist_cnn", "train", 128, "CNN, 3x3, Adadelta", 45, 2.5, 1_199_882, others=("keras",)),
    Item("e_lenet5", "train", 128, "LeNet-5", 1.26, 3, 61_706),
    Item("f_resnet20", "train", 128, "ResNet-20, 32x32", 136, 1.6, 272_474),
    Item("f_resnet18", "train", 16, "ResNet-18, 32x32", 231, 1.7, 11_173_962, memory_share=0.6),
    Item("c_psc_cnn", "infer", 1, "CNN, 5x5, one image", 0.20, 1.0, 3_274_634, "onnxruntime", ("torch",)),
    Item("c_psc_cnn", "infer", 50, "CNN, 5x5", 6.0, 1.1, 3_274_634, "onnxruntime", ("torch",)),
    Item("d_mnist_cnn", "infer", 128, "CNN, 3x3", 13.3, 1.5, 1_199_882, "onnxruntime", ("torch",)),
    Item("f_vgg16", "infer", 1, "VGG16, 224x224", 148, 1.7, 138_357_544, "onnxruntime", ("torch",)),
    Item("c_psc_cnn", "train", 50, "CNN, 5x5, bf16", 12, 1.8, 3_274_634, precision="bf16", memory_share=1),
    Item("d_mnist_cnn", "train", 128, "CNN, 3x3, bf16", 25, 2.0, 1_199_882, precision="bf16", memory_share=1),
    Item("e_lenet5", "train", 128, "LeNet-5, bf16", 0.7, 2.5, 61_706, precision="bf16", memory_share=1),
    Item("f_resnet20", "train", 128, "ResNet-20, bf16", 77, 1.5, 272_474, precision="bf16", memory_share=1),
    Item("f_resnet18", "train", 16, "ResNet-18, bf16", 119, 1.25, 11_173_962, precision="bf16", memory_share=1),
    Item("c_psc_cnn", "infer", 50, "CNN, 5x5, bf16", 3.1, 1.5, 3_274_634, "onnxruntime", ("torch",), precision="bf16"),
    Item("d_mnist_cnn", "infer", 128, "CNN, 3x3, bf16", 6.9, 1.5, 1_199_882, "onnxruntime", ("torch",), precision="bf16"),
    Item("f_vgg16", "infer", 1, "VGG16, bf16", 81, 1.5, 138_357_544, "onnxruntime", ("torch",), precision="bf16"),
]

TITLES = {"percept": "Percept", "torch": "PyTorch", "onnxruntime": "onnxruntime", "jax": "JAX", "keras": "Keras on TensorFlow"}


def chosen(words):
    """The items that words name: keys, or train, infer, f32, bf16; all of them for no word."""
    known = {item.key for item in ITEMS} | {"train", "infer", "f32", "bf16"}
    for word in words:
        if word not in known:
            raise SystemExit(f"{word}: not an item; expected one of {' '.join(sorted(known))}")
    return [item for item in ITEMS if not words or {item.key, item.mode, item.precision} & set(words)]
