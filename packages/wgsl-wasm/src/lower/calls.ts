/** Calls of the program's own functions: all are inlined (WGSL has no recursion). */
import type { CheckedFunction, Expression, Statement } from '../check/program.ts';
import { bindLater } from './arrays.ts';
import {
  type Context,
  type Frame,
  forgetCells,
  newCells,
  readCells,
  writeCells,
  zeroValue,
} from './context.ts';
import { lowerBlock } from './statements.ts';
import { usageOf } from './usage.ts';
import type { Value } from './values.ts';

/** Whether the only `return` is the last statement of the body. */
function returnsAtEnd(called: CheckedFunction): boolean {
  const { body } = called.body;
  const last: Statement | undefined = body.at(-1);
  return last?.kind === 'return' && body.slice(0, -1).every((statement) => !usageOf(statement).returns);
}

/** Gives the parameters their values; all arguments are evaluated first, for one may call the same function. */
export function bindArguments(context: Context, called: CheckedFunction, args: readonly Expression[]): void {
  const binds = args.map((arg, i) => bindLater(context, called.parameters[i], arg));
  for (const bind of binds) bind();
}

/** Evaluates the arguments and the body. The value is null for a function that returns nothing. */
export function callFunction(
  context: Context,
  called: CheckedFunction,
  args: readonly Expression[],
): Value | null {
  const { b } = context;
  bindArguments(context, called, args);
  const { frame: callerFrame, jumps: callerJumps } = context;
  context.jumps = null;
  let result: Value | null = null;
  if (returnsAtEnd(called) || !usageOf(called.body).returns) {
    const frame: Frame = { returnJoin: null, result: null, tailValue: null, onReturn: null };
    context.frame = frame;
    lowerBlock(context, called.body);
    result = frame.tailValue;
    if (!result && called.returnType) result = zeroValue(b, called.returnType); // never returns, or is never reached
  } else {
    const cells = called.returnType ? newCells(called.name, called.returnType) : null;
    if (cells) writeCells(b, cells, zeroValue(b, called.returnType!));
    b.block((join) => {
      context.frame = { returnJoin: join, result: cells, tailValue: null, onReturn: null };
      lowerBlock(context, called.body);
    });
    if (cells) {
      result = readCells(b, cells);
      forgetCells(b, cells);
    }
  }
  context.frame = callerFrame;
  context.jumps = callerJumps;
  return result;
}
