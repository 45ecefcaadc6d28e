#!/usr/bin/env python3
"""Makes torch_optim.safetensors: what PyTorch gives for every loss, optimizer, schedule and clipping that Percept has.

    pip install torch==2.13.0 numpy safetensors && python3 tests/oracle/make_torch_optim.py

Cases and the options they are made with are named as in tests/oracle_optim.cpp. Not PyTorch's, and so worked out here
by their formulas: hinge and focal loss (composed of torch's functions), Lion (NumPy in f64). Muon runs PyTorch's own
code with its rounding to bfloat16 switched off, which hides everything below the third digit.
"""
import os
import sys

import numpy
import safetensors
import torch
from safetensors.torch import save_file

torch.manual_seed(2026)
torch.set_num_threads(1)
out = {}
F, o, s = torch.nn.functional, torch.optim, torch.optim.lr_scheduler
randn, rand, randint = torch.randn, torch.rand, torch.randint


def keep(name, tensor):
    out[name] = tensor.detach().clone().contiguous()


def loss(case, function, x, *rest):
    """Value and gradient by x; `rest` are the other inputs."""
    x = x.clone().requires_grad_(True)
    y = function(x, *rest)
    dy = randn(y.shape)
    y.backward(dy)
    for name, tensor in {"x": x, "y": y, "dy": dy, "dx": x.grad}.items():
        keep(f"loss.{case}.{name}", tensor)
    for i, tensor in enumerate(rest):
        keep(f"loss.{case}.in{i + 1}", tensor)


def focal(gamma, alpha=None):
    def function(x, labels):
        p = F.softmax(x, 1).gather(1, labels[:, None])[:, 0]
        return ((1 if alpha is None else alpha) * -((1 - p) ** gamma) * p.log()).mean()
    return function


logits, labels = randn(7, 5) * 3, randint(0, 5, (7,))
weight = torch.tensor([1, 0.5, 2, 3, 0.25])
some = labels.clone()
some[::3] = -100
ce = F.cross_entropy
loss("cross_entropy", ce, logits, labels)
loss("cross_entropy_smooth", lambda x, t: ce(x, t, label_smoothing=0.1), logits, labels)
loss("cross_entropy_weight", lambda x, t: ce(x, t, weight=weight), logits, labels)
loss("cross_entropy_ignore", ce, logits, some)
loss("cross_entropy_sum", lambda x, t: ce(x, t, reduction="sum"), logits, labels)
loss("cross_entropy_none", lambda x, t: ce(x, t, reduction="none"), logits, some)
loss("cross_entropy_all", lambda x, t: ce(x, t, weight=weight, label_smoothing=0.2, ignore_index=2), logits, labels)
loss("cross_entropy_image", lambda x, t: ce(x, t, weight=weight, label_smoothing=0.1), randn(2, 5, 3, 4),
     randint(0, 5, (2, 3, 4)))
loss("cross_entropy_probabilities", ce, logits, F.softmax(randn(7, 5), 1))
loss("cross_entropy_probabilities_all", lambda x, t: ce(x, t, weight=weight, label_smoothing=0.1), logits,
     F.softmax(randn(7, 5), 1))
log_p = F.log_softmax(logits, 1)
loss("nll", F.nll_loss, log_p, labels)
loss("nll_all", lambda x, t: F.nll_loss(x, t, weight=weight, ignore_index=1, reduction="sum"), log_p, labels)
loss("mse", F.mse_loss, randn(7, 3), randn(7, 3))
loss("mse_sum", lambda x, t: F.mse_loss(x, t, reduction="sum"), randn(7, 3), randn(7, 3))
loss("mse_none", lambda x, t: F.mse_loss(x, t, reduction="none"), randn(7, 3), randn(7, 3))
loss("l1", F.l1_loss, randn(7, 3), randn(7, 3))
loss("huber", F.huber_loss, randn(7, 3) * 2, randn(7, 3))
loss("huber_delta", lambda x, t: F.huber_loss(x, t, delta=0.5), randn(7, 3) * 2, randn(7, 3))
loss("smooth_l1", F.smooth_l1_loss, randn(7, 3) * 2, randn(7, 3))
loss("smooth_l1_beta", lambda x, t: F.smooth_l1_loss(x, t, beta=0.3), randn(7, 3) * 2, randn(7, 3))
loss("bce", F.binary_cross_entropy, rand(7, 3) * 0.98 + 0.01, rand(7, 3))
loss("bce_sum", lambda x, t: F.binary_cross_entropy(x, t, reduction="sum"), rand(7, 3) * 0.98 + 0.01, rand(7, 3))
bce_logits = F.binary_cross_entropy_with_logits
loss("bce_with_logits", bce_logits, torch.cat([randn(7, 3) * 5, torch.tensor([[0, 90, -90]])]), rand(8, 3))
loss("bce_with_logits_weight", lambda x, t: bce_logits(x, t, pos_weight=torch.tensor([0.5, 2, 3])), randn(7, 3) * 5,
     rand(7, 3))
p = F.softmax(randn(7, 5), 1)
loss("kl_div", lambda x, t: F.kl_div(x, t, reduction="mean"), log_p, p)
loss("kl_div_batchmean", lambda x, t: F.kl_div(x, t, reduction="batchmean"), log_p, p)
loss("kl_div_log", lambda x, t: F.kl_div(x, t, reduction="sum", log_target=True), log_p, p.log())
signs = randint(0, 2, (7, 3)).float() * 2 - 1
loss("hinge", lambda x, t: F.relu(1 - t * x).mean(), randn(7, 3), signs)
loss("hinge_squared", lambda x, t: (F.relu(1 - t * x) ** 2).mean(), randn(7, 3), signs)
loss("multi_margin", F.multi_margin_loss, logits, labels)
loss("multi_margin_margin", lambda x, t: F.multi_margin_loss(x, t, margin=2.5), logits, labels)
loss("focal", focal(2), logits, labels)
loss("focal_alpha", focal(1.5, 0.25), logits, labels)
loss("poisson_nll", F.poisson_nll_loss, randn(7, 3), torch.poisson(rand(7, 3) * 4))
loss("poisson_nll_full", lambda x, t: F.poisson_nll_loss(x, t, log_input=False, full=True), rand(7, 3) + 0.5,
     torch.poisson(rand(7, 3) * 4))
loss("cosine_similarity", F.cosine_similarity, randn(7, 4), randn(7, 4))
loss("cosine_embedding", F.cosine_embedding_loss, randn(7, 4), randn(7, 4), randint(0, 2, (7,)) * 2 - 1)
loss("cosine_embedding_margin", lambda a, b, t: F.cosine_embedding_loss(a, b, t, margin=0.3), randn(7, 4),
     randn(7, 4), -torch.ones(7, dtype=torch.int64))
loss("triplet_margin", F.triplet_margin_loss, randn(7, 4), randn(7, 4), randn(7, 4))
loss("triplet_margin_all", lambda a, p, n: F.triplet_margin_loss(a, p, n, margin=2, p=3), randn(7, 4), randn(7, 4),
     randn(7, 4))

STEPS = 20


def gradients(case, shape):
    keep(f"optim.{case}.p0", randn(*shape))
    keep(f"optim.{case}.g", torch.stack([randn(*shape) * (0.1 if step % 2 else 2.0) for step in range(STEPS)]))
    return out[f"optim.{case}.p0"], out[f"optim.{case}.g"]


def optimizer(case, make, shape=(3, 5)):
    """A parameter after each of twenty steps along given gradients."""
    start, grads = gradients(case, shape)
    p = torch.nn.Parameter(start.reshape(start.shape[0], -1).clone() if case.startswith("Muon") else start.clone())
    optim, places = make([p]), []
    for step in range(STEPS):
        p.grad = grads[step].reshape(p.shape).clone()
        optim.step()
        places.append(p.detach().reshape(shape).clone())
    keep(f"optim.{case}.p", torch.stack(places))


optimizer("SGD", lambda p: o.SGD(p, lr=0.1))
optimizer("SGD_momentum", lambda p: o.SGD(p, lr=0.1, momentum=0.9))
optimizer("SGD_dampening", lambda p: o.SGD(p, lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.02))
optimizer("SGD_nesterov", lambda p: o.SGD(p, lr=0.05, momentum=0.9, nesterov=True))
optimizer("SGD_maximize", lambda p: o.SGD(p, lr=0.05, momentum=0.9, maximize=True))
optimizer("Adam", lambda p: o.Adam(p, lr=0.01))
optimizer("Adam_decay", lambda p: o.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1))
optimizer("Adam_amsgrad", lambda p: o.Adam(p, lr=0.02, betas=(0.8, 0.9), amsgrad=True))
optimizer("Adam_decoupled", lambda p: o.Adam(p, lr=0.02, weight_decay=0.3, decoupled_weight_decay=True))
optimizer("AdamW", lambda p: o.AdamW(p, lr=0.01))
optimizer("AdamW_options", lambda p: o.AdamW(p, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.3, amsgrad=True))
optimizer("Adadelta", lambda p: o.Adadelta(p))
optimizer("Adadelta_options", lambda p: o.Adadelta(p, lr=0.5, rho=0.95, eps=1e-7, weight_decay=0.01))
optimizer("Adagrad", lambda p: o.Adagrad(p))
optimizer("Adagrad_options", lambda p: o.Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.05,
                                                 initial_accumulator_value=0.2, eps=1e-6))
optimizer("Adamax", lambda p: o.Adamax(p))
optimizer("Adamax_options", lambda p: o.Adamax(p, lr=0.01, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1))
optimizer("NAdam", lambda p: o.NAdam(p))
optimizer("NAdam_options", lambda p: o.NAdam(p, lr=0.01, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.1,
                                             momentum_decay=0.02))
optimizer("NAdam_decoupled", lambda p: o.NAdam(p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True))
optimizer("RMSprop", lambda p: o.RMSprop(p))
optimizer("RMSprop_options", lambda p: o.RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-7, weight_decay=0.01))
optimizer("RMSprop_momentum", lambda p: o.RMSprop(p, lr=1e-3, alpha=0.9, momentum=0.8))
optimizer("RMSprop_centered", lambda p: o.RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-3, centered=True))
optimizer("RMSprop_all", lambda p: o.RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-3, weight_decay=0.01, momentum=0.7,
                                             centered=True))
rounded = torch.Tensor.bfloat16
torch.Tensor.bfloat16 = lambda self: self.clone()
optimizer("Muon", lambda p: o.Muon(p, lr=0.02), shape=(4, 6))
optimizer("Muon_tall", lambda p: o.Muon(p, lr=0.02, momentum=0.8, nesterov=False, weight_decay=0.3), shape=(7, 3))
optimizer("Muon_options", lambda p: o.Muon(p, lr=0.02, ns_steps=3, ns_coefficients=(2.0, -1.5, 0.5),
                                           adjust_lr_fn="match_rms_adamw"), shape=(4, 6))
optimizer("Muon_conv", lambda p: o.Muon(p, lr=0.02), shape=(4, 2, 3, 3))
torch.Tensor.bfloat16 = rounded


def lion(case, rate=1e-3, beta1=0.9, beta2=0.99, decay=0.0):
    """Chen et al. 2023, algorithm 2."""
    start, grads = gradients(case, (3, 5))
    p, m, places = start.numpy().astype(numpy.float64), numpy.zeros((3, 5)), []
    for g in grads.numpy().astype(numpy.float64):
        p = p - rate * (numpy.sign(beta1 * m + (1 - beta1) * g) + decay * p)
        m = beta2 * m + (1 - beta2) * g
        places.append(torch.from_numpy(p.copy()).float())
    keep(f"optim.{case}.p", torch.stack(places))


lion("Lion")
lion("Lion_options", rate=0.01, beta1=0.8, beta2=0.9, decay=0.1)


def lbfgs(case, **options):
    """Rosenbrock's valley in f64, from one place, twenty steps."""
    p = torch.nn.Parameter(torch.tensor([-1.2, 1.0, 0.5], dtype=torch.float64))
    optim, places, losses = o.LBFGS([p], **options), [], []

    def closure():
        optim.zero_grad()
        value = (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()
        value.backward()
        return value
    keep(f"optim.{case}.p0", p)
    for _ in range(STEPS):
        losses.append(optim.step(closure).detach())
        places.append(p.detach().clone())
    keep(f"optim.{case}.p", torch.stack(places))
    keep(f"optim.{case}.loss", torch.stack(losses))


lbfgs("LBFGS", lr=1e-3, max_iter=4)
lbfgs("LBFGS_wolfe", max_iter=3, line_search_fn="strong_wolfe")
lbfgs("LBFGS_short", max_iter=2, history_size=2, line_search_fn="strong_wolfe")


def schedule(case, make, per_epoch=1, metric=None, steps=100):
    """A hundred rates from 0.4; the schedule steps every per_epoch steps."""
    p = torch.nn.Parameter(torch.zeros(1))
    optim = o.SGD([p], lr=0.4)
    plan, rates = make(optim), []
    for step in range(steps):
        rates.append(optim.param_groups[0]["lr"])
        optim.step()
        if (step + 1) % per_epoch == 0:
            plan.step(*([] if metric is None else [metric[(step + 1) // per_epoch - 1]]))
    keep(f"schedule.{case}", torch.tensor(rates, dtype=torch.float64))


schedule("one_cycle", lambda a: s.OneCycleLR(a, max_lr=0.4, total_steps=101, cycle_momentum=False))
schedule("one_cycle_options", lambda a: s.OneCycleLR(a, max_lr=0.8, total_steps=101, pct_start=0.45, div_factor=10,
                                                     final_div_factor=100, cycle_momentum=False))
schedule("exponential", lambda a: s.ExponentialLR(a, gamma=0.9), 10)
schedule("exponential_step", lambda a: s.ExponentialLR(a, gamma=0.97))
schedule("step", lambda a: s.StepLR(a, step_size=3), 10)
schedule("step_step", lambda a: s.StepLR(a, step_size=7, gamma=0.5))
schedule("multi_step", lambda a: s.MultiStepLR(a, milestones=[2, 5, 8]), 10)
schedule("multi_step_step", lambda a: s.MultiStepLR(a, milestones=[10, 10, 60], gamma=0.3))
schedule("cosine", lambda a: s.CosineAnnealingLR(a, T_max=10), 10)
schedule("cosine_step", lambda a: s.CosineAnnealingLR(a, T_max=40, eta_min=0.05))
schedule("cosine_restarts", lambda a: s.CosineAnnealingWarmRestarts(a, T_0=3), 10)
schedule("cosine_restarts_step", lambda a: s.CosineAnnealingWarmRestarts(a, T_0=10, T_mult=2, eta_min=0.01))
schedule("warm_up", lambda a: s.LinearLR(a), 10)
schedule("warm_up_step", lambda a: s.LinearLR(a, start_factor=0.1, end_factor=0.9, total_iters=30))
schedule("warm_up_constant", lambda a: s.ConstantLR(a, factor=0.2, total_iters=4), 10)
schedule("polynomial", lambda a: s.PolynomialLR(a), 10)
schedule("polynomial_step", lambda a: s.PolynomialLR(a, total_iters=80, power=2))
schedule("lambda", lambda a: s.LambdaLR(a, lambda t: 1 / (1 + t)), 10)
metric = [5 * 0.8 ** min(i, 12) + 0.02 * (i % 3) for i in range(100)]
keep("schedule.metric", torch.tensor(metric, dtype=torch.float64))
schedule("plateau", lambda a: s.ReduceLROnPlateau(a), 1, metric)
schedule("plateau_options", lambda a: s.ReduceLROnPlateau(a, mode="max", factor=0.7, patience=2, threshold=0.01,
                                                          threshold_mode="abs", cooldown=3, min_lr=0.1), 1, metric)
schedule("chained", lambda a: s.ChainedScheduler([s.ConstantLR(a, factor=0.1, total_iters=20),
                                                  s.ExponentialLR(a, gamma=0.95)]))
schedule("sequential", lambda a: s.SequentialLR(a, [s.LinearLR(a, start_factor=0.1, total_iters=20),
                                                    s.CosineAnnealingLR(a, T_max=80)], milestones=[20]))
schedule("sequential_three", lambda a: s.SequentialLR(
    a, [s.ConstantLR(a, factor=0.5, total_iters=5), s.ExponentialLR(a, gamma=0.8), s.StepLR(a, step_size=1)],
    milestones=[2, 6]), 10)


def clip(case, norm_type, limit):
    a, b = torch.nn.Parameter(torch.zeros(3, 4)), torch.nn.Parameter(torch.zeros(5))
    a.grad, b.grad = randn(3, 4), randn(5) * 3
    keep(f"clip.{case}.a", a.grad)
    keep(f"clip.{case}.b", b.grad)
    norm = torch.nn.utils.clip_grad_norm_([a, b], limit, norm_type=norm_type)
    keep(f"clip.{case}.norm", norm)
    keep(f"clip.{case}.a_after", a.grad)
    keep(f"clip.{case}.b_after", b.grad)


clip("two", 2.0, 1.5)
clip("one", 1.0, 2.0)
clip("largest", float("inf"), 0.7)
clip("within", 2.0, 1e3)

here = os.path.dirname(os.path.abspath(__file__))
save_file(out, os.path.join(here, "torch_optim.safetensors"), metadata={
    "torch": torch.__version__.split("+")[0], "numpy": numpy.__version__, "safetensors": safetensors.__version__,
    "python": sys.version.split()[0], "script": "tests/oracle/make_torch_optim.py"})
print(len(out), "tensors")
