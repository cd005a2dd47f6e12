import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import { type ArenaSpec, arenaKernel, forEachTrainable, hyperSize } from './arena.ts';
import type { UpdateRule } from './update-rules.ts';

/** An arena and the optimiser that runs over it. */
export interface UpdateSpec extends ArenaSpec {
  /** One of `updateRules`. */
  readonly rule: UpdateRule;
}

/**
 * One step of an optimiser over all parameters, in PyTorch's order of operations: see its row.
 * Bindings: parameters, gradients, what the rule keeps (under its names), groups (u32 per block), hyper (8 floats per
 * group).
 */
export function update({ blocks, rule }: UpdateSpec, machine: Machine = machines.gpu): Kernel {
  const { about, hyper, state, update: text, flop } = rule.row;
  const floats = blocks * 64;
  const arena = 'array<vec4<f32>>';
  return arenaKernel({
    name: `${rule.rule}Update`,
    about: `
${about}
parameters, gradients, ${state.join(', ')}: arenas of ${floats} floats
hyper: per group ${hyper}`,
    bindings: [
      readsWrites('parameters', arena),
      reads('gradients', arena),
      ...state.map((name) => readsWrites(`${name}s`, arena)),
      reads('groups', 'array<u32>'),
      reads('hyper', 'array<f32>'),
    ],
    blocks,
    machine,
    setup: Array.from({ length: hyperSize }, (_, k) => `let h${k} = hyper[group * ${hyperSize}u + ${k}u];`)
      .filter((_, k) => new RegExp(`\\bh${k}\\b`).test(text))
      .join('\n'),
    each: `
let p = parameters[at];
var g = gradients[at];
${state.map((name) => `var ${name} = ${name}s[at];`).join('\n')}
${text.trim()}
${state.map((name) => `${name}s[at] = ${name};`).join('\n')}
parameters[at] = next;`,
    flop: flop * floats,
    bytes: 4 * (3 + 2 * state.length) * floats + 4 * blocks,
  });
}

/** The float64 twin of `update`: changes `parameters` and the kept arenas in place. */
export function updateOracle(
  { row }: UpdateRule,
  arenas: {
    readonly parameters: Float64Array;
    readonly gradients: ArrayLike<number>;
    readonly kept: readonly Float64Array[];
    readonly groups: ArrayLike<number>;
    readonly hyper: ArrayLike<number>;
  },
): void {
  const { parameters, gradients, kept, groups, hyper } = arenas;
  forEachTrainable(groups, (i, group) => {
    const own = Array.from({ length: hyperSize }, (_, k) => hyper[group * hyperSize + k]);
    const element = { p: parameters[i], g: gradients[i], kept: kept.map((arena) => arena[i]) };
    row.oracle(element, own);
    parameters[i] = element.p;
    for (const [k, value] of element.kept.entries()) kept[k][i] = value;
  });
}
