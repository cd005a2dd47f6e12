/** What is wrong with a text, and where. */
import { WgslError } from '@glassbox/wgsl-wasm';
import type { TextMessage } from './types.ts';

/** A text that cannot be compiled, or cannot run in the kernel's place. */
export class TextError extends Error {
  readonly messages: readonly TextMessage[];

  constructor(text: string, error: Error) {
    super(error.message);
    const { cause } = error;
    if (cause instanceof WgslError) {
      this.messages = cause.diagnostics
        .filter(({ kind }) => kind !== 'warning')
        .map(({ offset, length, line, column, message }) => ({
          from: offset,
          to: offset + length,
          line,
          column,
          message,
        }));
    } else {
      const message = cause instanceof Error ? cause.message : error.message;
      const [, line, column, rest] = message.match(/^(\d+):(\d+): (.*)$/s) ?? [];
      this.messages = [
        line ? messageAt(text, Number(line), Number(column), rest) : messageAt(text, 1, 1, message),
      ];
    }
  }
}

/** A message at the last place that it names. */
export function placeIn(text: string, message: string): TextMessage | undefined {
  const [, line, column] = message.match(/.* (\d+):(\d+)/s) ?? [];
  return line ? messageAt(text, Number(line), Number(column), message) : undefined;
}

function messageAt(text: string, line: number, column: number, message: string): TextMessage {
  const before = text.split('\n').slice(0, line - 1);
  const from = before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return { from, to: from + 1, line, column, message };
}
