import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { Npz, parseNpy, readNpz } from '@glassbox/medmnist';
import { encodeSafetensors, parseSafetensors, parseTorch } from '@glassbox/nn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileKind } from '../src/index.ts';

// Written by PyTorch, pickle and numpy: fixtures/record.py.
const path = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const fixture = (name: string) => new Uint8Array(readFileSync(path(name)));
const ascii = (text: string) => new Uint8Array(Buffer.from(text.padEnd(80, ' '), 'latin1'));
const weights = encodeSafetensors(
  new Map([['weight', { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 2) }]] as const),
);

/** Name of the case, its bytes, the kind, and what each reader's advice holds. */
const samples: readonly [name: string, bytes: Uint8Array, kind: string, advice: RegExp][] = [
  ['torch.save', fixture('state.pth'), 'torch', /pickle.*if you trust it.*weights_only=True.*state_dict/],
  [
    'torch.save, old format',
    fixture('old.pth'),
    'torch-legacy',
    /pickle.*if you trust it.*weights_only=True/,
  ],
  ['torch.jit.save', fixture('script.pt'), 'torchscript', /TorchScript.*torch\.jit\.load/],
  ['a pickle', fixture('weights.pkl'), 'pickle', /pickle.*can run any code/],
  ['npz', fixture('weights.npz'), 'npz', /npz file of numpy.*np\.load/],
  ['npy', fixture('weight.npy'), 'npy', /single array of numpy.*np\.load/],
  ['safetensors', weights, 'safetensors', /safetensors file.*load_file/],
  ['ONNX', fixture('net.onnx'), 'onnx', /ONNX model.*initializer/],
  ['HDF5', ascii('\x89HDF\r\n\x1a\n\0\0\0'), 'hdf5', /HDF5.*h5py/],
  ['gzip', new Uint8Array(gzipSync(weights)), 'gzip', /packed with gzip.*gunzip/],
  ['PNG', ascii('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'png', /PNG picture.*np\.stack/],
  ['JPEG', ascii('\xff\xd8\xff\xe0\0\x10JFIF'), 'jpeg', /JPEG picture/],
  ['DICOM', ascii(`${'\0'.repeat(128)}DICM`), 'dicom', /DICOM.*pydicom/],
  ['a web page', ascii('\n<!DOCTYPE html><html><head><title>404'), 'html', /web page.*fetch it again/],
  ['XML of a server', ascii('<?xml version="1.0"?><Error><Code>AccessDenied'), 'xml', /XML.*fetch it again/],
  [
    'a pointer of Git LFS',
    ascii('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a'),
    'git-lfs',
    /git lfs pull/,
  ],
  ['a pointer of git-annex', ascii('/annex/objects/SHA256E-s1--0.npz'), 'git-annex', /git annex get/],
  ['JSON', ascii('{"message": "not found"}'), 'json', /JSON text/],
  ['zeros', new Uint8Array(1000), 'zeros', /zero bytes.*Fetch it again/],
  ['text', ascii('epoch,loss\n1,0.5\n'), 'text', /plain text/],
  ['MATLAB', ascii('MATLAB 5.0 MAT-file, Platform: GLNXA64'), 'matlab', /MATLAB.*loadmat/],
  ['tar', ascii(`weights.bin${'\0'.repeat(246)}ustar\x0000`), 'tar', /tar archive.*tar -xf/],
];

const readers: readonly [kind: string, read: (bytes: Uint8Array) => unknown][] = [
  ['safetensors', (bytes) => parseSafetensors(bytes, 'given')],
  ['npz', (bytes) => readNpz(bytes, { name: 'given' })],
  ['npy', (bytes) => parseNpy(new Uint8Array(bytes), 'given')],
  ['torch', (bytes) => parseTorch(bytes, { name: 'given' })],
];

describe('a file of another kind', () => {
  it.each(samples)('%s is known by its bytes', (_, bytes, kind) => {
    expect(fileKind(bytes)?.id).toBe(kind);
  });

  describe.each(readers)('given to the reader of %s', (wanted, read) => {
    it.each(samples.filter(([, , kind]) => kind.replace('-legacy', '') !== wanted))(
      '%s is named, with what to do',
      async (_, bytes, __, advice) => {
        const said = await Promise.resolve()
          .then(() => read(bytes))
          .then(
            () => 'was read',
            (error: Error) => error.message,
          );
        expect(said).toMatch(/^given: is ((not a|a zip file without).*it looks like|a TorchScript module)/s);
        expect(said).toMatch(advice);
      },
    );

    it('one of its own kind is read', async () => {
      const own = samples.find(([, , kind]) => kind === wanted)!;
      await expect(Promise.resolve().then(() => read(own[1]))).resolves.toBeDefined();
    });
  });

  it('never makes a sound file a foreign one, whatever its header looks like', () => {
    // A header of 640 bytes begins as a pickle does (80 02), one of 35,615 as gzip (1f 8b).
    for (const length of [640, 0x8b1f]) {
      const bytes = new Uint8Array(8 + length).fill(0x20);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
      bytes.set([0x7b, 0x7d], 8);
      expect(fileKind(bytes)?.id).toBe('safetensors');
      expect(parseSafetensors(bytes).tensors.size).toBe(0);
    }
  });

  it('takes any bytes without an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 100 }), (start, end) => {
        fileKind(start, end);
      }),
    );
  });

  it('names what a folder holds under the wrong name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-kinds-'));
    try {
      writeFileSync(join(folder, 'state.npz'), fixture('state.pth'));
      await expect(Npz.open(join(folder, 'state.npz'))).rejects.toThrow(/state\.npz.*torch\.save/);
      writeFileSync(join(folder, 'raw.npz'), deflateRawSync(weights));
      await expect(Npz.open(join(folder, 'raw.npz'))).rejects.toThrow(/is not a zip file/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  // GLASSBOX_PYTHON: a Python with numpy and PyTorch, to run the advice that the messages give.
  const python = process.env['GLASSBOX_PYTHON'];
  it.runIf(python).each(['state.pth', 'old.pth', 'script.pt'])('the advice for %s works', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-kinds-'));
    try {
      const said = await readNpz(fixture(name)).then(String, (error: Error) => error.message);
      const code = /python3 -c "(.*)" FILE OUT\.npz/.exec(said)![1];
      execFileSync(python!, ['-c', code, path(name), join(folder, 'out.npz')]);
      expect([...(await readNpz(join(folder, 'out.npz'))).get('weight')!.data]).toEqual([1, 2]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
