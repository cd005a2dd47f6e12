import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import { afterAll, describe, expect, it } from 'vitest';
import { findImages } from '../../src/own-images/find.ts';
import { put } from './support.ts';

const work = mkdtempSync(join(tmpdir(), 'glassbox-find-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
let number = 0;

/** A folder with these files. */
function folder(files: Readonly<Record<string, string>> | readonly string[]): string {
  const root = join(work, String(number++));
  const contents = Array.isArray(files) ? Object.fromEntries(files.map((name) => [name, ''])) : files;
  for (const [name, content] of Object.entries<string>(contents)) put(join(root, name), content);
  return root;
}
const brief = ({ files }: ReturnType<typeof findImages>) =>
  files.map(({ name, label, split, group }) => [name, label, split, group].filter((part) => part).join(' '));

describe('images in folders', () => {
  it('the first folder is the class, whatever is within it; other files are counted', () => {
    const dicom = `${'\0'.repeat(128)}DICM`;
    const root = folder({
      'b/1.png': '',
      'a/2.JPG': '',
      'a/deep/er/3.dcm': '',
      'a/1.2.840.10008': dicom,
      'a/IM0001': dicom,
      'a/README': 'text',
      'a/notes.txt': '',
      'a/.hidden.png': '',
      '.git/config': '',
      'loose.png': '',
    });
    symlinkSync(root, join(root, 'a', 'back'));
    const found = findImages(root, undefined);
    expect(brief(found)).toEqual([
      'a/1.2.840.10008 a',
      'a/2.JPG a',
      'a/IM0001 a',
      'a/deep/er/3.dcm a',
      'b/1.png b',
    ]);
    expect(found).toMatchObject({ classes: ['a', 'b'], others: 2 });
  });

  it('train, val and test above the classes are splits', () => {
    const root = folder(['train/a/1.png', 'train/b/1.png', 'Validation/a/2.png', 'test/b/3.png']);
    expect(brief(findImages(root, undefined))).toEqual([
      'Validation/a/2.png a val',
      'test/b/3.png b test',
      'train/a/1.png a train',
      'train/b/1.png b train',
    ]);
  });

  it('classes may be called like splits where not all folders are', () => {
    const root = folder(['test/1.png', 'other/1.png']);
    expect(findImages(root, undefined).classes).toEqual(['other', 'test']);
  });

  it.each([
    [['a/1.png'], 'images of one class only (a)'],
    [['a/1.txt', 'b/2.txt'], 'no images'],
    [['1.png', '2.png'], 'no images'],
    [Array.from({ length: 257 }, (_, n) => `${n}/x.png`), '257 classes; at most 256'],
  ])('%j are refused', (files, message) => {
    const root = folder(files);
    expect(() => findImages(root, undefined)).toThrow(UsageError);
    expect(() => findImages(root, undefined)).toThrow(message);
  });

  it('a folder that is not there is named', () => {
    expect(() => findImages('/nowhere/images', undefined)).toThrow(
      '--images /nowhere/images: cannot be read (ENOENT)',
    );
  });
});

describe('images in a table', () => {
  const table = (csv: string) =>
    join(folder({ 'x/1.png': '', 'x/2.png': '', 'x/3.png': '', 't.csv': csv }), 't.csv');

  it('has paths and labels, splits and groups', () => {
    const csv = table(
      '\ufeffPath,Label,Split,Patient\nx/1.png,"a, b",train,p1\nx/2.png,c,Valid,p2\nx/3.png,c,test,\n',
    );
    expect(brief(findImages(undefined, csv))).toEqual([
      'x/1.png a, b train p1',
      'x/2.png c val p2',
      'x/3.png c test',
    ]);
  });

  it('may have semicolons or tabs', () => {
    expect(brief(findImages(undefined, table('path;label\nx/1.png;a\nx/2.png;b\n')))).toEqual([
      'x/1.png a',
      'x/2.png b',
    ]);
    expect(brief(findImages(undefined, table('path\tlabel\nx/1.png\ta\nx/2.png\tb\n')))).toHaveLength(2);
  });

  it('labels may have the signs that do not divide the columns', () => {
    const csv = table('path,label\nx/1.png,a; b\nx/2.png,c\td\n');
    expect(findImages(undefined, csv).classes).toEqual(['a; b', 'c\td']);
  });

  it.each([
    ['', 'has no rows'],
    ['file,label\nx/1.png,a\n', "has no column 'path'"],
    ['path,label\nx/1.png,\n', 'row 2 has no label'],
    ['path,label\nx/1.png,a\nx/9.png,b\n', 'x/9.png, which is not there'],
    ['path,label,split\nx/1.png,a,train\nx/2.png,b,later\n', "the split 'later'"],
    ['path,label,split\nx/1.png,a,train\nx/2.png,b,\n', 'row 3 has no split'],
    ['path,label\nx/1.png,a\nx/1.png,b\n', 'x/1.png is named twice'],
    ['path,label\nx/1.png,a,b,c\n', 'cannot be read as a table'],
    ['path,label\n"x/1.png,a\n', 'cannot be read as a table'],
  ])('%j is refused', (csv, message) => {
    const file = table(csv);
    expect(() => findImages(undefined, file)).toThrow(UsageError);
    expect(() => findImages(undefined, file)).toThrow(message);
  });
});
