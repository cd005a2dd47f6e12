/** What task 1c trains after the autoencoder. */
import { COLOURS } from '../../figures/style.ts';
import { fewImages, type LabelWords } from '../../training/data.ts';
import { keptByAuc, type Protocol, type TaskRecipe, wholeNet } from '../../training/recipe.ts';

export const pretrained = '1c-autoencoder';

/** A net that starts from the autoencoder's convolutions, kept by validation loss and by validation AUC. */
export function recipes(protocol: Protocol, { few }: LabelWords): readonly TaskRecipe[] {
  const byLoss: TaskRecipe = {
    variant: pretrained,
    name: `Chest, ${few}, autoencoder weights`,
    target: 'chest',
    colour: COLOURS.orange,
    firstImages: fewImages,
    encoderOf: 'autoencoder',
    phases: [wholeNet(protocol)],
  };
  return [byLoss, keptByAuc(byLoss, COLOURS.pink)];
}
