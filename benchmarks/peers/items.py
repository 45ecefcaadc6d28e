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

    @property
    def key(self):
        return self.name if self.mode == "train" else f"{self.name}-infer-{self.batch}"

    @property
    def peers(self):
        return (self.rival, *self.others)

    @property
    def flat(self):
        return self.name in ("a_softmax", "b_mlp5")


BOUND = """FLOPs at 230 GFLOP/s and bytes that must move at 40 GB/s (two AVX-512 cores at 3.6 GHz, with
  their caches and memory), convolutions computed directly"""

ITEMS = [
    Item("a_softmax", "train", 100, "softmax regression", 0.014, 4, 7_850),
    Item("b_mlp5", "train", 100, "five dense layers", 0.35, 2.5, 185_300, others=("jax",)),
    Item("c_psc_cnn", "train", 50, "CNN, 5x5, 1024 hidden", 21, 1.25, 3_274_634, memory_mib=130),
    Item("d_mnist_cnn", "train", 128, "CNN, 3x3, Adadelta", 45, 1.8, 1_199_882, others=("keras",)),
    Item("e_lenet5", "train", 128, "LeNet-5", 1.26, 2, 61_706),
    Item("f_resnet20", "train", 128, "ResNet-20, 32x32", 136, 1.25, 272_474),
    Item("f_resnet18", "train", 16, "ResNet-18, 32x32", 231, 1.1, 11_173_962, memory_share=0.6),
    Item("c_psc_cnn", "infer", 1, "CNN, 5x5, one image", 0.20, 0.9, 3_274_634, "onnxruntime", ("torch",)),
    Item("c_psc_cnn", "infer", 50, "CNN, 5x5", 6.0, 1.0, 3_274_634, "onnxruntime", ("torch",)),
    Item("d_mnist_cnn", "infer", 128, "CNN, 3x3", 13.3, 0.95, 1_199_882, "onnxruntime", ("torch",)),
    Item("f_vgg16", "infer", 1, "VGG16, 224x224", 148, 0.9, 138_357_544, "onnxruntime", ("torch",)),
]

TITLES = {"percept": "Percept", "torch": "PyTorch", "onnxruntime": "onnxruntime", "jax": "JAX", "keras": "Keras on TensorFlow"}


def chosen(words):
    """The items that words name: keys, or train, or infer; all of them for no word."""
    known = {item.key for item in ITEMS} | {"train", "infer"}
    for word in words:
        if word not in known:
            raise SystemExit(f"{word}: not an item; expected one of {' '.join(sorted(known))}")
    return [item for item in ITEMS if not words or item.key in words or item.mode in words]
