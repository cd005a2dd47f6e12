import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, readSafetensors, writeSafetensors } from '../../src/checkpoint/index.ts';
import type { HostTensor } from '../../src/module/state-dict.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

const tensors = (value: number) =>
  new Map<string, HostTensor>([['a', { dtype: 'F32', shape: [1], data: Float32Array.of(value) }]]);

describe('checkpoint files', () => {
  it('are written whole and leave nothing aside', async () => {
    const path = join(folder, 'whole.safetensors');
    await writeSafetensors(path, tensors(1));
    await writeSafetensors(path, tensors(2), { note: 'second' });
    const { tensors: read, metadata } = await readSafetensors(path);
    expect(read.get('a')!.data[0]).toBe(2);
    expect(metadata.get('note')).toBe('second');
    expect(await readdir(folder)).toEqual(['whole.safetensors']);
  });

  it('keep the old file when writing fails', async () => {
    const path = join(folder, 'kept');
    // A folder of the same name cannot be replaced by a file.
    const blocked = join(folder, 'blocked', 'inside');
    await writeFile(path, 'old');
    await expect(writeSafetensors(join(path, 'below-a-file'), tensors(1))).rejects.toThrow(CheckpointError);
    await expect(writeSafetensors(blocked, tensors(1))).rejects.toThrow(/cannot be written .*untouched/);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('name the file when reading fails', async () => {
    await expect(readSafetensors(join(folder, 'absent'))).rejects.toThrow(
      /absent: cannot be read .*Check the path/,
    );
  });
});
