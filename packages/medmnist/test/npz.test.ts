import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dtypes, type NpyArray, type NpyType } from '../src/npy.ts';
import { encodeNpz, Npz, readNpz, writeNpz } from '../src/npz.ts';
import { anyArray, sameArray } from './helpers/arrays.ts';
import { sample } from './helpers/npy-sample.ts';
import { zipOf } from './helpers/zip-tools.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-npz-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('npz', () => {
  it.each(['stored', 'deflated'])('reads what numpy wrote, %s', async (kind) => {
    const arrays = await readNpz(fixture(`${kind}.npz`));
    for (const dtype of dtypes) expect(sameArray(arrays.get(dtype)!, sample(dtype)), dtype).toBe(true);
    expect(arrays.get('scalar')!.shape).toEqual([]);
    expect(arrays.get('empty')!.shape).toEqual([0, 5]);
    expect(sameArray(arrays.get('fortran')!, sample('i32'))).toBe(true);
    expect([...(arrays.get('fortran_matrix')!.data as Float64Array)]).toEqual(
      Array.from({ length: 15 }, (_, i) => i),
    );
  });

  it('reads an npz that was written to a pipe (sizes after the data)', async () => {
    expect(sameArray((await readNpz(fixture('streamed.npz'))).get('streamed')!, sample('i16'))).toBe(true);
  });

  it('refuses foreign arrays by name and still reads the good ones', async () => {
    const npz = await Npz.open(fixture('refused.npz'));
    expect([...((await npz.get('good')).data as Uint8Array)]).toEqual([0, 1, 2]);
    expect([...((await npz.get('big_endian')).data as Int32Array)]).toEqual([0, 1, 2, 3]);
    expect(await npz.get('half')).toEqual({ dtype: 'f32', shape: [3], data: new Float32Array(3) });
    const reasons = {
      objects: /pickle/,
      structured: /structured/,
      text: /dtype <U5/,
      complex: /dtype <c8/,
    };
    for (const [name, reason] of Object.entries(reasons)) {
      await expect(npz.get(name)).rejects.toThrow(reason);
      await expect(npz.get(name)).rejects.toThrow(`refused.npz, array '${name}'`);
    }
    await expect(npz.get('missing')).rejects.toThrow(/has no array 'missing'; it has 'big_endian'/);
    await npz.close();
  });

  it('writes what it reads, stored and deflated, for any arrays', async () => {
    const arrays = fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/), anyArray, {
      minKeys: 1,
      maxKeys: 4,
    });
    await fc.assert(
      fc.asyncProperty(arrays, fc.boolean(), async (input, compress) => {
        const back = await readNpz(await encodeNpz(input as Record<string, NpyArray>, { compress }));
        expect([...back.keys()].sort()).toEqual(Object.keys(input).sort());
        for (const [name, array] of Object.entries(input))
          expect(sameArray(back.get(name)!, array)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('writes the same bytes for the same arrays', async () => {
    const one = await encodeNpz({ a: Uint8Array.of(1, 2, 3) });
    expect(Buffer.from(await encodeNpz({ a: Uint8Array.of(1, 2, 3) })).equals(one)).toBe(true);
  });

  it('opens an array only when it is asked for', async () => {
    const good = await encodeNpz({ good: Uint8Array.of(1), torn: Uint8Array.of(2) }, { compress: false });
    // The last \x93 begins the second array, whose only element comes 128 bytes later.
    good[good.lastIndexOf(0x93) + 128] ^= 0xff;
    const npz = await Npz.open(good, { name: 'half' });
    expect((await npz.get('good')).data).toEqual(Uint8Array.of(1));
    expect(await npz.header('torn')).toMatchObject({ dtype: 'u8', shape: [1] });
    await expect(npz.get('torn')).rejects.toThrow(/half: member 'torn.npy' has checksum/);
  });

  it('reads only the arrays named, from a file that it closes again', async () => {
    const path = join(folder, 'two.npz');
    await writeNpz(path, { a: Float32Array.of(1), b: Int32Array.of(2) });
    const arrays = await readNpz(path, { names: ['b'] });
    expect([...arrays.keys()]).toEqual(['b']);
    expect([...(arrays.get('b')!.data as Int32Array)]).toEqual([2]);
    await expect(readNpz(path, { names: ['c'] })).rejects.toThrow(/no array 'c'/);
    if (existsSync('/proc/self/fd')) {
      const before = (await readdir('/proc/self/fd')).length;
      for (let i = 0; i < 20; i++) await readNpz(path);
      expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before + 2);
    }
  });

  it('replaces a file whole or not at all', async () => {
    const path = join(folder, 'whole.npz');
    await writeNpz(path, { a: Uint8Array.of(1) });
    const before = await readFile(path);
    const broken = {
      a: Uint8Array.of(2),
      b: { dtype: 'u8', shape: [5], data: new Uint8Array(4) } as NpyArray,
    };
    await expect(writeNpz(path, broken)).rejects.toThrow(/array 'b'.*shape \[5\] but 4/);
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says why a file cannot be written or read', async () => {
    await expect(writeNpz(join(folder, 'no', 'where.npz'), { a: Uint8Array.of(1) })).rejects.toThrow(
      /folder does not exist\. Create the folder/,
    );
    await expect(readNpz(join(folder, 'absent.npz'))).rejects.toThrow(/absent\.npz: there is no such file/);
    await expect(readNpz(folder)).rejects.toThrow(/is not a file/);
    await writeFile(join(folder, 'page.npz'), '<html>404</html> and something more to be long enough');
    await expect(readNpz(join(folder, 'page.npz'))).rejects.toThrow(/page\.npz: is not a zip file/);
    await expect(readNpz(await zipOf({ 'note.txt': Uint8Array.of(1) }), { name: 'notes' })).rejects.toThrow(
      /notes: is a zip file without arrays/,
    );
    for (const name of ['', '/etc/x', '../x', 'a\\b']) {
      await expect(encodeNpz({ [name]: Uint8Array.of(1) })).rejects.toThrow(/name that no npz may hold/);
    }
  });

  it.runIf(existsSync('/dev/full'))('says when the disk is full', async () => {
    const { writeAll } = await import('@glassbox/host');
    const { writeError } = await import('@glassbox/files');
    const { writeWholeFile } = await import('../src/whole-file.ts');
    const { open } = await import('node:fs/promises');
    const full = join(folder, 'full');
    await symlink('/dev/full', full);
    const handle = await open(full, 'w');
    const failure = await writeAll(handle, new Uint8Array(1 << 16)).catch((error) => writeError(full, error));
    await handle.close();
    expect(String(failure)).toMatch(/disk is full\. Free some space/);
    await expect(
      writeWholeFile(join(folder, 'x'), async () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      }),
    ).rejects.toThrow(/disk is full/);
  });

  it('keeps dangerous names as ordinary keys', async () => {
    const arrays = new Map<string, NpyArray>([['__proto__', sample('u8' as NpyType)]]);
    const back = await readNpz(await encodeNpz(arrays));
    expect([...back.keys()]).toEqual(['__proto__']);
  });

  // GLASSBOX_PYTHON: a Python with numpy, to have numpy itself read what is written here.
  const python = process.env['GLASSBOX_PYTHON'];
  it.runIf(python)('is read by numpy', async () => {
    const path = join(folder, 'for-numpy.npz');
    const input = Object.fromEntries(dtypes.map((dtype) => [dtype, sample(dtype)]));
    for (const compress of [true, false]) {
      await writeNpz(path, input, { compress });
      const script =
        'import numpy as np,sys\nd=np.load(sys.argv[1])\n' +
        "print(' '.join(f'{k}:{d[k].dtype}:{d[k].shape}:{d[k].tobytes().hex()}' for k in d).replace(', ',','))";
      const said = execFileSync(python!, ['-c', script, path], { encoding: 'utf8' });
      for (const dtype of dtypes) {
        const { data } = sample(dtype);
        const hex = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
        expect(said).toContain(`:(2,3,4):${hex}`);
      }
    }
  });
});
