"""The three nets in PyTorch, as recordings have them. Dropout is left out: its masks are drawn by other generators."""
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import max_pool2d


class Nudge(NamedTuple):
    """Turns a decision round: what is added to one input of a ReLU or max-pool."""

    image: int
    place: int  # which ReLU or max-pool, in order
    index: int  # in the flattened input
    by: float


class Decisions:
    """What ReLUs and max-pools decide. A step is smooth but for these, so they are watched, taken over or flipped.

    Plain PyTorch unless told otherwise. `seen` holds for each, in order, its kind and its input.
    """

    def __init__(self, forced=None, nudges=()):
        self.forced = forced  # decide as in another run: its `seen`
        self.nudges = nudges
        self.seen = []

    def _see(self, kind, x):
        place = len(self.seen)
        own = [nudge for nudge in self.nudges if nudge.place == place]
        if own:
            change = torch.zeros_like(x).flatten()
            for nudge in own:
                change[nudge.index] += nudge.by
            x = x + change.view_as(x)
        self.seen.append((kind, x.detach()))
        return x, None if self.forced is None else self.forced[place][1]

    def relu(self, x):
        x, forced = self._see("relu", x)
        return torch.relu(x) if forced is None else x * (forced > 0).to(x.dtype)

    def max_pool(self, x):
        x, forced = self._see("max_pool", x)
        if forced is None:
            return max_pool2d(x, 2)
        index = max_pool2d(forced, 2, return_indices=True)[1]
        return x.flatten(2).gather(2, index.flatten(2)).view(index.shape)


class BatchNorm2d(nn.BatchNorm2d):
    """PyTorch's, or the same formula in PyTorch's operations: on a CPU its own adds in float64 whatever the type, and is
    closer to exact than an implementation in float32 can be."""

    by_formula = False

    def forward(self, x):
        if not self.by_formula:
            return super().forward(x)
        mean = x.mean((0, 2, 3))
        centred = x - mean[:, None, None]
        variance = centred.square().mean((0, 2, 3))
        with torch.no_grad():
            count = x.numel() // x.shape[1]
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
            self.num_batches_tracked += 1
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return centred * scale[:, None, None] + self.bias[:, None, None]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.decisions = Decisions()

    def relu(self, x):
        return self.decisions.relu(x)


class PracticalNet(Net):
    def __init__(self, channels, size, widths, classes):
        super().__init__()
        self.depth = len(widths)
        for i, width in enumerate(widths, 1):
            setattr(self, f"conv{i}", nn.Conv2d(channels, width, 3, 2, 1))
            setattr(self, f"bn{i}", BatchNorm2d(width))
            channels, size = width, (size + 1) // 2
        self.fc = nn.Linear(channels * size * size, classes)

    def forward(self, x):
        for i in range(1, self.depth + 1):
            x = getattr(self, f"bn{i}")(self.relu(getattr(self, f"conv{i}")(x)))
        return self.fc(x.flatten(1))


class Autoencoder(Net):
    def __init__(self, channels, size, widths):
        super().__init__()
        self.depth = len(widths)
        sizes = [size]
        all_widths = [channels, *widths]
        for i in range(self.depth):
            setattr(self, f"conv{i + 1}", nn.Conv2d(all_widths[i], all_widths[i + 1], 3, 2, 1))
            sizes.append((sizes[-1] + 1) // 2)
        for i in range(self.depth):
            level = self.depth - i
            padding = 1 - sizes[level - 1] % 2
            layer = nn.ConvTranspose2d(all_widths[level], all_widths[level - 1], 3, 2, 1, output_padding=padding)
            setattr(self, f"deconv{i + 1}", layer)

    def forward(self, x):
        for i in range(1, self.depth + 1):
            x = self.relu(getattr(self, f"conv{i}")(x))
        for i in range(1, self.depth + 1):
            x = getattr(self, f"deconv{i}")(x)
            if i < self.depth:
                x = self.relu(x)
        return x


class MedMnistNet(Net):
    def __init__(self, channels, size, widths, hidden, classes):
        super().__init__()
        for i, width in enumerate(widths, 1):
            setattr(self, f"conv{i}", nn.Conv2d(channels, width, 3, padding=1 if i == 5 else 0))
            setattr(self, f"bn{i}", BatchNorm2d(width))
            channels = width
        side = ((size - 4) // 2 - 4) // 2
        self.fc1 = nn.Linear(channels * side * side, hidden[0])
        self.fc2 = nn.Linear(hidden[0], hidden[1])
        self.fc3 = nn.Linear(hidden[1], classes)

    def forward(self, x):
        for i in range(1, 6):
            x = self.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
            if i in (2, 5):
                x = self.decisions.max_pool(x)
        x = self.relu(self.fc1(x.flatten(1)))
        return self.fc3(self.relu(self.fc2(x)))


def build(kind, channels, size, widths, hidden, classes):
    if kind == "practical-net":
        return PracticalNet(channels, size, widths, classes)
    if kind == "autoencoder":
        return Autoencoder(channels, size, widths)
    return MedMnistNet(channels, size, widths, hidden, classes)
