import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Sources, saysWhatItIs } from '../src/exported.ts';
import { publishedEntries, root } from '../src/project.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-exported-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what published packages export', () => {
  const sources = new Sources(
    root,
    publishedEntries().map(({ file }) => file),
  );
  const exported = sources.exported();

  it('is found: functions, classes, methods, members of options, types, ops as methods', () => {
    const names = new Set(exported.map(({ name }) => name));
    for (const name of ['openRuntime', 'Tensor', 'Tensor.item', 'Tensor.relu', 'nn.Conv2d', 'nn.SgdHyper.lr'])
      expect(names).toContain(name);
    expect(exported.length).toBeGreaterThan(2500);
  });

  it('says what it is, in a sentence for each name', () => {
    const bare = exported.filter((each) => !saysWhatItIs(each));
    expect(bare.map(({ name, place }) => `${name} (${place})`)).toEqual([]);
  });

  it('begins no sentence with [N]: a colon after brackets names a place in Markdown', () => {
    expect(
      exported.filter(({ sentence }) => /^\[[^\]]+\]: /m.test(sentence)).map(({ name }) => name),
    ).toEqual([]);
  });

  it('has no {@link} that leads nowhere', () => {
    expect(sources.brokenLinks()).toEqual([]);
  });
});

describe('a package with faults', () => {
  const source = join(folder, 'packages', 'faulty', 'src', 'index.ts');
  mkdirSync(join(source, '..'), { recursive: true });
  writeFileSync(
    source,
    `
export interface Options {
  readonly bare?: number;
  /** How long it is, in pixels. */
  readonly said?: number;
  /** [N,C]. Default none. */
  readonly onlyDefault?: number;
}
/** It is kept, see {@link Options} and {@link Nothing}. */
export class Base {
  /** Does the work. */
  work(): void {}
  private hidden = 1;
  #own = this.hidden;
}
/** It inherits a sentence. */
export class Derived extends Base {
  override work(): void {}
  more(): void {}
}
export type { Options as Renamed };
export const value = 1;
`,
  );
  const sources = new Sources(folder, [source]);

  it('names each thing without a sentence, and nothing that is private', () => {
    const bare = sources.exported().filter((each) => !saysWhatItIs(each));
    expect(bare.map(({ name, place }) => `${name} ${place}`)).toEqual([
      'Options packages/faulty/src/index.ts:2',
      'Options.bare packages/faulty/src/index.ts:3',
      'Options.onlyDefault packages/faulty/src/index.ts:7',
      'Derived.more packages/faulty/src/index.ts:19',
      'value packages/faulty/src/index.ts:22',
    ]);
  });

  it('names the link that leads nowhere', () => {
    expect(sources.brokenLinks()).toEqual([{ name: 'Nothing', place: 'packages/faulty/src/index.ts:9' }]);
  });
});
