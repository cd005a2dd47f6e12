/**
 * Where in the code an answer is computed: file and line, looked up by what the line says when the report is written,
 * so that no edit of the code makes a link point elsewhere.
 */
import { codeText } from '../platform/node.ts';

/** One place in the code. */
export interface CodePlace {
  /** What is computed there, in words. */
  readonly what: string;
  /** Path in the project, with `/`. */
  readonly file: string;
  /** How the line begins, leading blanks aside. */
  readonly says: string;
}

/** A place with its line, from 1. */
export interface CodeLink extends CodePlace {
  readonly line: number;
  /** Address beside the report, in the run folder as in the submission. */
  readonly href: string;
}

/** A place as a task names it. @param file from `packages/` */
export const place = (what: string, file: string, says: string): CodePlace => ({
  what,
  file: `packages/${file}`,
  says,
});

/** Finds a place's line. @throws if no line begins so, or more than one does */
export function locate(where: CodePlace): CodeLink {
  const { file, says } = where;
  const lines = codeText(file).split('\n');
  const found = lines.flatMap((line, i) => (line.trimStart().startsWith(says) ? [i + 1] : []));
  if (found.length !== 1) {
    throw new Error(
      `code: ${found.length} lines of ${file} begin with ${JSON.stringify(says)}; correct the place ` +
        'that a question of src/tasks names',
    );
  }
  return { ...where, line: found[0], href: `code/${file}#L${found[0]}` };
}
