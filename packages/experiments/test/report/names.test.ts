import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { buildAnswers, buildReport, collectFigures } from '../../src/pages/index.ts';
import { nameOf } from '../../src/report/data-names.ts';
import { analyse, type DataFile, type RunResults } from '../../src/report/index.ts';
import { fakeRun } from './fake-run.ts';

const file = (given: Partial<DataFile>): DataFile[] => [
  {
    target: 'chest',
    file: 'mine.npz',
    md5: '0',
    kind: 'real',
    images: { train: 1, val: 1, test: 1 },
    ...given,
  },
];

describe('what images are called', () => {
  it.each([
    [{ published: 'ChestMNIST' }, 'ChestMNIST', 'ChestMNIST as published'],
    [
      { file: 'chestmnist-nih-subset.npz', format: 'ChestMNIST' },
      'chestmnist-nih-subset.npz',
      'chestmnist-nih-subset.npz (in ChestMNIST’s format, not the published file)',
    ],
    [{}, 'mine.npz', 'mine.npz (not the published file)'],
    [
      { file: 'retinamnist.npz', published: 'retinamnist' },
      'retinamnist.npz',
      'retinamnist.npz (retinamnist as published, not ChestMNIST)',
    ],
    // A file that only bears the name.
    [
      { file: 'chestmnist.npz', format: 'ChestMNIST' },
      'chestmnist.npz (not as published)',
      'chestmnist.npz (in ChestMNIST’s format, not the published file)',
    ],
    [{ kind: 'synthetic' as const }, 'chest phantoms', 'chest phantoms (generated images, not patients)'],
    // No mark of a generated file makes it a published one.
    [
      { kind: 'synthetic' as const, published: 'ChestMNIST' },
      'chest phantoms',
      'chest phantoms (generated images, not patients)',
    ],
  ])('%j', (given, short, long) => {
    expect(nameOf(file(given), 'chest')).toEqual({ short, long, published: short === 'ChestMNIST' });
  });

  it('is no set that nobody told of', () => {
    expect(nameOf([], 'pneumonia')).toMatchObject({ short: 'pneumonia images', published: false });
  });

  it('stays short in a heading', () => {
    const long = nameOf(file({ file: `${'x'.repeat(300)}.npz` }), 'chest');
    expect(long.short.length).toBeLessThan(50);
    expect(long.short).toMatch(/^x+…x+\.npz$/);
  });
});

/** What may speak of the published sets on a page about other images. */
const ALLOWED = [
  /The sheet asks: [^<]*?(?=<)/g,
  /in (Chest|Pneumonia)MNIST’s format/g,
  /The images standing in for [\w ]+ are phantoms/g,
  /A published ResNet-18 has accuracy \.947 on ChestMNIST’s own test set/g,
  /The published ChestMNIST figures/g,
  /ChestMNIST, 14 findings: AUC/g,
  /\((MedMNIST v2|MedMNIST\+)\), on PneumoniaMNIST/g,
];

function claims(run: RunResults): string[] {
  const analysis = analyse(run, { resamples: 20 });
  const pages = [buildReport(run, analysis), buildAnswers(run, analysis)];
  const figures = [...collectFigures(run, analysis).values()];
  const texts = [
    ...pages,
    ...figures.flatMap(({ title, subtitle, alt, body }) => [title, subtitle ?? '', alt, body]),
  ];
  return texts.flatMap((text) => {
    const left = ALLOWED.reduce((rest, allowed) => rest.replace(allowed, ''), text);
    return [...left.matchAll(/.{0,60}(Chest|Pneumonia)MNIST.{0,30}/g)].map(([found]) => found);
  });
}

describe('no heading, caption, table or figure calls images what they are not', () => {
  const small = { points: 16, iterations: 5, seeds: 1 } as const;

  it('a chest file of one’s own beside the published pneumonia images', () => {
    const found = claims(fakeRun(small)).filter((text) => !/PneumoniaMNIST/.test(text));
    expect(found).toEqual([]);
  });

  it('two files of one’s own', () => {
    const run = fakeRun(small);
    run.data[1] = { ...run.data[1], published: undefined, format: 'PneumoniaMNIST', file: 'children.npz' };
    expect(claims(run)).toEqual([]);
    const { document } = parseHTML(buildReport(run, analyse(run, { resamples: 20 })));
    expect(document.querySelector('#published')!.textContent).toContain('belong to another test set');
    expect(document.querySelector('#fig-pneumonia-comparison')!.textContent).not.toContain('published');
  });

  it('phantoms', () => {
    const run = fakeRun({ ...small, synthetic: true });
    expect(claims(run)).toEqual([]);
    expect(buildReport(run)).toContain('Confusion on chest phantoms');
  });

  it('the published sets under their names', () => {
    const run = fakeRun(small);
    run.data[0] = { ...run.data[0], published: 'ChestMNIST', format: undefined, file: 'chestmnist.npz' };
    const { document } = parseHTML(buildReport(run, analyse(run, { resamples: 20 })));
    const captions = Array.from(document.querySelectorAll('figcaption b'), (node) => node.textContent);
    expect(captions).toContain('Confusion on ChestMNIST.');
    expect(document.querySelector('.banner')).toBeNull();
    expect(document.querySelector('#fig-chest-confusion svg')!.getAttribute('aria-label')).toMatch(
      /^Confusion on ChestMNIST\. /,
    );
  });
});

describe('how many images were used', () => {
  it('says of what, and never “all” of a part', () => {
    const run = fakeRun({ points: 16, iterations: 5, seeds: 1 });
    for (const row of run.rows) {
      if (row.target === 'pneumonia') row.training.trainImages = 2000;
    }
    const html = buildReport(run, analyse(run, { resamples: 20 }));
    expect(html).toContain('2,000 of 4,708 images (pneumonia)');
    expect(html).not.toMatch(/all 4,708|all 2,000/);
    expect(html).toContain('all 1,371 images');
    expect(html).toContain('4,708 (2,000)');
  });
});
