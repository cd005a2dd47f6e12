import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TASK_IDS } from '@glassbox/experiments';
import { tasks } from '@glassbox/experiments/page';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { RunFolder } from '../../../packages/experiments/src/run/folder.ts';
import { workFolder } from '../../../packages/experiments/test/run/support.ts';
import { fieldsOf, readFields } from '../../src/rooms/practical/address.ts';
import { defaultChoice, isChoice } from '../../src/rooms/practical/choice.ts';
import { targetOf } from '../../src/rooms/practical/file-names.ts';
import { PageStore } from '../../src/rooms/practical/page-store.ts';
import { builtOn, taskIds } from '../../src/rooms/practical/tasks.ts';

const { work, remove } = workFolder();
afterAll(remove);

describe('what the room knows of the practical', () => {
  it('lists its tasks, and what they are built on', () => {
    expect(taskIds).toEqual(TASK_IDS);
    const based = tasks.map((task) => [
      task.id,
      ((task as { builtOn?: readonly { id: string }[] }).builtOn ?? []).map(({ id }) => id),
    ]);
    expect(Object.entries(builtOn)).toEqual(expect.arrayContaining(based));
  });

  it('keeps a choice in the address', () => {
    const choices = fc.record({
      tasks: fc.subarray([...taskIds], { minLength: 1 }),
      budget: fc.constantFrom('quick', 'full'),
      seeds: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(choices, (choice) => {
        const fields = Object.entries(fieldsOf(choice)).filter(([, value]) => value !== undefined);
        expect(readFields(Object.fromEntries(fields) as Record<string, string>)).toEqual({
          choice,
          problems: [],
        });
      }),
    );
    expect(Object.values(fieldsOf(defaultChoice))).toEqual([undefined, undefined, undefined]);
  });

  it('makes a choice of any address', () => {
    const texts = fc.dictionary(
      fc.constantFrom('practical.tasks', 'practical.budget', 'practical.seeds'),
      fc.oneof(fc.string(), fc.constantFrom('1a,1a', '1a', '', '1e3', '0', 'full')),
    );
    fc.assert(fc.property(texts, (fields) => isChoice(readFields(fields).choice)));
  });

  it('tells the two data sets by their names', () => {
    expect(
      ['chestmnist.npz', 'ChestMNIST-nih-subset.NPZ', 'my-pneumonia.npz', 'chest.png', 'a.npz'].map(targetOf),
    ).toEqual(['chest', 'chest', 'pneumonia', undefined, undefined]);
  });
});

describe('the files of a run in a page', () => {
  it('have the bytes of those in a folder: stages, weights, metrics', async () => {
    const folder = RunFolder.create(join(work, 'run'));
    const page = await PageStore.open(undefined);
    for (const store of [folder, page]) {
      expect(await store.stage('a', async () => ({ loss: [0.1, 2], name: 'ä' }))).toEqual({
        loss: [0.1, 2],
        name: 'ä',
      });
      expect(await store.stage('a', () => Promise.reject(new Error('computed twice')))).toMatchObject({
        name: 'ä',
      });
      const weight = { dtype: 'F32', shape: [2], data: Float32Array.of(1, -3) } as const;
      await store.writeTensors('checkpoints/w.safetensors', new Map([['w', weight]]), { seed: '1' });
      for (const epoch of [1, 2, 3, 2])
        await store.log('t', { epoch, trainLoss: epoch / 7, scores: { auc: 0.5 } } as never);
      expect(store.names('stages')).toEqual(['a.json']);
      await store.write('gone', 'x');
      await store.remove('gone');
      expect(store.has('gone')).toBe(false);
    }
    for (const name of ['stages/a.json', 'checkpoints/w.safetensors', 'metrics.jsonl', 'metrics.csv']) {
      expect([name, Buffer.from(page.read(name))]).toEqual([name, readFileSync(folder.file(name))]);
    }
    expect(() => page.readJson('nothing.json')).toThrow('nothing.json cannot be read (ENOENT)');
    await page.write(
      'stages/a.json',
      Buffer.from(page.read('stages/a.json')).toString().replace('0.1', '0.2'),
    );
    await expect(page.stage('a', async () => 0)).rejects.toThrow('does not match its checksum');
  });
});
