import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import { describe, expect, it } from 'vitest';
import { helpLines, integer, parse, seconds, word, words } from '../src/cli/args.ts';
import { describeMachine } from '../src/machine.ts';
import { type Chart, Plot, renderPng, renderSvg } from '../src/output/chart.ts';
import { Output } from '../src/output/output.ts';
import { type Column, markdownTable, table } from '../src/output/table.ts';
import { readResults } from '../src/results/file.ts';

const src = resolve(import.meta.dirname, '../src');

describe('table', () => {
  it('puts words to the left and numbers to the right', () => {
    const rows = [
      { name: 'a', ms: 1.234 },
      { name: 'longer', ms: 123.4 },
      { name: 'none', ms: Number.NaN },
    ];
    const columns: readonly Column<(typeof rows)[0]>[] = [
      { title: 'name', value: (r) => r.name },
      { title: 'ms', value: (r) => r.ms, digits: 1 },
    ];
    expect(markdownTable(rows.slice(0, 1), columns)).toBe('| name | ms |\n| --- | ---: |\n| a | 1.2 |');
    const text = table(rows, columns);
    expect(text.split('\n')).toEqual(['name       ms', 'a         1.2', 'longer  123.4', 'none        -']);
  });
});

describe('chart', () => {
  const chart: Chart = {
    id: 'test',
    title: 'a < b & "c"',
    subtitle: 'nothing',
    legend: [{ label: 'one', colour: '#0072b2' }],
    plot: { width: 200, height: 100, marks: [Plot.dot([{ x: 1, y: 2 }], { x: 'x', y: 'y' })] },
  };

  it('is a standalone SVG with its title escaped', () => {
    const svg = renderSvg(chart);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(svg).toContain('<circle');
    expect(svg).not.toContain('<style');
  });

  it('carries the word BUSY, and its numbers and tables too, where the machine was busy', () => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-output-'));
    try {
      for (const busy of [true, false]) {
        const machine = { ...describeMachine(), load: 7.5, busy };
        // --json: nothing but results goes to the terminal.
        const output = new Output({ command: 'npm run bench -- test', json: true, folder, machine });
        output.table('one', [{ ms: 1 }], [{ title: 'ms', value: (row) => row.ms }]);
        output.save('test', [{ ms: 1 }], [chart, { ...chart, id: 'other', legend: undefined }]);
        for (const name of ['test.svg', 'other.svg', 'test.md']) {
          const text = readFileSync(join(folder, name), 'utf8');
          expect(text.includes('BUSY, load 7.5'), `${name}, busy: ${busy}`).toBe(busy);
        }
        expect(readResults(join(folder, 'test.json'))[0].machine!.busy).toBe(busy);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is written by nothing but the output that knows the machine', () => {
    const sources = globSync('**/*.ts', { cwd: src }).filter((file) => {
      return /\brenderSvg\(/.test(readFileSync(join(src, file), 'utf8'));
    });
    expect(sources.map((file) => file.replaceAll('\\', '/')).sort()).toEqual([
      'output/chart.ts',
      'output/output.ts',
    ]);
  });

  it('becomes a PNG of twice its size', () => {
    const png = renderPng(renderSvg(chart));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(2 * (200 + 32));
  });
});

describe('command line', () => {
  const options = {
    device: { type: 'string', value: 'KIND', help: 'which' },
    json: { type: 'boolean', help: 'lines' },
  } as const;

  it('takes what it knows and names what it does not', () => {
    expect(parse(['--device', 'wasm', '--json'], options)).toEqual({ device: 'wasm', json: true });
    expect(() => parse(['--devise', 'wasm'], options)).toThrow(/--devise/);
    expect(() => parse(['--device'], options)).toThrow(UsageError);
    expect(() => parse(['stray'], options)).toThrow(UsageError);
  });

  it('refuses values out of range, and says what it expects', () => {
    expect(word({}, 'device', ['auto', 'wasm'], 'auto')).toBe('auto');
    expect(() => word({ device: 'gpu' }, 'device', ['auto', 'wasm'], 'auto')).toThrow('auto | wasm');
    expect(words({}, 'case', ['a', 'b'])).toEqual(['a', 'b']);
    expect(words({ case: 'b' }, 'case', ['a', 'b'])).toEqual(['b']);
    expect(() => words({ case: 'a,c' }, 'case', ['a', 'b'])).toThrow('--case c');
    expect(integer({ batch: '64' }, 'batch')).toBe(64);
    expect(integer({}, 'batch')).toBeUndefined();
    for (const batch of ['0', '-1', '1.5', 'x', '']) {
      expect(() => integer({ batch }, 'batch')).toThrow(UsageError);
    }
    expect(seconds({ seconds: '0.5' }, 'seconds', 3)).toBe(0.5);
    expect(() => seconds({ seconds: '0' }, 'seconds', 3)).toThrow(UsageError);
    expect(() => seconds({ seconds: 'soon' }, 'seconds', 3)).toThrow(UsageError);
  });

  it('explains every option', () => {
    expect(helpLines(options)).toBe('  --device KIND  which\n  --json         lines');
  });
});
