import type { GradientFacts, WantedFacts } from '../graph.ts';

/** A node of the graph as far as this table is concerned. */
interface Node {
  readonly name: string;
  readonly inputs: readonly { readonly node: Node | null; readonly requiresGrad: boolean }[];
}

/** One fact about a gradient: the ops that find it out on their way, and the ops to which it saves work. */
export interface FactRow {
  /** Whose gradient rules know it, about the gradient of their first input. */
  readonly knownBy: readonly string[];
  /** Whose gradient rules use it, about the gradient that they are given. */
  readonly usedBy: readonly string[];
  /** When they do, if not always. */
  readonly when?: (node: Node) => boolean;
  /** Ops through which a gradient of this kind passes as it is, with all that is known about it. */
  readonly unchangedBy?: readonly string[];
  /** Kernels that need not run. */
  readonly saves: RegExp;
  /** True if gradients agree with those without the fact to rounding only. Else they have the same bits. */
  readonly rounds?: true;
}

const batchNorms = ['batchNorm', 'batchNorm + relu', 'batchNorm + relu + maxPool2d'];

/**
 * All fusions of backward passes. `backward` asks a rule that is named in `knownBy` for the fact if the rule that is
 * next is named in `usedBy`, and hands it on. Where gradients of several uses are added, nothing is known of the sum.
 * A test runs each pair of a row with and without the fact.
 */
export const gradientFacts: Readonly<Record<keyof GradientFacts<unknown>, FactRow>> = {
  /** `backward` begins with ones. Cross-entropy has its gradient ready and need not multiply it by 1. */
  ones: { knownBy: ['backward'], usedBy: ['crossEntropy'], saves: /^mulForward$/ },

  /** Batch norm reads its input anyway, and applies the mask of the ReLU before it in the same pass. */
  masked: {
    knownBy: batchNorms,
    usedBy: ['relu', 'conv2d + relu', 'convTranspose2d + relu', 'linear + relu'],
    unchangedBy: ['relu'],
    saves: /^reluGradient$/,
  },

  /**
   * A bias's gradient is the sum of dy. Batch norm knows that sum: it takes every constant away, so it is 0, or
   * what the ReLU between them cut off. This is closer to the right sum than the sum of rounded gradients.
   */
  channelSum: {
    knownBy: batchNorms,
    usedBy: ['conv2d', 'conv2d + relu', 'convTranspose2d', 'convTranspose2d + relu'],
    when: ({ inputs: [, , bias] }) => bias?.requiresGrad ?? false,
    saves: /BiasGradient/,
    rounds: true,
  },
};

const rows = Object.entries(gradientFacts) as [keyof WantedFacts, FactRow][];
const known = new Set(rows.flatMap(([, { knownBy }]) => knownBy));
const nothing: WantedFacts = {};

/** True if the gradient rule of this op, or `backward` itself, knows something about gradients. */
export function knowsFacts(maker: string): boolean {
  return known.has(maker);
}

/** What the gradient rule of `node` would use of what the rule named `maker` knows about its gradient. */
export function wantedFacts(maker: string, node: Node | null): WantedFacts {
  if (!node) return nothing;
  const wanted: Partial<Record<keyof WantedFacts, boolean>> = {};
  for (const [fact, { knownBy, usedBy, when, unchangedBy }] of rows) {
    if (!knownBy.includes(maker)) continue;
    if (unchangedBy?.includes(node.name)) Object.assign(wanted, wantedFacts(maker, node.inputs[0].node));
    if (usedBy.includes(node.name) && (!when || when(node))) wanted[fact] = true;
  }
  return wanted;
}

/** True if a gradient about which this is known passes through the op as it is. */
export function passesThrough(name: string, facts: GradientFacts<unknown>): boolean {
  return rows.some(([fact, { unchangedBy }]) => facts[fact] && unchangedBy?.includes(name));
}
