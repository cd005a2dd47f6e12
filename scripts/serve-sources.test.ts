import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { serveSources } from './serve-sources.ts';
import { cases } from './soak/amount.ts';

const server = await serveSources({ isolated: true });
afterAll(() => server.close());

/** What the server answers to a request for exactly this, which no client's URL parser has seen. */
function answer(path: string): Promise<string> {
  return new Promise((settle, fail) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', fail);
    socket.on('close', () => settle(text));
    socket.write(
      Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 'latin1'),
    );
  });
}

describe('the server of sources', () => {
  it('serves sources, types stripped', async () => {
    const said = await answer('/packages/nn/src/index.ts');
    expect(said).toMatch(/^HTTP\/1\.1 200 /);
    expect(said).toContain("from './fit/index.ts'");
  });

  it.each([
    '//',
    '//[',
    'http://[/',
    '/../../etc/hostname',
    '/packages/../../../../etc/hostname',
    '/packages/%2e%2e/%2e%2e/secret.ts',
    '/packages/..%2f..%2fsecret.ts',
    '/packages/..\\..\\secret.ts',
    '/packages/nn/src/absent.ts',
    '/package.json',
    '/packages/nn/package.json',
    '/packages/nn/src/index.ts%00.ts',
  ])('answers %j with 404 or 400, and goes on', async (path) => {
    expect(await answer(path)).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(await answer('/')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('answers whatever is asked for, and nothing but sources', async () => {
    const part = fc.constantFrom(
      ...[
        '/',
        '//',
        '..',
        '.',
        '%2e',
        '%2f',
        '%5c',
        '\\',
        'packages',
        'examples',
        'etc',
        'hostname',
        '.ts',
        ':',
        '@',
      ],
      ...['?', '#', '[', '%', '%zz', '\u0080', 'http:', '%00'],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        expect(await answer(`/${parts.join('')}`)).toMatch(/^HTTP\/1\.1 (200 OK[\s\S]*<!doctype|40[04] )/);
      }),
      { numRuns: cases(200) },
    );
  });
});
