/** Which formula makes a number. */
import type { Place } from '../../model/index.ts';
import { producerOf } from './producer.ts';
import type { RuleName } from './sentences.ts';
import type { LessonView } from './types.ts';

export interface Rule {
  readonly name: RuleName;
  /** The layer whose formula it is. */
  readonly layer: string;
}

type Kind = LessonView['layers'][number]['kind'];

const byKind: Readonly<Record<Kind, Readonly<Record<string, RuleName>>>> = {
  conv: {
    output: 'convOutput',
    inputGradient: 'convInputGradient',
    weightGradient: 'convWeightGradient',
    biasGradient: 'biasGradient',
  },
  relu: { output: 'reluOutput', inputGradient: 'reluInputGradient' },
  norm: {
    output: 'normOutput',
    inputGradient: 'normInputGradient',
    weightGradient: 'normWeightGradient',
    biasGradient: 'biasGradient',
    mean: 'normMean',
    deviation: 'normDeviation',
  },
  flatten: { output: 'flattenOutput', inputGradient: 'flattenInputGradient' },
  dropout: { output: 'dropoutOutput', inputGradient: 'dropoutInputGradient' },
  linear: {
    output: 'linearOutput',
    inputGradient: 'linearInputGradient',
    weightGradient: 'linearWeightGradient',
    biasGradient: 'biasGradient',
  },
  loss: { output: 'lossOutput', inputGradient: 'lossInputGradient', labels: 'labels' },
};

export function ruleOf(
  { layers }: LessonView,
  optimizer: 'sgd' | 'adam' | 'adamw',
  { layer: own, what: shown }: Pick<Place, 'layer' | 'what'>,
): Rule {
  const names = layers.map(({ name }) => name);
  let { layer, what } = producerOf(names, { layer: own, what: shown });
  const kindOf = (of: string | undefined) => layers.find(({ name }) => name === of)?.kind;
  // The kernel of batch norm takes the gradient of a ReLU in front of it along.
  const after = names[names.indexOf(layer) + 1];
  if (kindOf(layer) === 'relu' && what === 'inputGradient' && kindOf(after) === 'norm') layer = after;
  const kind = kindOf(layer) ?? 'loss';
  const name = (): RuleName => {
    if (what === 'input') return 'pixel';
    if (what === 'weight' || what === 'bias') return 'parameter';
    if (what.endsWith('After')) return optimizer;
    if (what.endsWith('Change')) return 'change';
    return byKind[kind][what] ?? 'intermediate';
  };
  return { name: name(), layer };
}
