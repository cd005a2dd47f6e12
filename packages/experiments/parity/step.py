"""One step of training in float64 and in float32, from the same state, with what tells rounding from a fault."""
from dataclasses import dataclass
from itertools import product

import torch
from nets import BatchNorm2d, Decisions, Nudge, build
from torch.nn.functional import cross_entropy, max_pool2d, mse_loss

# An input of a ReLU this many times float32's own largest error in its channel away from 0, or less, may be decided
# either way; so may a max-pool between two values that are as close.
DOUBT = 3
# A decision that changes every gradient by less than float32's own error does, or less than this part of the tensor's
# largest value, does not matter.
NO_EFFECT = 1e-7


@dataclass
class Task:
    """What the steps of a recording share."""

    net: tuple  # arguments of `build`
    loss: str
    optimizer: dict
    images: torch.Tensor  # (N,C,H,W), float32
    labels: torch.Tensor

    def model(self, state, dtype):
        model = build(*self.net).to(dtype)
        model.load_state_dict(state)
        return model.train()

    def optimizer_of(self, parameters):
        kind, lr, decay = (self.optimizer[name] for name in ("kind", "lr", "weightDecay"))
        if kind == "sgd":
            momentum, nesterov = self.optimizer["momentum"], self.optimizer["nesterov"]
            return torch.optim.SGD(parameters, lr, momentum=momentum, nesterov=nesterov, weight_decay=decay)
        betas, eps = self.optimizer["betas"], self.optimizer["eps"]
        return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind](parameters, lr, betas, eps, decay)

    def loss_of(self, output, rows):
        if self.loss == "mse":
            return mse_loss(output, self.images[rows].to(output.dtype))
        return cross_entropy(output, self.labels[rows])


def copied(state):
    return {name: value.detach().clone() for name, value in state.items()}


def optimizer_state(optimizer, names):
    """momentum_buffer, or exp_avg and exp_avg_sq, each with a value for every parameter."""
    found = {}
    for name, parameter in zip(names, optimizer.param_groups[0]["params"]):
        for key, value in optimizer.state[parameter].items():
            if key != "step" and value is not None:
                found.setdefault(key, {})[name] = value.detach().clone()
    return found


def backward(task, state, rows, dtype, decisions=None, by_formula=False):
    """A forward and a backward pass in training mode."""
    model = task.model(state, dtype)
    for module in model.modules():
        if isinstance(module, BatchNorm2d):
            module.by_formula = by_formula
    model.decisions = decisions or model.decisions
    loss = task.loss_of(model(task.images[rows].to(dtype)), rows)
    loss.backward()
    gradient = {name: value.grad for name, value in model.named_parameters()}
    return {"loss": {"loss": loss.detach()}, "buffers": copied(dict(model.named_buffers())), "gradient": gradient}


def update(task, step, gradient, dtype):
    """What the optimiser alone makes of these gradients: the parameters, and its own state by key."""
    state, kept, done = step["before"], step["before_optimizer"], step["step"]
    parameters = {name: state[name].to(dtype, copy=True).requires_grad_() for name in gradient}
    optimizer = task.optimizer_of(list(parameters.values()))
    for name, parameter in parameters.items():
        parameter.grad = gradient[name].to(dtype)
        if done > 0 and kept:
            own = {key: values[name].to(dtype, copy=True) for key, values in kept.items()}
            optimizer.state[parameter] = own if "momentum_buffer" in own else {**own, "step": torch.tensor(float(done))}
    optimizer.step()
    return {"parameters": copied(parameters), **optimizer_state(optimizer, parameters)}


def whole(task, step, rows, dtype, decisions=None, by_formula=False):
    passed = backward(task, step["before"], rows, dtype, decisions, by_formula)
    return {**passed, "parameters": update(task, step, passed["gradient"], dtype)["parameters"]}


def distances(a, b):
    """The largest difference of each tensor, part by part."""
    return {
        part: {name: (a[part][name].double() - value.double()).abs().max().item() for name, value in b[part].items()}
        for part in b
    }


def rate(found, exact, start):
    """How much longer or shorter than `exact` `found` is, both seen from `start`."""
    change = torch.cat([(exact[name] - start.get(name, 0)).flatten() for name in exact])
    off = torch.cat([(found[name].double() - exact[name]).flatten() for name in exact])
    square = change.square().sum().item()
    return abs((off * change).sum().item()) / square if square else 0.0


def largest(results):
    first, *others = results
    return {
        part: {name: max([value, *(other[part][name] for other in others)]) for name, value in tensors.items()}
        for part, tensors in first.items()
    }


def float32_runs(task, step, rows, seen):
    """PyTorch's float32 in eight ways, deciding as float64 did: what came out, and what was seen. With oneDNN and without,
    with its own batch norm and with the formula, in two orders of the images."""
    orders = torch.arange(len(rows)), torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    for onednn, by_formula, order in product((True, False), (True, False), orders):
        decisions = Decisions(forced=[(kind, x[order]) for kind, x in seen])
        with torch.backends.mkldnn.flags(enabled=onednn):
            result = whole(task, step, rows[order], torch.float32, decisions, by_formula)
        yield result, [x[order.argsort()].double() for _, x in decisions.seen]


def doubtful(seen, runs):
    """Decisions that float32 may take otherwise than float64 does, each as the nudge that turns it round."""
    nudges = []
    for place, (kind, x) in enumerate(seen):
        others = torch.stack([run[place] for run in runs])
        channel = [axis for axis in range(x.ndim) if axis != 1]
        error = (others - x).abs().amax(0).amax(channel, keepdim=True)
        if kind == "relu":
            at = torch.arange(x.numel()).view_as(x)
            # What is 0 in every run is 0 by construction, and nobody's rounding decides there.
            near = (x.abs() <= DOUBT * error) & ((x != 0) | others.ne(0).any(0))
            nudge = torch.where(x == 0, error, -2 * x)
        else:
            winner, at = max_pool2d(x, 2, return_indices=True)
            gap = winner - max_pool2d(x.flatten(2).scatter(2, at.flatten(2), -torch.inf).view_as(x), 2)
            planes = torch.arange(x.shape[0] * x.shape[1]).view(*x.shape[:2], 1, 1)
            at = at + planes * x[0, 0].numel()
            near = (gap <= DOUBT * error) & (winner > 0)
            nudge = torch.where(gap == 0, -error, -2 * gap)
        of_image = x[0].numel()
        nudges += [Nudge(i // of_image, place, i, by) for i, by in zip(at[near].tolist(), nudge[near].tolist())]
    return nudges


def flips(task, step, rows, exact, noise, nudges):
    """How float64's gradients change if a decision in doubt is flipped, for each that matters; and for each two of
    the same image how far both together are from the sum of their changes."""

    def changes(some):
        found = backward(task, step["before"], rows, torch.float64, Decisions(nudges=some))["gradient"]
        return {name: found[name] - value for name, value in exact["gradient"].items()}

    def matters(change):
        return any(
            change[name].abs().max() > max(noise["gradient"][name], NO_EFFECT * value.abs().max().item())
            for name, value in exact["gradient"].items()
        )

    def search(some):
        # By halves: windows over equal pixels tie by the hundred, and it is all the same which pixel is taken.
        change = changes(some) if some else {}
        if not some or not matters(change):
            return []
        half = len(some) // 2
        return search(some[:half]) + search(some[half:]) if half else [(some[0], change)]

    found = search(nudges)
    pairs = []
    for at, (a, change_a) in enumerate(found):
        for other, (b, change_b) in enumerate(found[:at]):
            if a.image == b.image:
                both = changes([a, b])
                rest = {name: (both[name] - change_a[name] - change_b[name]).abs().max().item() for name in both}
                pairs.append({"of": (other, at), "distance": rest})
    return [{name: value.float() for name, value in change.items()} for _, change in found], pairs


def on_the_edge(task, state, rows, count):
    """The same state with biases moved a little, so that in each of the first channels one input of the first ReLU is 0
    but for rounding: every implementation decides there by chance."""
    decisions = Decisions()
    backward(task, state, rows, torch.float64, decisions)
    inputs = decisions.seen[0][1].transpose(0, 1).flatten(1)
    name = "bn1.bias" if task.net[0] == "medmnist-net" else "conv1.bias"
    bias = state[name].clone()
    for channel in range(min(count, len(bias))):
        near = inputs[channel][inputs[channel].abs().argsort()[:200]]
        moved = (bias[channel].double() - near).float()
        bias[channel] = moved[(near + moved.double() - bias[channel].double()).abs().argmin()]
    return {**state, name: bias}


def judged(task, step, rows):
    """All that a recording holds of one step: `step` has its number, and what is there `before` it.

    `float32` and `float64` are what plain PyTorch gives, `update` what float64's optimiser makes of float32's
    gradients.
    `distance` is how far float32 is from float64 where both decide alike. `flips` are decisions in doubt.
    """
    decisions = Decisions()
    exact = whole(task, step, rows, torch.float64, decisions)
    results, seen = zip(*float32_runs(task, step, rows, decisions.seen))
    noise = largest([distances(result, exact) for result in results])
    plain = backward(task, step["before"], rows, torch.float32)
    alone = update(task, step, plain["gradient"], torch.float64)
    alone32 = update(task, step, plain["gradient"], torch.float32)
    noise |= {f"update/{part}": values for part, values in distances(alone32, alone).items()}
    start = {"parameters": {name: step["before"][name].double() for name in plain["gradient"]}}
    noise["rate"] = {part: rate(alone32[part], alone[part], start.get(part, {})) for part in alone}
    found, pairs = flips(task, step, rows, exact, noise, doubtful(decisions.seen, seen))
    return {
        "float32": {"gradient": plain["gradient"]},
        "float64": exact,
        "update": alone,
        "distance": noise,
        "flips": found,
        "pairs": pairs,
    }
