/** Which line of the WGSL each line of the WebAssembly text comes from. */
import { type CompileOptions, compile } from './compile.ts';
import { disassemble } from './encode/disassemble.ts';
import { useRareParts } from './rare.ts';
import * as parts from './rare-parts.ts';
import { lineAndColumn } from './syntax/diagnostics.ts';

/** A kernel as WebAssembly text beside the WGSL that it comes from. */
export interface LineMap {
  /** The WebAssembly text, line by line: the module, its one function, an instruction each. */
  readonly text: readonly string[];
  /**
   * For each line of the text the line of the WGSL that it comes from, from 1; null for what stands nowhere in the WGSL
   * (the module itself, the loop over the workgroups). Code of a function has the function's lines, wherever it is
   * called. Equal values are computed once: they have the line that asked first. What was moved, out of a loop or to
   * its first use, keeps its line. A constant and a `local.get` have the line of the instruction that takes them.
   */
  readonly lines: readonly (number | null)[];
}

/**
 * Compiles a kernel as `compileKernel` does, to the same bytes, and says where its instructions come from.
 * @throws as `compileKernel`.
 */
export function lineMap(wgsl: string, options: CompileOptions = {}): LineMap {
  useRareParts(parts);
  const positions: number[] = [];
  const text = disassemble(compile(wgsl, options, positions).wasm)
    .trimEnd()
    .split('\n');
  const known = new Map<number, number>();
  const lineOf = (pos: number): number | null => {
    if (pos < 0) return null;
    const line = known.get(pos) ?? lineAndColumn(wgsl, pos).line;
    known.set(pos, line);
    return line;
  };
  // The function's head, and a line for each run of locals; then an instruction each, the last `end` as a bracket.
  const first = text.findLastIndex((line) => /^ +\((func|local) /.test(line)) + 1;
  const lines = text.map((_, at) => {
    const pos = positions[at - first];
    return at < first || pos === undefined || at === first + positions.length - 1 ? null : lineOf(pos);
  });
  return { text, lines };
}
