/** The zip that the sheet asks for: code and report, with the figures and the numbers behind them. */
import { type Zippable, zipSync } from 'fflate';

/** One member of the zip. */
export interface SubmissionFile {
  /** Path inside the zip, with `/`. */
  path: string;
  data: Uint8Array | string;
}

/** Local time of every member (zip knows no zone), so that equal files give an equal zip. */
const STAMP = new Date(1980, 0, 2);

/**
 * Packs files in the order given; already packed ones (pictures, zip, npz) are stored.
 *
 * @throws on an empty list, a path that is absolute, climbs out, is empty or is given twice
 */
export function buildSubmissionZip(files: readonly SubmissionFile[]): Uint8Array {
  if (files.length === 0) throw new Error('submission: no files to pack; pass the report and the code');
  const members: Zippable = {};
  for (const { path, data } of files) {
    if (path === '' || path.startsWith('/') || /^[a-z]:/i.test(path) || path.includes('\\')) {
      throw new Error(`submission: ${JSON.stringify(path)} is not a relative path with forward slashes`);
    }
    if (path.split('/').some((part) => part === '..' || part === '.' || part === '')) {
      throw new Error(`submission: ${JSON.stringify(path)} climbs out of the zip or has an empty part`);
    }
    if (Object.hasOwn(members, path)) throw new Error(`submission: ${path} is given twice`);
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    members[path] = [bytes, { level: /\.(png|webp|zip|npz|safetensors)$/i.test(path) ? 0 : 6, mtime: STAMP }];
  }
  return zipSync(members);
}
