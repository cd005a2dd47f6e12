/** What task 1a trains. */
import { COLOURS } from '../../figures/style.ts';
import type { LabelWords } from '../../training/data.ts';
import { fewImages } from '../../training/data.ts';
import { keptByAuc, type Protocol, type TaskRecipe, wholeNet } from '../../training/recipe.ts';

export const scratch = '1a-scratch';

/** A net from scratch, kept by validation loss and by validation AUC. */
export function recipes(protocol: Protocol, { few }: LabelWords): readonly TaskRecipe[] {
  const byLoss: TaskRecipe = {
    variant: scratch,
    name: `Chest, ${few}, from scratch`,
    target: 'chest',
    colour: COLOURS.blue,
    firstImages: fewImages,
    encoderOf: 'random',
    phases: [wholeNet(protocol)],
  };
  return [byLoss, keptByAuc(byLoss, COLOURS.violet)];
}
