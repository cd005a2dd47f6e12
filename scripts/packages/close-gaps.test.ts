import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainJavaScript, root } from '../plain-javascript.ts';
import { blankDocumented, closeGaps } from './close-gaps.ts';

const close = (source: string) =>
  closeGaps(
    source,
    plainJavaScript(source, (name) => name),
  );

describe('gaps that types leave in JavaScript', () => {
  it('are closed; words stay apart, and lines of types alone go', () => {
    const source = [
      'interface Size {',
      '  readonly width: number;',
      '}',
      '',
      'export class Box<T> {',
      '  readonly #size: Size;',
      '  constructor(size: Size, name?: string) {',
      '    this.#size = size as Size;',
      "    const text: string = 'a    b';",
      '  }',
      '}',
    ].join('\n');
    const { text, place } = close(source);
    expect(text.split('\n')).toEqual([
      '',
      'export class Box {',
      '  #size;',
      '  constructor(size, name) {',
      '    this.#size = size;',
      "    const text = 'a    b';",
      '  }',
      '}',
    ]);
    expect(place(0, 0)).toBeUndefined();
    expect(place(5, '  readonly '.length)).toEqual([2, 2]);
    expect(place(8, '    const text: string '.length)).toEqual([5, '    const text '.length]);
  });

  it('every source of the packages: no character but blanks goes, and each is found at its place', () => {
    for (const file of globSync('packages/*/src/**/*.ts', { cwd: root })) {
      const source = readFileSync(join(root, file), 'utf8');
      const code = plainJavaScript(source, (name) => name);
      const { text, place } = closeGaps(source, code);
      expect(text.replace(/\s/g, ''), file).toBe(code.replace(/\s/g, ''));
      const lines = text.split('\n');
      code.split('\n').forEach((line, row) => {
        for (const { index: column } of line.matchAll(/\S+/g)) {
          const [newRow, newColumn] = place(row, column)!;
          if (lines[newRow][newColumn] !== line[column]) expect.fail(`${file}:${row + 1}:${column + 1}`);
        }
      });
    }
  });
});

describe('comments that the declarations have', () => {
  it('leave the code, with their lines; others stay', () => {
    const comment = (...lines: string[]) => ['/**', ...lines.map((line) => ` * ${line}`), ' */'];
    const [said, own] = [comment('A box.', '@throws never'), comment('How it is done.')];
    const code = [...said, 'export class Box {}', ...own, 'const depth = 3; /** Inside. */'].join('\n');
    const declarations = [...said, 'export declare class Box {}'].map((line) => `    ${line}`).join('\n');
    const { text, place } = closeGaps(code, blankDocumented(code, declarations));
    expect(text.split('\n')).toEqual(['export class Box {}', ...own, 'const depth = 3; /** Inside. */']);
    expect(place(said.length, 7)).toEqual([0, 7]);
    expect(blankDocumented(code, '')).toBe(code);
  });
});
