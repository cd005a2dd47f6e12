import type { Module } from './module.ts';

/** For each part of a model whether it is in training mode. */
export type Modes = ReadonlyMap<Module, boolean>;

/** The modes that a model's parts are in. */
export function modesOf(model: Module): Modes {
  return new Map(model.modules().map((module) => [module, module.training]));
}

/** Evaluation mode for all of it. */
export function evaluationModes(model: Module): Modes {
  return new Map(model.modules().map((module) => [module, false]));
}

/**
 * Runs `body` with a model's parts in the modes given, and gives each its own back. `body` is synchronous, so that
 * nobody else ever sees the modes: whatever else trains or evaluates the same parts meanwhile goes on in its own.
 */
export function inModes<T>(model: Module, modes: Modes, body: () => T): T {
  const before = modesOf(model);
  if ([...before].every(([module, training]) => (modes.get(module) ?? training) === training)) return body();
  setModes(modes);
  try {
    return body();
  } finally {
    setModes(before);
  }
}

/** Puts parts of a model into the modes given. */
export function setModes(modes: Modes): void {
  // Parents come before their parts, and a subclass may do more than to set modes in its train().
  for (const [module, training] of modes) if (module.training !== training) module.train(training);
  for (const [module, training] of modes) module.setTraining(training);
}

/** Training mode, as PyTorch's loops set it; parts that were put into evaluation mode by themselves stay there. */
export function startTraining(model: Module): void {
  const before = model.training ? modesOf(model) : new Map<Module, boolean>();
  model.train();
  for (const [module, training] of before) if (!training) module.setTraining(false);
}
