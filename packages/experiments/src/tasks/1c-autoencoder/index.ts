/** Task 1c: weights that have seen images without labels. */
import { autoencoderCurvesFigure } from '../../figures/curves.ts';
import { reconstructionsFigure } from '../../figures/reconstructions.ts';
import { headline, standing, summaryLine } from '../../report/headline.ts';
import { lowData } from '../1a-low-data/index.ts';
import { scratch } from '../1a-low-data/recipes.ts';
import type { Task } from '../task.ts';
import { questions } from './answers.ts';
import { pretrained, recipes } from './recipes.ts';
import { section } from './section.ts';

export const autoencoder = {
  id: '1c',
  title: 'Autoencoder',
  asks:
    'write an autoencoder compatible with the net, with dropout; plot inputs and reconstructions; ' +
    'pre-train on the unlabelled images, transfer the weights, fine-tune on the 300 labels.',
  builtOn: [lowData],
  recipes,
  latentSpaces: ({ few }) => [
    { title: 'Chest, autoencoder (no labels)', target: 'chest', weightsOf: 'autoencoder' },
    { title: `Chest, autoencoder then ${few}`, target: 'chest', weightsOf: pretrained },
  ],
  figures({ results: { autoencoders }, names }) {
    const name = names.chest.short;
    const shown = autoencoders.find(({ examples }) => examples.length > 0);
    return [
      autoencoders.length > 0 && autoencoderCurvesFigure(autoencoders, name),
      shown && reconstructionsFigure(shown, name),
    ];
  },
  summary({ analysis }) {
    const tuned = headline(analysis, pretrained);
    return [tuned && summaryLine('With autoencoder weights', tuned, standing(analysis, pretrained, scratch))];
  },
  section,
  questions,
} as const satisfies Task;
