/**
 * Where in the code an answer is computed: file and line, looked up by what the line says when the report is written,
 * so that no edit of the code makes a link point elsewhere.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folder of the project, whose files a submission holds under `code/`. */
const root = resolve(import.meta.dirname, '../../../..');

/** One place in the code. */
export interface CodePlace {
  /** What is computed there, in words. */
  readonly what: string;
  /** Path in the project, with `/`. */
  readonly file: string;
  /** How the line begins, leading blanks aside. */
  readonly says: string;
}

/** A place with its line, from 1. */
export interface CodeLink extends CodePlace {
  readonly line: number;
  /** Address beside the report, in the run folder as in the submission. */
  readonly href: string;
}

const place = (what: string, file: string, says: string): CodePlace => ({
  what,
  file: `packages/${file}`,
  says,
});

/** What computes each answer of the practical. */
export const CODE_PLACES = {
  accuracy: [
    place('14 findings to one label', 'medmnist/src/labels.ts', 'export function toBinary('),
    place('accuracy', 'metrics/src/binary.ts', 'export function accuracyOf('),
    place('always healthy', 'metrics/src/labels.ts', 'export function alwaysHealthy('),
  ],
  selection: [
    place('early stopping', 'nn/src/fit/early-stopping.ts', 'export class EarlyStopping'),
    place('its use', 'experiments/src/tasks/train.ts', 'async function runPhase('),
  ],
  latent: [
    place('embedding', 'nn/src/nets/practical-net.ts', 'embed(x: Tensor): Tensor'),
    place('PCA', 'experiments/src/embedding/pca.ts', 'export function pca('),
    place('t-SNE', 'experiments/src/embedding/tsne.ts', 'export function tsne('),
    place('separation', 'metrics/src/separation.ts', 'export function measureSeparation('),
  ],
  autoencoder: [
    place('the net', 'nn/src/nets/autoencoder.ts', 'export class Autoencoder'),
    place('pre-training', 'experiments/src/tasks/autoencoder.ts', 'export function trainAutoencoder('),
    place('PSNR, SSIM', 'metrics/src/image.ts', 'export function scoreReconstructions('),
  ],
  tuned: [
    place('weights handed over', 'experiments/src/tasks/train.ts', 'async function startingNet('),
    place('the verdict', 'experiments/src/report/phrases.ts', 'export function conclude('),
  ],
  frozen: [
    place('freezing', 'experiments/src/tasks/train.ts', 'function freezeAllBut('),
    place('the recipe', 'experiments/src/tasks/recipes.ts', "variant: '2a-frozen-bn-eval',"),
  ],
  trainable: [
    place('the recipe', 'experiments/src/tasks/recipes.ts', "variant: '2b-trainable',"),
    place('paired intervals', 'experiments/src/report/statistics.ts', 'export function analyse('),
  ],
  comparedSpaces: [
    place('CKA', 'experiments/src/embedding/situation.ts', 'export function linearCka('),
    place('shared neighbours', 'metrics/src/separation.ts', 'export function neighbourOverlap('),
  ],
  bonus: [
    place('probe, then tune', 'experiments/src/tasks/recipes.ts', "variant: '3-linear-probe-fine-tune',"),
    place('unfreezing', 'experiments/src/tasks/recipes.ts', "variant: '3-gradual-unfreezing',"),
    place('rates by layer', 'experiments/src/tasks/recipes.ts', "variant: '3-discriminative-rates',"),
  ],
} as const satisfies Record<string, readonly CodePlace[]>;
export type AnswerId = keyof typeof CODE_PLACES;

/** The text of a file of the project. */
export function codeText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Finds a place's line. @throws if no line begins so, or more than one does */
export function locate(where: CodePlace): CodeLink {
  const { file, says } = where;
  const lines = codeText(file).split('\n');
  const found = lines.flatMap((line, i) => (line.trimStart().startsWith(says) ? [i + 1] : []));
  if (found.length !== 1) {
    throw new Error(
      `code: ${found.length} lines of ${file} begin with ${JSON.stringify(says)}; correct CODE_PLACES, which names the code behind the report's answers`,
    );
  }
  return { ...where, line: found[0], href: `code/${file}#L${found[0]}` };
}

/** The places behind an answer. */
export function codeLinks(id: AnswerId): CodeLink[] {
  return CODE_PLACES[id].map(locate);
}

/** Every file that an answer links to, once. */
export function linkedFiles(): string[] {
  return [...new Set(Object.values(CODE_PLACES).flatMap((places) => places.map(({ file }) => file)))].sort();
}
