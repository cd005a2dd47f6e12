/** Counts of the conformance suite's test files: how they become lines of a table. */
import { describe, expect, it } from 'vitest';
import {
  type ConformanceGroup,
  type KeptGroup,
  USUAL,
} from '../../../../benchmarks/src/measurements/conformance.ts';
import { type FileCounts, grouped, keptOf, subjectOf } from '../../conformance/counts.ts';

const row = (values: Partial<FileCounts>): FileCounts => ({
  file: 'shader/execution/a',
  suite: 'abc',
  commit: 'def',
  subcases: 10,
  every: 1,
  passed: 0,
  failed: 0,
  rendering: 0,
  skipped: {},
  failures: {},
  ...values,
});

describe('the counts of files', () => {
  it('are added up, and shares count each file with all of its subcases', () => {
    const rows = [
      row({ passed: 8, failed: 1, skipped: { why: 1 } }),
      row({ subcases: 1000, every: 100, passed: 5, rendering: 2, skipped: { why: 2, other: 1 } }),
    ];
    expect(grouped('both', rows)).toEqual({
      title: 'both',
      files: 2,
      subcases: 1010,
      run: 20,
      passed: 13,
      failed: 1,
      rendering: 2,
      skipped: 4,
      // 301 of 10 + 800 that need no texture
      skippedShare: 37.2,
    });
    expect(grouped('none', [row({ rendering: 10 })]).skippedShare).toBeNull();
  });

  it('go to the subject of their folder, and builtin functions stand alone', () => {
    const subjects = {
      'api/operation/buffers/map': 'api/operation/buffers',
      'api/validation/createBindGroup': 'api/validation',
      'api/validation/encoding/cmds/clearBuffer': 'api/validation/encoding',
      'shader/execution/expression/access/matrix/index': 'shader/execution/expression/access',
      'shader/execution/expression/call/builtin/atomics/atomicAdd':
        'shader/execution/expression/call/builtin/atomics/atomicAdd',
      'shader/execution/expression/precedence': 'shader/execution/expression',
      'shader/execution/flow_control/if': 'shader/execution/flow_control',
      'shader/execution/padding': 'shader/execution',
      'shader/validation/expression/call/builtin/abs': 'shader/validation/expression/call/builtin',
      'shader/validation/parse/literal': 'shader/validation/parse',
    };
    for (const [file, subject] of Object.entries(subjects)) expect(subjectOf(file)).toBe(subject);
  });

  it('are kept with every file in one part and in one subject', () => {
    const files = [
      'api/operation/a',
      'shader/execution/b',
      'shader/execution/statement/c',
      'api/operation/d/e',
    ];
    const rows = files.map((file, n) =>
      row({ file, passed: 10 * n, rendering: n === 3 ? 0 : 1, every: 1 + n }),
    );
    const kept = keptOf(rows);
    expect(kept[0]).toEqual({ suite: 'abc', commits: 'def', every: 4 });
    const groups = kept
      .filter((each): each is KeptGroup => 'title' in each)
      .map((group): ConformanceGroup => ({ ...USUAL, ...group }));
    const total = (part: boolean) =>
      groups
        .filter((group) => Boolean(group.part) === part && group.title !== 'in all')
        .reduce((all, { files, passed }) => [all[0] + files, all[1] + passed], [0, 0]);
    expect(total(true)).toEqual([4, 60]);
    expect(total(false)).toEqual([4, 60]);
    // A subject without anything that could run has no line of its own.
    expect(groups.at(-1)).toMatchObject({ title: '1 others, wholly of textures or rendering', rendering: 1 });
  });

  it('keep what failed, and most reasons, by how often', () => {
    const kept = keptOf([
      row({ failed: 2, failures: { 'x,y': 2 }, skipped: { rare: 1, often: 3 } }),
      row({ file: 'shader/execution/b', skipped: { rare: 1 } }),
    ]);
    expect(kept.slice(-3)).toEqual([
      { test: 'shader/execution/a:x,y', failed: 2 },
      { reason: 'often', subcases: 3 },
      { reason: 'rare', subcases: 2 },
    ]);
  });
});
