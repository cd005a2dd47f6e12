"""PyTorch on the CPU as a contender: see protocol.ts. Argument: 'memory' (tensors in memory) or 'notebook' (a Dataset
of images with transforms and a DataLoader, as MedMNIST's own notebook does it); the latter runs epochs only."""
import json
import os
import resource
import sys
import time
from functools import partial

import torch
from torch import nn

SIDE = 28
# Of cases whose images have other sizes.
SIDES = {"densenet121": 32, "vgg11_bn": 32, "unet": 32}


def practical_net():
    layers = []
    for before, width in zip([1, 16, 32, 64], [16, 32, 64, 128]):
        layers += [nn.Conv2d(before, width, 3, stride=2, padding=1), nn.ReLU(), nn.BatchNorm2d(width)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 2))


def autoencoder():
    encoder, decoder = [], []
    for before, width in zip([1, 16, 32, 64], [16, 32, 64, 128]):
        encoder += [nn.Conv2d(before, width, 3, stride=2, padding=1), nn.ReLU(), nn.Dropout2d(0.2)]
    for before, width, extra in zip([128, 64, 32, 16], [64, 32, 16, 1], [1, 0, 1, 1]):
        decoder += [nn.ConvTranspose2d(before, width, 3, stride=2, padding=1, output_padding=extra), nn.ReLU()]
    return nn.Sequential(*encoder, *decoder[:-1])


def medmnist_net():
    layers = []
    for index, (before, width) in enumerate(zip([1, 16, 16, 64, 64], [16, 16, 64, 64, 64])):
        layers += [nn.Conv2d(before, width, 3, padding=1 if index == 4 else 0), nn.BatchNorm2d(width), nn.ReLU()]
        if index in (1, 4):
            layers.append(nn.MaxPool2d(2))
    head = [nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2)]
    return nn.Sequential(*layers, nn.Flatten(), *head)


class BasicBlock(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = nn.Sequential()
        if stride != 1 or before != width:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


def resnet18():
    """As torchvision's, with the stem that is usual for CIFAR: see packages/nn/src/nets/resnet.ts."""
    layers, before = [nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for index, width in enumerate([64, 128, 256, 512]):
        for block in range(2):
            layers.append(BasicBlock(before, width, 2 if index > 0 and block == 0 else 1))
            before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 2))


def grey(net, stem):
    """torchvision's net for images of one channel: its first convolution anew."""
    path, _, name = stem.rpartition(".")
    parent, old = net.get_submodule(path), net.get_submodule(stem)
    shape = {"kernel_size": old.kernel_size, "stride": old.stride, "padding": old.padding}
    setattr(parent, name, nn.Conv2d(1, old.out_channels, bias=old.bias is not None, **shape))
    return net


def densenet121():
    return grey(models().densenet121(num_classes=2), "features.conv0")


def mobilenet_v2():
    return grey(models().mobilenet_v2(num_classes=2, dropout=0), "features.0.0")


def vgg11_bn():
    return grey(models().vgg11_bn(num_classes=2, dropout=0), "features.0")


def vit():
    return grey(models().VisionTransformer(28, 4, 12, 3, 192, 768, num_classes=2), "conv_proj")


def models():
    """torchvision's nets: only some cases need them."""
    from torchvision import models

    return models


def double_conv(before, width):
    layers = []
    for start in (before, width):
        layers += [nn.Conv2d(start, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """As milesial/Pytorch-UNet, for images whose sides are multiples of 16."""

    def __init__(self, widths=(64, 128, 256, 512, 1024)):
        super().__init__()
        pairs = list(zip(widths, widths[1:]))
        self.first = double_conv(1, widths[0])
        self.downs = nn.ModuleList(double_conv(above, below) for above, below in pairs)
        ups = []
        for above, below in reversed(pairs):
            up = {"grow": nn.ConvTranspose2d(below, above, 2, stride=2), "conv": double_conv(below, above)}
            ups.append(nn.ModuleDict(up))
        self.ups = nn.ModuleList(ups)
        self.last = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        levels = [self.first(x)]
        for down in self.downs:
            levels.append(down(nn.functional.max_pool2d(levels[-1], 2)))
        x = levels.pop()
        for up in self.ups:
            x = up["conv"](torch.cat([levels.pop(), up["grow"](x)], dim=1))
        return self.last(x)


NETS = {
    "practical-net": practical_net,
    "autoencoder": autoencoder,
    "medmnist-net": medmnist_net,
    "resnet18": resnet18,
    "densenet121": densenet121,
    "mobilenet_v2": mobilenet_v2,
    "vgg11_bn": vgg11_bn,
    "vit": vit,
    "unet": UNet,
}


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)


class Training:
    """One net, its optimiser and batches taken from images in memory, already normalised."""

    def __init__(self, name, batch, memory_format):
        torch.manual_seed(0)
        self.name, self.batch, self.step_number = name, batch, 0
        self.model = NETS[name]().to(memory_format=memory_format)
        side = SIDES.get(name, SIDE)
        self.images = (torch.rand(1024, 1, side, side) * 2 - 1).contiguous(memory_format=memory_format)
        self.labels = torch.arange(1024) % 2
        if name == "autoencoder":
            self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1.5e-3, weight_decay=0.01)
        else:
            self.optimizer = sgd(self.model)

    def rows(self):
        self.step_number += 1
        return (self.step_number * self.batch + 7 * torch.arange(self.batch)) % 1024

    def train(self):
        self.model.train()
        rows = self.rows()
        return self.step(self.images[rows], self.labels[rows])

    def step(self, images, labels):
        output = self.model(images)
        if self.name in ("autoencoder", "unet"):
            loss = nn.functional.mse_loss(output, images)
        else:
            loss = nn.functional.cross_entropy(output, labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss

    def infer(self):
        self.model.eval()
        with torch.inference_mode():
            self.model(self.images[self.rows()])


def read(folder, name, dtype):
    with open(os.path.join(folder, name), "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


def losses(name, batch, steps, folder):
    """The losses of the first steps from weights and on images that are given."""
    training = Training(name, batch, torch.contiguous_format)
    training.model.train()
    weights = read(folder, "weights.f32", torch.float32)
    parameters = list(training.model.parameters())
    parts = weights.split([parameter.numel() for parameter in parameters])
    with torch.no_grad():
        for parameter, part in zip(parameters, parts):
            parameter.copy_(part.view_as(parameter))
    side = SIDES.get(name, SIDE)
    images = read(folder, "images.u8", torch.uint8).view(steps, batch, 1, side, side)
    labels = read(folder, "labels.u8", torch.uint8).view(steps, batch).long()
    images = images.to(torch.float32).div(255).sub(0.5).div(0.5)
    return [training.step(images[step], labels[step]).item() for step in range(steps)]


class Op:
    """A pass of a single operation (ops.ts), on inputs in one layout."""

    def __init__(self, op, op_pass, memory_format):
        self.kind, self.shape, self.stride = op["kind"], op["shape"], op.get("stride", 1)
        self.groups, self.op_pass = op.get("groups", 1), op_pass
        sizes = [self.shape, *self.parameter_shapes()]
        grad = op_pass == "backward"
        self.inputs = [self.make(size, memory_format).requires_grad_(grad) for size in sizes]
        if grad:
            self.y = self.compute()
            self.dy = self.make(self.y.shape, memory_format)

    def make(self, size, memory_format):
        values = torch.rand(size)
        return values.contiguous(memory_format=memory_format) if len(size) == 4 else values

    def parameter_shapes(self):
        if self.kind == "matmul":
            return [self.shape]
        channels = self.shape[1]
        return [[channels], [channels]] if self.kind == "group_norm" else [[channels, 1, 3, 3]]

    def compute(self):
        if self.kind == "matmul":
            return torch.matmul(*self.inputs)
        if self.kind == "group_norm":
            return nn.functional.group_norm(self.inputs[0], self.groups, *self.inputs[1:])
        return nn.functional.conv2d(*self.inputs, stride=self.stride, padding=1, groups=self.shape[1])

    def run(self):
        if self.op_pass == "backward":
            torch.autograd.grad(self.y, self.inputs, self.dy, retain_graph=True)
        else:
            with torch.inference_mode():
                self.compute()


def fastest_format(make, step, count=6):
    """PyTorch in its better form: images N,C,H,W or channels last, whichever is faster here."""
    best = None
    for label, memory_format in (("contiguous", torch.contiguous_format), ("channels-last", torch.channels_last)):
        subject = make(memory_format)
        times = []
        for _ in range(count):
            start = time.perf_counter()
            step(subject)
            times.append(time.perf_counter() - start)
        if best is None or min(times[1:]) < best[0]:
            best = (min(times[1:]), label, subject)
    return best[1], best[2], best[0] * 1000


class ImageDataset(torch.utils.data.Dataset):
    """As the notebook has it: a PIL image for each item, ToTensor, Normalize (spelled out: the same arithmetic)."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        import numpy
        from PIL import Image

        image = Image.fromarray(self.images[index])
        pixels = torch.from_numpy(numpy.array(image, copy=True)).view(SIDE, SIDE, 1).permute(2, 0, 1).contiguous()
        return pixels.to(torch.float32).div(255).sub_(0.5).div_(0.5), self.labels[index]


class Epochs:
    """Whole epochs of practical-net: shuffled training batches, then validation with loss and accuracy."""

    def __init__(self, images, batch, notebook):
        validation = round(images / 7)
        data = torch.randint(0, 256, (images + validation, SIDE, SIDE), dtype=torch.uint8)
        self.batch = batch
        self.model = practical_net()
        self.optimizer = sgd(self.model)
        labels = torch.arange(len(data)) % 2
        parts = (slice(0, images), slice(images, None))
        if notebook:
            loader = torch.utils.data.DataLoader
            train, val = (ImageDataset(data[part].numpy(), labels[part].numpy()) for part in parts)
            train_loader, val_loader = loader(train, batch, shuffle=True), loader(val, 256)
            self.batches = lambda training: train_loader if training else val_loader
        else:
            normalised = (data.to(torch.float32).div_(255).sub_(0.5).div_(0.5)).unsqueeze(1)
            del data
            split = [(normalised[part], labels[part]) for part in parts]
            self.batches = lambda training: self.from_memory(*split[0 if training else 1], training)

    def from_memory(self, images, labels, training):
        size = self.batch if training else 256
        order = torch.randperm(len(images)) if training else torch.arange(len(images))
        for rows in order.split(size):
            yield images[rows], labels[rows]

    def run(self):
        self.model.train()
        total = 0.0
        for images, labels in self.batches(True):
            loss = nn.functional.cross_entropy(self.model(images), labels)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(images)
        self.model.eval()
        correct = 0
        with torch.inference_mode():
            for images, labels in self.batches(False):
                output = self.model(images)
                total += nn.functional.cross_entropy(output, labels).item() * len(images)
                correct += (output.argmax(1) == labels).sum().item()


def repeat(step, seconds):
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    return {"ms": times}


def main():
    notebook = sys.argv[1] == "notebook"
    training = op = epochs = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            do = request["do"]
            if do in ("prepare", "prepareOp", "prepareEpoch"):
                torch.set_num_threads(request["threads"])
                waits = ", which wait asleep" if os.environ.get("OMP_WAIT_POLICY") == "passive" else ""
                version = f"PyTorch {torch.__version__}, {request['threads']} threads{waits}"
            if do == "prepare":
                case, batch = request["case"], request["batch"]
                label, training, trial = fastest_format(partial(Training, case, batch), Training.train)
                answer = {"version": f"{version}, {label}", "trialMs": trial}
            elif do == "prepareOp":
                label, op, trial = fastest_format(partial(Op, request["op"], request["pass"]), Op.run, 20)
                answer = {"version": f"{version}, {label}", "trialMs": trial}
            elif do == "prepareEpoch":
                trial = Epochs(4 * request["batch"], request["batch"], notebook)
                trial.run()
                trial_ms = min(repeat(trial.run, 0.2)["ms"])
                epochs = Epochs(request["images"], request["batch"], notebook)
                form = "Dataset and DataLoader" if notebook else "tensors in memory"
                answer = {"version": f"{version}, {form}", "trialMs": trial_ms}
            elif do == "train":
                answer = repeat(training.train, request["seconds"])
            elif do == "infer":
                answer = repeat(training.infer, request["seconds"])
            elif do == "op":
                answer = repeat(op.run, request["seconds"])
            elif do == "losses":
                torch.set_num_threads(request["threads"])
                answer = {"losses": losses(*(request[key] for key in ("case", "batch", "steps", "folder")))}
            elif do == "epoch":
                answer = repeat(epochs.run, 0)
            else:
                answer = {"peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        except Exception as error:  # in its own words
            answer = {"error": f"{type(error).__name__}: {error}"}
        print("@" + json.dumps(answer), flush=True)


main()
