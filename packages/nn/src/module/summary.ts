import { checkValue, instance, list, show, whole } from '@glassbox/options';
import { escapeHtml, type Runtime, showsAs, Tensor, zeros } from '@glassbox/tensor-core/functions';
import { Module } from './module.ts';
import { probe } from './probe.ts';

const aModule = instance(() => Module, 'a module');
const aShape = list(whole(0));

/** A part of a net, as `summary` lists it. */
export interface SummaryRow {
  /** Its name within the part that holds it; empty for the net itself. */
  readonly name: string;
  /** Its class: `Conv2d`. */
  readonly kind: string;
  /** How many parts hold it, one in another: 0 for the net itself. */
  readonly depth: number;
  /** The shape of its (last) output; null if it was not used. */
  readonly output: readonly number[] | null;
  /** How many values of its own it learns, frozen ones included. A tensor that parts share counts for the first. */
  readonly parameters: number;
  /** How many of them are frozen. */
  readonly frozen: number;
}

/** What `summary` found: consoles print it as a table, and notebooks show it as one. */
export class Summary {
  /** Shape of the batch. */
  readonly input: readonly number[];
  /** The net and all parts below it, each before its own parts. */
  readonly rows: readonly SummaryRow[];
  /** Learnt values of the whole net, and how many of them are frozen. */
  readonly total: Readonly<Record<'parameters' | 'frozen', number>>;

  static {
    showsAs(Summary.prototype, String, (summary) => ({
      'text/plain': String(summary),
      'text/html': summary.#html(),
    }));
  }

  /** @param rows as they are listed */
  constructor(input: readonly number[], rows: readonly SummaryRow[]) {
    const sum = (key: 'parameters' | 'frozen') => rows.reduce((total, row) => total + row[key], 0);
    this.input = input;
    this.rows = rows;
    this.total = { parameters: sum('parameters'), frozen: sum('frozen') };
  }

  /** The table as text: a line for each part, aligned. */
  toString(): string {
    const lines = this.#cells((depth) => '  '.repeat(depth));
    const widths = lines[0].map((_, column) => Math.max(...lines.map((row) => row[column].length)));
    const line = (row: readonly string[]) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd();
    const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
    const [head, ...rest] = lines.map(line);
    return [head, rule, ...rest.slice(0, -1), rule, rest.at(-1)].join('\n');
  }

  #html(): string {
    const [head, ...rest] = this.#cells((depth) => '\u2003'.repeat(depth));
    const line = (cell: 'th' | 'td') => (row: readonly string[]) =>
      `<tr>${row
        .map((content, column) => {
          const align = column < 2 ? 'left' : 'right';
          return `<${cell} style="text-align:${align}">${escapeHtml(content)}</${cell}>`;
        })
        .join('')}</tr>`;
    return `<table>${line('th')(head)}${rest.map(line('td')).join('')}</table>`;
  }

  /** Head, input, parts and total. */
  #cells(indent: (depth: number) => string): string[][] {
    const number = (value: number) => (value === 0 ? '-' : value.toLocaleString('en'));
    const counts = (row: SummaryRow | Summary['total']) => [number(row.parameters), number(row.frozen)];
    return [
      ['part', 'output', 'parameters', 'frozen'],
      ['input', `[${this.input}]`, '', ''],
      ...this.rows.map((row) => [
        row.depth === 0 ? row.kind : `${indent(row.depth)}${row.name}: ${row.kind}`,
        row.output ? `[${row.output}]` : 'not used',
        ...counts(row),
      ]),
      ['total', '', ...counts(this.total)],
    ];
  }
}

/**
 * Lists a net's parts with the shapes that they give and the numbers that they learn, as torchinfo does. It computes
 * one forward pass in evaluation mode, without gradients; the net stays as it was.
 * `console.log(String(summary(net, [1, 1, 28, 28])))`
 * @param input the shape of a batch, [N,C,H,W] for images; or a batch.
 * @throws Error if the net has no parameters, and a shape is given: then nothing says which device it is for. Whatever
 *   the net throws if the shape does not fit it.
 */
export function summary(net: Module, input: readonly number[] | Tensor): Summary {
  checkValue('summary', 'net', net, aModule);
  if (!(input instanceof Tensor)) checkValue('summary', 'input', input, aShape);
  const given = input instanceof Tensor;
  const shapes = given
    ? outputShapes(net, input.runtime, () => input)
    : outputShapes(net, runtimeOf(net), (runtime) => zeros(runtime, input));
  const counted = new Set<Tensor>();
  const rows = [...net.namedModules()].map(([name, module]): SummaryRow => {
    const own = [...module.namedParameters()].flatMap(([key, parameter]) =>
      key.includes('.') || counted.has(parameter) ? [] : [parameter],
    );
    for (const parameter of own) counted.add(parameter);
    return {
      name: name.split('.').at(-1)!,
      kind: module.constructor.name,
      depth: name === '' ? 0 : name.split('.').length,
      output: shapes.get(module) ?? null,
      parameters: sizeOf(own),
      frozen: sizeOf(own.filter(({ requiresGrad }) => !requiresGrad)),
    };
  });
  return new Summary(given ? input.shape : input, rows);
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
