import { checkValue, instance, list, show, whole } from '@glassbox/options';
import { type Runtime, Tensor, zeros } from '@glassbox/tensor-core';
import { Module } from './module.ts';
import { probe } from './probe.ts';

const aModule = instance(() => Module, 'a module');
const aShape = list(whole(0));

/**
 * A table of a net's parts with the shapes that they give and the numbers that they learn, as torchinfo's. It computes
 * one forward pass in evaluation mode, without gradients; the net stays as it was.
 * `console.log(summary(net, [1, 1, 28, 28]))`
 * @param input the shape of a batch, [N,C,H,W] for images; or a batch.
 * @returns a line for each part: name and kind, shape of its (last) output, its own learnt values and how many of them
 *   are frozen. A tensor that several parts share is counted with the first.
 * @throws Error if the net has no parameters, and a shape is given: then nothing says which device it is for. Whatever
 *   the net throws if the shape does not fit it.
 */
export function summary(net: Module, input: readonly number[] | Tensor): string {
  checkValue('summary', 'net', net, aModule);
  if (!(input instanceof Tensor)) checkValue('summary', 'input', input, aShape);
  const given = input instanceof Tensor;
  const shapes = given
    ? outputShapes(net, input.runtime, () => input)
    : outputShapes(net, runtimeOf(net), (runtime) => zeros(runtime, input));
  const counted = new Set<Tensor>();
  const rows = [...net.namedModules()].map(([name, module]): Row => {
    const own = [...module.namedParameters()].flatMap(([key, parameter]) =>
      key.includes('.') || counted.has(parameter) ? [] : [parameter],
    );
    for (const parameter of own) counted.add(parameter);
    const depth = name === '' ? 0 : name.split('.').length;
    const kind = module.constructor.name;
    const shape = shapes.get(module);
    return {
      part: depth === 0 ? kind : `${'  '.repeat(depth)}${name.split('.').at(-1)}: ${kind}`,
      shape: shape ? `[${shape}]` : 'not used',
      count: sizeOf(own),
      frozen: sizeOf(own.filter(({ requiresGrad }) => !requiresGrad)),
    };
  });
  const all = net.parameters();
  const total = sizeOf(all);
  const frozen = sizeOf(all.filter(({ requiresGrad }) => !requiresGrad));
  return table(`[${given ? input.shape : input}]`, rows, { part: 'total', shape: '', count: total, frozen });
}

interface Row {
  readonly part: string;
  readonly shape: string;
  readonly count: number;
  readonly frozen: number;
}

const sizeOf = (tensors: readonly Tensor[]) => tensors.reduce((sum, { size }) => sum + size, 0);

function runtimeOf(net: Module): Runtime {
  const [first] = net.parameters();
  if (first) return first.runtime;
  throw new Error(
    `summary: ${show(net)} has no parameters that say which device it is for; give a batch, not a shape`,
  );
}

/** The shape that each part gave last. Parts that are computed together give none: here each is called by itself. */
function outputShapes(
  net: Module,
  runtime: Runtime,
  input: (runtime: Runtime) => Tensor,
): Map<Module, readonly number[]> {
  const shapes = new Map<Module, readonly number[]>();
  runtime.step(() => {
    probe(net, input(runtime), (module, forward) => {
      const output = forward();
      shapes.set(module, output.shape);
      return output;
    });
  });
  return shapes;
}

function table(input: string, rows: readonly Row[], total: Row): string {
  const number = (value: number) => (value === 0 ? '-' : value.toLocaleString('en'));
  const cells = ({ part, shape, count, frozen }: Row) => [part, shape, number(count), number(frozen)];
  const head = ['part', 'output', 'parameters', 'frozen'];
  const body = [['input', input, '', ''], ...rows.map(cells)];
  const all = [head, ...body, cells(total)];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(head), rule, ...body.map(line), rule, line(cells(total))].join('\n');
}
