import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAside, readWholeFile, writeAll, writeWholeFile } from '../src/index.ts';

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'glassbox-host-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'x'));
});

const bytes = (text: string) => new TextEncoder().encode(text);

describe('writeWholeFile', () => {
  it('replaces a file by bytes or by pieces, and leaves nothing beside it', async () => {
    const path = join(folder, 'file');
    await writeWholeFile(path, bytes('one'));
    expect(await readFile(path, 'utf8')).toBe('one');
    await writeWholeFile(path, async (write) => {
      for (const piece of ['t', 'w', 'o']) {
        await write(bytes(piece));
        // Until all is there a reader finds the old content, and what is written lies aside.
        expect(await readFile(path, 'utf8')).toBe('one');
        expect((await readdir(folder)).filter(isAside)).toHaveLength(1);
      }
    });
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('keeps the old file, and passes the error on, where writing fails at any point', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    const refuse = async (write: (piece: Uint8Array) => Promise<void>) => {
      await write(bytes('new'));
      throw new Error('no more');
    };
    await expect(writeWholeFile(path, refuse)).rejects.toThrow('no more');
    await expect(writeWholeFile(join(path, 'below'), bytes('x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(writeWholeFile(folder, bytes('x'))).rejects.toThrow(/rename/);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
    expect((await readdir(root)).filter(isAside)).toEqual([]);
  });

  it('ends with one whole content where several write at once', async () => {
    const path = join(folder, 'file');
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(contents.map((content) => writeWholeFile(path, bytes(content))));
    expect(contents).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('readWholeFile', () => {
  it('reads files of 2 GiB and more', async () => {
    const path = join(folder, 'large');
    const handle = await open(path, 'w');
    await handle.write(bytes('first'), 0, 5, 0);
    await handle.write(bytes('last'), 0, 4, 2 ** 31); // what lies between takes no place on the disk
    await handle.close();
    const found = await readWholeFile(path);
    expect(found.length).toBe(2 ** 31 + 4);
    const text = (from: number, to: number) => new TextDecoder().decode(found.subarray(from, to));
    expect([text(0, 5), text(2 ** 31, 2 ** 31 + 4)]).toEqual(['first', 'last']);
    await rm(path);
  });

  it('says what the system says of a file that is not there', async () => {
    await expect(readWholeFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('writeAll', () => {
  it.runIf(existsSync('/dev/full'))('passes on that the disk is full', async () => {
    await symlink('/dev/full', join(folder, 'full'));
    const handle = await open(join(folder, 'full'), 'w');
    await expect(writeAll(handle, new Uint8Array(1 << 16))).rejects.toMatchObject({ code: 'ENOSPC' });
    await handle.close();
  });

  it('writes what Node would not write at once in pieces', async () => {
    const lengths: number[] = [];
    const handle: Parameters<typeof writeAll>[0] = {
      write: async (_piece, _from, length) => {
        lengths.push(length);
        return { bytesWritten: length };
      },
    };
    await writeAll(handle, new Uint8Array(2 ** 31 + 5)); // nobody touches it: it takes no memory
    expect(lengths).toEqual([2 ** 30, 2 ** 30, 5]);
  });

  it('goes on where less is written than asked, at a position too', async () => {
    const wrote: [number, number, number | null][] = [];
    const slow = {
      write: async (_: Uint8Array, from: number, length: number, at: number | null) => {
        wrote.push([from, length, at]);
        return { bytesWritten: Math.min(length, 4) };
      },
    } as unknown as Parameters<typeof writeAll>[0];
    await writeAll(slow, new Uint8Array(9), 100);
    expect(wrote).toEqual([
      [0, 9, 100],
      [4, 5, 104],
      [8, 1, 108],
    ]);
    wrote.length = 0;
    await writeAll(slow, new Uint8Array(5));
    expect(wrote.map(([, , at]) => at)).toEqual([null, null]);
  });
});
