/**
 * Figures in documents, computed once more from the result files by other code than that which writes the tables: a
 * column that holds another figure than its title says would be written and compared without complaint.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(resolve(root, path), 'utf8');

type Result = Readonly<Record<string, unknown>>;
const runs = (name: string): readonly { readonly results: readonly Result[] }[] =>
  JSON.parse(read(`docs/measurements/data/${name}.json`)).runs;

/** Rows of the tables of a block, by the titles of their columns. */
function rowsOf(page: string, block: string): Readonly<Record<string, string>>[] {
  const text = read(page).split(`<!-- measured: ${block} -->`)[1].split('<!-- end -->')[0];
  return text.split(/\n\n/).flatMap((part) => {
    const lines = part
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('|'));
    const [titles, , ...cells] = lines.map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
    return cells.map((row) => Object.fromEntries(row.map((cell, i) => [titles[i], cell])));
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length;
function meanAndDeviation(values: readonly number[]): string {
  const deviation = Math.sqrt(
    (mean(values.map((value) => (value - mean(values)) ** 2)) * values.length) / (values.length - 1),
  );
  return [mean(values), deviation].map((value) => value.toFixed(3).slice(1)).join(' ± ');
}

describe('the tables of the practical', () => {
  const nets = runs('practical')[0].results.filter(({ variant }) => variant);
  const over = (name: string, key: string) =>
    nets.filter((net) => net.name === name).map((net) => Number(net[key]));

  it('have mean and deviation over the seeds of what their titles say', () => {
    const rows = rowsOf('docs/measurements/practical.md', 'practical');
    expect(rows.map(({ net }) => net)).toEqual([...new Set(nets.map(({ name }) => name))]);
    for (const { net, ...cells } of rows) {
      expect(cells).toEqual({
        'test AUC': meanAndDeviation(over(net, 'auc')),
        accuracy: meanAndDeviation(over(net, 'accuracy')),
        "accuracy, validation's threshold": meanAndDeviation(over(net, 'accuracyAtValThreshold')),
        epochs: mean(over(net, 'epochs')).toFixed(0),
      });
    }
  });

  it.each(['README.md', 'docs/measurements/practical.md'])(
    '%s: beside PyTorch have the same, and what PyTorch gave',
    (page) => {
      const rows = rowsOf(page, 'practical-pytorch');
      const pytorch = runs('practical-pytorch')[0].results;
      expect(rows.length).toBe(pytorch.length);
      for (const { net, ...cells } of rows) {
        const { variant } = nets.find(({ name }) => name === net)!;
        const theirs = pytorch.find((one) => one.variant === variant)!;
        const pair = (key: string) =>
          (theirs[key] as number[]).map((value) => value.toFixed(3).slice(1)).join(' ± ');
        expect(cells).toEqual({
          'test AUC': meanAndDeviation(over(net, 'auc')),
          accuracy: meanAndDeviation(over(net, 'accuracy')),
          'PyTorch AUC': pair('auc'),
          'PyTorch accuracy': pair('accuracy'),
        });
      }
    },
  );
});

describe("the table of MedMNIST's benchmark", () => {
  const trained = runs('medmnist').flatMap(({ results }) => results.filter(({ kept }) => kept));

  it('has mean and deviation over the seeds, and the published cells', () => {
    const rows = rowsOf('docs/measurements/medmnist.md', 'medmnist');
    let checked = 0;
    for (const row of rows) {
      const [set, net, size] = row['set, net, size'].split(', ');
      const same = trained.filter(
        (one) =>
          one.set === set &&
          one.net === net &&
          one.size === size &&
          one.kept === row.kept &&
          one.mode === 'end-to-end' &&
          one.protocol === 'official',
      );
      // Other modes and the other protocol say so in the name.
      if (row['set, net, size'].split(', ').length > 3 || row['set, net, size'].includes('(')) continue;
      const over = (key: string) => {
        const values = same.map((one) => Number(one[key]));
        return values.length > 1 ? meanAndDeviation(values) : values[0].toFixed(3).slice(1);
      };
      const published = (key: string) =>
        same[0][key] === undefined ? '' : ` (${Number(same[0][key]).toFixed(3).slice(1)})`;
      expect(row).toMatchObject({
        'AUC (published)': over('auc') + published('publishedAuc'),
        'accuracy (published)': over('accuracy') + published('publishedAccuracy'),
        recall: over('meanRecall').split(' ±')[0],
        seeds: String(same.length),
      });
      checked += same.length;
    }
    expect(checked).toBe(
      trained.filter(({ mode, protocol }) => mode === 'end-to-end' && protocol === 'official').length,
    );
  });
});

describe('the tables of speed', () => {
  const compared = ['peers-pytorch', 'peers-wasm', 'peers-webgpu'].flatMap((name) =>
    runs(name).flatMap(({ results }) => results),
  );
  const range = (values: readonly number[], digits: number) =>
    [...new Set([Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits)))].join(
      ' - ',
    );

  /** By the words of the README. */
  const cases: Readonly<Record<string, string>> = {
    'practical-net': 'practical-net',
    autoencoder: 'autoencoder',
    'MedMNIST net': 'medmnist-net',
  };
  const tasks: Readonly<Record<string, string>> = { training: 'train', inference: 'infer' };
  const peers: Readonly<Record<string, readonly string[]>> = {
    'PyTorch 1.13 on the CPU': ['pytorch'],
    'PyTorch, tensors in memory': ['pytorch'],
    'PyTorch, Dataset and DataLoader as in a notebook': ['pytorch-notebook'],
    'jax-js on WebAssembly, in its best form': ['jax-wasm-slices-threads'],
    'TensorFlow.js': ['tfjs-webgpu'],
    'jax-js, two forms': ['jax-webgpu-lax', 'jax-webgpu-slices'],
  };

  it('README.md: ratios are of the net, the task, the batch and the peer that the row names', () => {
    let [what, whom] = ['', ''];
    const rows = rowsOf('README.md', 'readme-speed');
    expect(rows.length).toBeGreaterThan(9);
    for (const row of rows) {
      if (row['net and task'] !== 'the same') what = row['net and task'];
      if (row['compared with'] !== 'the same') whom = row['compared with'];
      const [, net, task, batch] = what.match(/^(.*?), (training|inference), batch (\d+)/) ?? [];
      const ratios = compared
        .filter((one) => peers[whom].includes(String(one.peer)))
        .filter((one) =>
          net
            ? one.case === cases[net] && one.task === tasks[task] && one.batch === Number(batch)
            : one.task === 'epoch',
        )
        .flatMap(({ ratio }) => (typeof ratio === 'number' ? [ratio] : []));
      expect(row.ratio, `${what}: ${whom}`).toBe(range(ratios, Math.max(...ratios) < 10 ? 1 : 0));
    }
  });

  it('ratios of other runs are of the same comparison', () => {
    const [first, ...others] = runs('peers-pytorch');
    const rows = rowsOf('docs/measurements/speed.md', 'peers-pytorch');
    expect(rows.length).toBe(first.results.length);
    for (const row of rows) {
      const same = others.flatMap(({ results }) =>
        results.filter((one) =>
          ['case', 'task', 'batch', 'peer'].every((key) => String(one[key]) === row[key]),
        ),
      );
      const ratios = same.map(({ ratio }) => Number(ratio));
      // One run has no others, and no column for them.
      expect(row['other runs']).toBe(others.length > 0 ? range(ratios, 2) : undefined);
    }
  });

  it.each(['step', 'sweep', 'peers-pytorch', 'peers-wasm', 'peers-webgpu'])(
    '%s: a median lies between its quartiles',
    (block) => {
      let checked = 0;
      for (const row of rowsOf('docs/measurements/speed.md', block)) {
        const titles = Object.keys(row);
        if (!titles.includes('quartiles')) continue;
        // The table of the sweep has two such columns: the last one is in the row.
        const of = block === 'sweep' ? '2 threads, images/s' : titles[titles.indexOf('quartiles') - 1];
        const [low, high] = row.quartiles.split(' - ').map(Number);
        expect(low, JSON.stringify(row)).toBeLessThanOrEqual(Number(row[of]));
        expect(high, JSON.stringify(row)).toBeGreaterThanOrEqual(Number(row[of]));
        checked++;
      }
      expect(checked).toBeGreaterThan(2);
    },
  );
});
