/** The two nets that are compared: A and B, each at the X-ray that is looked at, and their difference. */
import { computed, signal } from '@preact/signals';
import type { LayerView, Values, Walk } from '../../playground/training.ts';
import { type Curves, curves, otherCurves, snapshot } from '../../store.ts';

/** One of the two nets. */
export interface SideView {
  readonly steps: number;
  readonly trace: string;
  readonly walk: Walk;
}

export interface Sides {
  /** Two steps of one run, or two runs at one step. */
  readonly kind: 'pin' | 'fork';
  readonly a: SideView;
  readonly b: SideView;
  /** Of a fork: largest changes of weights since, layer by layer. */
  readonly moved: { readonly a: readonly number[]; readonly b: readonly number[] } | undefined;
}

/**
 * A and B, if there are two. Of two runs A is the first one. Of two steps A is the pinned one, and B the one that is
 * looked at: so the difference, B − A, says what became of A.
 */
export const sides = computed<Sides | undefined>(() => {
  const now = snapshot.value;
  if (!now?.other) return undefined;
  const { kind, moved, ...other } = now.other;
  const [a, b] = kind === 'fork' ? [now, other] : [other, now];
  return { kind, moved, a, b };
});

/** Whether steps or runs are compared now: it changes more seldom than the nets do. */
const kind = computed(() => snapshot.value?.other?.kind);

/** A run, or a step of one, in charts. */
export interface Drawn {
  readonly side: 'a' | 'b';
  readonly curves: Curves;
}

/** What charts are drawn of: A and B if two are compared. */
export const drawn = computed<{ readonly kind?: Sides['kind']; readonly nets: readonly Drawn[] }>(() => {
  const [own, second] = [curves.value, otherCurves.value];
  if (!kind.value || !second) return { nets: [{ side: 'a', curves: own }] };
  const [a, b] = kind.value === 'fork' ? [own, second] : [second, own];
  return {
    kind: kind.value,
    nets: [
      { side: 'a', curves: a },
      { side: 'b', curves: b },
    ],
  };
});

/** The step that is looked at, if it is not the last and nothing runs. */
export const pastStep = computed(() => {
  const now = snapshot.value;
  return now && !now.playing && now.steps < now.last ? now.steps : undefined;
});

export const choices = ['a', 'b', 'difference'] as const;
/** What the net is drawn of, when two are compared. */
export const choice = signal<(typeof choices)[number]>('b');

/** What the net is drawn of. */
export const shown = computed<Walk | undefined>(() => {
  const both = sides.value;
  if (!both) return snapshot.value?.walk;
  const { a, b } = both;
  if (choice.value === 'difference') return differenceOf(a.walk, b.walk);
  return choice.value === 'a' ? a.walk : b.walk;
});

/** The layer of another net that is the same: of its kind the one with its number. */
export function sameLayer({ layers }: Walk, { kind, number }: LayerView): LayerView | undefined {
  return layers.find((layer) => layer.kind === kind && layer.number === number);
}

/** B − A, in those layers that both have. */
export function differenceOf(a: Walk, b: Walk): Walk {
  const layers = b.layers.flatMap((layer): LayerView[] => {
    const before = sameLayer(a, layer);
    const output = before && minus(layer.output, before.output);
    if (!output) return [];
    const { kind, number } = layer;
    return [
      {
        kind,
        number,
        output,
        weight: minus(layer.weight, before.weight),
        bias: minus(layer.bias, before.bias),
      },
    ];
  });
  return { input: b.input, layers, probabilities: b.probabilities };
}

export function minus(a: Values | null | undefined, b: Values | null | undefined): Values | null {
  if (!a || !b || String(a.shape) !== String(b.shape)) return null;
  return { shape: a.shape, values: a.values.map((value, i) => value - b.values[i]) };
}
