/** Errors about WGSL text: where, what is wrong, and how it is shown. */
import type { Span } from './span.ts';

/**
 * Why a program was refused, or what its author should know.
 * - `syntax`, `type`: the text is not valid WGSL (a shader-creation error).
 * - `override`: valid text that the given override values make invalid (a pipeline-creation error).
 * - `subset`: it may be valid WGSL, but it uses a construct that this compiler does not translate.
 * - `warning`: the program is valid all the same.
 */
export type DiagnosticKind = 'syntax' | 'type' | 'override' | 'subset' | 'warning';

export interface Diagnostic {
  readonly kind: DiagnosticKind;
  readonly message: string;
  /** Offset into the source and length of the marked text, in UTF-16 code units. */
  readonly offset: number;
  readonly length: number;
  /** Both count from 1; the column counts UTF-16 code units, as WebGPU's compilation messages do. */
  readonly line: number;
  readonly column: number;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

// WGSL's line breaks; CR LF counts as one.
const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;

/** Line and column, from 1, of an offset into the source. @internal */
export function lineAndColumn(source: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  LINE_BREAK.lastIndex = 0;
  for (let match = LINE_BREAK.exec(source); match; match = LINE_BREAK.exec(source)) {
    const next = match.index + match[0].length;
    if (next > offset) break;
    line++;
    lineStart = next;
  }
  return { line, column: offset - lineStart + 1 };
}

function lineText(source: string, offset: number, column: number): string {
  const start = offset - column + 1;
  LINE_BREAK.lastIndex = start;
  return source.slice(start, LINE_BREAK.exec(source)?.index ?? source.length);
}

/** The diagnostic as a reader sees it: place and message, the source line, and a caret under the marked text. */
export function formatDiagnostic(source: string, diagnostic: Diagnostic): string {
  const { line, column, message, kind } = diagnostic;
  const label = kind === 'subset' ? 'unsupported' : kind === 'warning' ? 'warning' : 'error';
  return `${line}:${column}: ${label}: ${message}\n${markedLine(source, diagnostic)}`;
}

/** The line of the source, and under it a caret for each character that is marked there. @internal */
export function markedLine(
  source: string,
  { offset, length, column }: Pick<Diagnostic, 'offset' | 'length' | 'column'>,
): string {
  const text = lineText(source, offset, column);
  // Tabs stay tabs in the line of the caret, so that it stands under the right character at any tab width.
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  const marked = Math.max(1, Math.min(length, text.length - column + 1));
  return `${text}\n${indent}${'^'.repeat(marked)}`;
}

/**
 * Thrown for a program that is not valid or outside the subset. The fields describe the first diagnostic in the text.
 */
export class WgslError extends Error {
  override readonly name = 'WgslError';
  /** Whether the program is not valid, or valid and outside of the subset. */
  readonly kind: DiagnosticKind;
  /** Line of the first diagnostic, from 1. */
  readonly line: number;
  /** Column of the first diagnostic in characters, from 1. */
  readonly column: number;
  /** All diagnostics found, in the order of the text; at most one for each module-scope declaration. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(source: string, diagnostics: readonly Diagnostic[]) {
    const sorted = [...diagnostics].sort((a, b) => a.offset - b.offset);
    super(sorted.map((d) => formatDiagnostic(source, d)).join('\n\n'));
    this.kind = sorted[0].kind;
    this.line = sorted[0].line;
    this.column = sorted[0].column;
    this.diagnostics = sorted;
  }
}

/** A diagnostic of the given kind about a stretch of the source. @internal */
export function diagnosticAt(source: string, span: Span, kind: DiagnosticKind, message: string): Diagnostic {
  const { line, column } = lineAndColumn(source, span.start);
  return { kind, message, offset: span.start, length: Math.max(1, span.end - span.start), line, column };
}

/** Throws a `WgslError` with one diagnostic. @internal */
export function fail(source: string, span: Span, kind: DiagnosticKind, message: string): never {
  throw new WgslError(source, [diagnosticAt(source, span, kind, message)]);
}
