import { type Module, probe } from '@glassbox/nn';
import { type Launch, type Runtime, type Storage, Tensor, zeros } from '@glassbox/tensor-core';
import { Graph } from './graph.ts';
import type { DataType } from './model.ts';
import { noReason, reasons } from './reasons.ts';
import { rows } from './rows.ts';

/** One forward pass as a graph, for the batch size with which it ran. */
export interface Trace {
  readonly graph: Graph;
  readonly batch: number;
  /** The name of what `forward` gives. */
  readonly value: string;
  readonly type: DataType;
  readonly shape: readonly number[];
}

/**
 * Runs the net's `forward` once and writes down which kernels it launches. The values play no part: the input is 0.
 * @param named the names of the net's own tensors
 * @throws Error that names the kernel and the module, for what ONNX cannot say
 */
export function trace(
  net: Module,
  runtime: Runtime,
  [batch, ...sizes]: readonly number[],
  named: ReadonlyMap<Storage, string>,
  opset: number,
): Trace {
  const names = new Map([...net.namedModules()].map(([name, module]) => [module, name]));
  let made: Trace | undefined;
  // What the graph takes for constants is read after the step: the step hands it out.
  runtime.step(() => {
    const input = zeros(runtime, [batch, ...sizes]);
    const graph = new Graph(input, named, opset);
    const observer = {
      launched: (launch: Launch) => write(graph, launch),
      stepInput: (storage: Storage) => graph.noteStepInput(storage),
    };
    const output = runtime.observed(observer, () =>
      probe(net, input, (module, forward) => {
        const outer = graph.path;
        graph.path = names.get(module) ?? outer;
        const result = forward();
        graph.path = outer;
        return result;
      }),
    );
    if (!(output instanceof Tensor)) throw new TypeError('toOnnx: forward must return a tensor');
    made = { graph, batch, value: graph.valueOf(output), type: output.dtype, shape: output.shape };
    return [...graph.constants.values()];
  });
  return made!;
}

/** Writes one launch, by its row of the table. */
function write(graph: Graph, { name, factory, args, operands }: Launch): void {
  graph.from = `${name} in ${graph.path === '' ? 'the net itself' : `'${graph.path}'`}`;
  const row = rows.get(factory);
  if (!row) throw new Error(`toOnnx: ${graph.from} cannot be written: ${reasons.get(factory) ?? noReason}`);
  const tensors = Object.entries(operands).filter(([, operand]) => operand instanceof Tensor);
  row(graph, args, Object.fromEntries(tensors) as Record<string, Tensor>);
}
