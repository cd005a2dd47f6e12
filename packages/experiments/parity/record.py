"""Records steps of a training in PyTorch, for `npm run parity` to judge.

Needs PyTorch 1.13 or later, on CPU. Writes NAME.json, which says what was run, and NAME.npz:

  rows (steps, batch) int32        rows of train_images that make each batch
  kept/step (K,) int32             numbers of the kept steps, from 0; all arrays under kept/ have one entry for each
  kept/before/NAME                 parameters and buffers before the step, float32, counters int64
  kept/before_optimizer/KEY        momentum_buffer, or exp_avg and exp_avg_sq, before the step (0 before the first)
  kept/float32/gradient            plain PyTorch in float32
  kept/float64/PART                plain PyTorch in float64 from the same state: loss, buffers, gradient, and parameters
                                   after the step
  kept/update/PART                 what float64's optimiser alone makes of float32's gradients: parameters and each KEY
  kept/distance/PART               largest difference of float32 (computed in eight ways) from float64 in each tensor of
  kept/distance/update/PART        a part, where both take the same decisions
  kept/distance/rate               how much longer or shorter float32's updates are: of parameters and each KEY
  flips/kept (J,) int32            decisions (ReLU, max-pool) within rounding of going the other way: of which kept step
  flips/gradient (J, …)            how float64's gradients change if they do
  flips/pairs (P, 2) int32         flips of one image, which do not simply add up
  flips/distance (P, …)            how far both together are from their sum, in each tensor

All but kept/before/NAME hold the values of every tensor in a row, in the order of sorted names; distances hold one
number for each tensor.

With --trajectory also what illustrates how far whole trainings drift: initial/NAME, gradient0/NAME, losses, final/NAME
and test_output (in evaluation mode for the first 64 test images), all in float32.
"""
import argparse
import json
import os

import numpy as np
import torch
from nets import build
from step import Task, copied, judged, on_the_edge, optimizer_state


def tensor_images(values):
    values = values[:, None] if values.ndim == 3 else values.transpose(0, 3, 1, 2)
    return torch.from_numpy((values.astype(np.float32) / 255 - 0.5) / 0.5)


def classes_of(labels):
    """One class for each image: of several labels (ChestMNIST's 14 findings) 1 if any is set."""
    return labels[:, 0] if labels.shape[1] == 1 else labels.any(1)


def in_a_row(tensors):
    """All values of named tensors or numbers in a row, in the order of sorted names. Counters become float64."""
    values = [tensors[name] for name in sorted(tensors)]
    if isinstance(values[0], float):
        return torch.tensor(values, dtype=torch.float64)
    return torch.cat([(value if value.dtype == torch.float32 else value.double()).flatten() for value in values])


def stacked(rows):
    return torch.stack(rows).numpy()


def kept_arrays(kept, state_of_optimizer):
    """The arrays under kept/ and flips/."""
    arrays = {"kept/step": np.array([each["step"] for each in kept], np.int32)}
    for name in kept[0]["before"]:
        arrays[f"kept/before/{name}"] = stacked([each["before"][name] for each in kept])
    for key, zero in state_of_optimizer.items():
        zero = {name: torch.zeros_like(value) for name, value in zero.items()}
        before = [each["before_optimizer"].get(key, zero) for each in kept]
        arrays[f"kept/before_optimizer/{key}"] = stacked([in_a_row(state) for state in before])
    for group in ("float32", "float64", "update", "distance"):
        for part in filter(kept[0][group].get, kept[0][group]):
            arrays[f"kept/{group}/{part}"] = stacked([in_a_row(each[group][part]) for each in kept])
    flips, pairs = [], []
    for index, each in enumerate(kept):
        pairs += [{**pair, "of": np.add(pair["of"], len(flips))} for pair in each["pairs"]]
        flips += [(index, flip) for flip in each["flips"]]
    if flips:
        arrays["flips/kept"] = np.array([index for index, _ in flips], np.int32)
        arrays["flips/gradient"] = stacked([in_a_row(flip) for _, flip in flips])
    if pairs:
        arrays["flips/pairs"] = np.array([pair["of"] for pair in pairs], np.int32)
        arrays["flips/distance"] = stacked([in_a_row(pair["distance"]) for pair in pairs])
    return arrays


def record(out, spec, data, seed, keep, hidden=(128, 128), edges=0, trajectory=False):
    """Trains as `spec` says (the members of NAME.json) and writes `out`.npz and `out`.json."""
    torch.manual_seed(seed)
    train, labels = tensor_images(data["train_images"]), classes_of(data["train_labels"]).astype(np.int64)
    kind, channels, size = spec["model"], *train.shape[1:3]
    net = (kind, channels, size, spec["widths"], hidden, int(labels.max()) + 1)
    task = Task(net, spec["loss"], spec["optimizer"], train, torch.from_numpy(labels))
    model = build(*net).train()
    optimizer = task.optimizer_of(model.parameters())
    names = [name for name, _ in model.named_parameters()]
    shape = (spec["steps"], spec["batch"])
    rows = np.random.default_rng(seed).integers(0, len(train), shape, dtype=np.int32)
    initial, gradient0, losses, kept = copied(model.state_dict()), None, [], []
    for step in range(spec["steps"]):
        own = torch.from_numpy(rows[step].astype(np.int64))
        state, state_of_optimizer = copied(model.state_dict()), optimizer_state(optimizer, names)
        loss = task.loss_of(model(train[own]), own)
        optimizer.zero_grad()
        loss.backward()
        gradient0 = gradient0 or {name: value.grad.clone() for name, value in model.named_parameters()}
        optimizer.step()
        losses.append(loss.item())
        if step in keep:
            state = on_the_edge(task, state, own, edges)
            before = {"step": step, "before": state, "before_optimizer": state_of_optimizer}
            kept.append({**before, **judged(task, before, own)})
    arrays = {"rows": rows, **(kept_arrays(kept, optimizer_state(optimizer, names)) if kept else {})}
    if trajectory:
        for prefix, state in [("initial", initial), ("gradient0", gradient0), ("final", copied(model.state_dict()))]:
            arrays |= {f"{prefix}/{name}": value.numpy() for name, value in state.items()}
        arrays["losses"] = np.array(losses, np.float32)
        with torch.no_grad():
            arrays["test_output"] = model.eval()(tensor_images(data["test_images"][:64])).numpy()
    np.savez_compressed(f"{out}.npz", **arrays)
    with open(f"{out}.json", "w") as file:
        json.dump(spec, file, indent=2)
        file.write("\n")
    count = [len(each["flips"]) for each in kept]
    print(f"{out}.npz: {spec['model']}, {spec['optimizer']['kind']}; steps {list(keep)}, decisions in doubt {count}")


def whole_numbers(text):
    return [int(part) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT.npz", help="what to write; OUT.json is written beside it")
    parser.add_argument("--data", required=True, metavar="NAME.npz", help="data set in MedMNIST's layout")
    parser.add_argument("--net", required=True, choices=["practical-net", "autoencoder", "medmnist-net"])
    parser.add_argument("--widths", type=whole_numbers, metavar="N,N,…", help="channels of the convolutions")
    parser.add_argument("--hidden", type=whole_numbers, default=[128, 128], metavar="N,N", help="of the MedMNIST net")
    parser.add_argument("--optimizer", default="sgd", choices=["sgd", "adam", "adamw"])
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--momentum", type=float, default=0.0)
    parser.add_argument("--nesterov", action="store_true")
    parser.add_argument("--betas", type=float, nargs=2, default=[0.9, 0.999])
    parser.add_argument("--eps", type=float, default=1e-8)
    parser.add_argument("--weight-decay", type=float, help="default 0; 0.01 for adamw, as PyTorch's")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--keep", type=whole_numbers, default=[0, 10], metavar="N,N,…", help="steps to keep, from 0")
    parser.add_argument("--steps", type=int, help="steps to train in all (default: up to the last kept one)")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and of the rows")
    parser.add_argument("--edges", type=int, default=0, help="put so many ReLUs of each kept step at 0 (a hard case)")
    parser.add_argument("--trajectory", action="store_true", help="also record what the whole training comes to")
    given = parser.parse_args()
    widths = given.widths or ([16, 16, 64, 64, 64] if given.net == "medmnist-net" else [16, 32, 64, 128])
    steps = given.steps or max(given.keep) + 1
    if not given.out.endswith(".npz"):
        parser.error(f"{given.out} does not end in .npz")
    if min(given.keep) < 0 or max(given.keep) >= steps:
        parser.error(f"--keep {given.keep}: there are the steps 0 to {steps - 1}")
    decay = given.weight_decay if given.weight_decay is not None else (0.01 if given.optimizer == "adamw" else 0.0)
    optimizer = {"kind": given.optimizer, "lr": given.lr, "weightDecay": decay}
    if given.optimizer == "sgd":
        optimizer |= {"momentum": given.momentum, "nesterov": given.nesterov}
    else:
        optimizer |= {"betas": given.betas, "eps": given.eps}
    spec = {
        "dataset": os.path.basename(given.data).removesuffix(".npz"),
        "batch": given.batch,
        "steps": steps,
        "model": given.net,
        "widths": widths,
        "loss": "mse" if given.net == "autoencoder" else "cross-entropy",
        "optimizer": optimizer,
    }
    out, data = given.out.removesuffix(".npz"), np.load(given.data)
    record(out, spec, data, given.seed, given.keep, given.hidden, given.edges, given.trajectory)


if __name__ == "__main__":
    main()
