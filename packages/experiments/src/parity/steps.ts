import type { HostTensor, OptimizerState, StateDict } from '@glassbox/nn';
import type { Runtime, Tensor } from '@glassbox/tensor-core';
import type { Golden } from './golden.ts';
import type { ParityImages } from './images.ts';
import type { KeptStep, Part } from './kept.ts';
import { Training } from './training.ts';

/** What the device makes of a kept step. */
export interface StepOutcome {
  readonly found: ReadonlyMap<Part, StateDict>;
  /** What should be the same to the bit and is not. */
  readonly faults: readonly string[];
}

/** Runs each kept step on a device, from PyTorch's own state. */
export async function runSteps(
  runtime: Runtime,
  golden: Golden,
  images: ParityImages,
): Promise<StepOutcome[]> {
  const training = new Training(runtime, golden, golden.kept[0].before, images);
  const outcomes: StepOutcome[] = [];
  try {
    const fresh = await training.optimizer.stateDict();
    training.rows = golden.kept[0].rows;
    training.replay();
    for (const step of golden.kept) outcomes.push(await runStep(training, step, fresh));
  } finally {
    training.dispose();
  }
  return outcomes;
}

async function runStep(training: Training, step: KeptStep, fresh: OptimizerState): Promise<StepOutcome> {
  const { runtime, model, optimizer } = training;
  load(training, step, fresh);
  const loss = runtime.step(() => training.pass());
  const gradient = await training.gradients();
  runtime.step(() => optimizer.step());
  const plain = await stateAfter(training, loss);

  // The optimiser alone: from the same state, with PyTorch's gradients in place of those found.
  load(training, step, fresh);
  for (const [name, parameter] of model.namedParameters()) {
    parameter.grad?.write(step.float32Gradient.get(name)!.data as Float32Array);
  }
  runtime.step(() => training.update());
  const update = await stateAfter(training, loss);

  load(training, step, fresh);
  const replayed = await stateAfter(training, training.replay());
  const alone = [...update].filter(([part]) => part !== 'loss' && part !== 'buffers');
  return {
    found: new Map<Part, StateDict>([
      ...plain,
      ['gradient', gradient],
      ...alone.map(([part, state]): [Part, StateDict] => [`update/${part}`, state]),
    ]),
    faults: differences(plain, replayed),
  };
}

function load(training: Training, kept: KeptStep, fresh: OptimizerState): void {
  const { model, optimizer } = training;
  training.rows = kept.rows;
  model.loadStateDict(kept.before);
  model.train();
  const names = [...model.namedParameters().keys()];
  const tensors = [...fresh.tensors].map(([name, zero]): [string, HostTensor] => {
    const [index, key] = name.split('.');
    return [name, kept.beforeOptimizer.get(key)?.get(names[Number(index)]) ?? zero];
  });
  const steps = fresh.steps.map(() => kept.step);
  optimizer.loadStateDict({ ...fresh, steps, tensors: new Map(tensors) });
}

/** Loss, buffers, parameters, and the optimiser's own state by key. */
type StateAfter = Map<Part, StateDict>;

async function stateAfter({ model, optimizer }: Training, loss: Tensor): Promise<StateAfter> {
  const names = [...model.namedParameters().keys()];
  const state = [...(await model.stateDict())];
  const data = (await loss.array()) as Float32Array;
  const found: Map<string, StateDict> = new Map([
    ['loss', new Map([['loss', { dtype: 'F32', shape: [], data }]])],
    ['buffers', new Map(state.filter(([name]) => !names.includes(name)))],
    ['parameters', new Map(state.filter(([name]) => names.includes(name)))],
  ]);
  for (const [name, value] of (await optimizer.stateDict()).tensors) {
    const [index, key] = name.split('.');
    if (!found.has(key)) found.set(key, new Map());
    found.get(key)!.set(names[Number(index)], value);
  }
  return found as StateAfter;
}

/** Where the recorded step has other bits than the step as it runs. */
function differences(plain: StateAfter, replayed: StateAfter): string[] {
  for (const [part, state] of plain) {
    for (const [name, { data }] of state) {
      const other = replayed.get(part)?.get(name)?.data;
      const at = (data as Float32Array).findIndex((value, i) => !Object.is(value, other?.[i]));
      if (at >= 0)
        return [`${part} ${name} [${at}]: ${other?.[at]} from the recorded step, ${data[at]} as it runs`];
    }
  }
  return [];
}
