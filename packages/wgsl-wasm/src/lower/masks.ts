/**
 * Kernels with subgroups whose invocations may take different ways (`diagnostic(off, subgroup_uniformity)`): each
 * statement of the control flow is taken by the workgroup, and each invocation has a flag for whether it takes part.
 * `exit` of an invocation is 0, or the number of the jump that it waits for the end of.
 */
import type { CheckedFunction, Expression, Statement } from '../check/program.ts';
import { type BOOL, I32 } from '../check/types.ts';
import type { Join } from './builder.ts';
import { bindArguments } from './calls.ts';
import { type Group, needsGroup } from './crossing.ts';
import { lowerNode } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import { countLoop, withBudget } from './limits.ts';
import { loadFrom, storeTo } from './memory.ts';
import { leaveLet, segment } from './segments.ts';
import { isSubgroupCall, lowerSubgroupLet, slotFor } from './subgroups.ts';
import { usageOfExpression } from './usage.ts';
import { nodeOf } from './values.ts';

/** Who takes part, and the numbers of the jumps. */
interface Way {
  /** The flag of each invocation; null: all. */
  readonly flag: object | null;
  readonly onReturn: number;
  readonly onBreak: number;
  readonly onContinue: number;
}

const EXIT = {};

export class Masked {
  readonly #group: Group;
  #jumps = 0;

  constructor(group: Group) {
    this.#group = group;
  }

  get #b() {
    return this.#group.context.b;
  }

  /** The statements of an entry point. */
  run(statements: readonly Statement[]): void {
    segment(this.#group, [], { before: () => this.#set(EXIT, this.#b.i32(0)) });
    const onReturn = ++this.#jumps;
    this.#statements(statements, { flag: null, onReturn, onBreak: 0, onContinue: 0 });
  }

  /** The place of a number of this invocation. */
  #slot(owner: object, type: typeof I32 | typeof BOOL = I32) {
    const { context } = this.#group;
    return slotFor(context, owner, type, (context.invocationIndex as () => Node)());
  }

  #get(owner: object): Node {
    return nodeOf(loadFrom(this.#group.context, this.#slot(owner)));
  }

  #set(owner: object, value: Node): void {
    storeTo(this.#group.context, this.#slot(owner), value);
  }

  /** Whether this invocation takes part. */
  #guard({ flag }: Way): () => Node {
    return () => {
      const running = this.#b.value('i32.eqz', [this.#get(EXIT)]);
      return flag ? this.#b.value('i32.and', [this.#get(flag), running]) : running;
    };
  }

  /** Those who wait for the end of that jump go on. */
  #arrive(jump: number): void {
    const { context } = this.#group;
    segment(this.#group, [], {
      before: () => {
        const exit = this.#get(EXIT);
        const waits = this.#b.value('i32.eq', [exit, this.#b.i32(jump)]);
        storeTo(context, this.#slot(EXIT), this.#b.value('select', [this.#b.i32(0), exit, waits]));
      },
    });
  }

  #jump(way: Way, number: number): void {
    segment(this.#group, [], {
      guard: this.#guard(way),
      finish: () => this.#set(EXIT, this.#b.i32(number)),
    });
  }

  /**
   * Splits those who take part by a value: `flags` gets a flag for each branch. Returns whether anyone takes each one.
   */
  #split(
    way: Way,
    value: Expression,
    flags: readonly object[],
    choose: (value: Node) => readonly Node[],
  ): Node[] {
    const b = this.#b;
    const cells = flags.map((): Cell => ({ name: 'anyone', type: 'i32' }));
    for (const cell of cells) b.set(cell, b.i32(0));
    segment(this.#group, [], {
      usage: usageOfExpression(value),
      guard: this.#guard(way),
      results: cells,
      before: () => {
        for (const flag of flags) this.#set(flag, b.i32(0));
      },
      finish: () => {
        choose(lowerNode(this.#group.context, value)).forEach((taken, i) => {
          this.#set(flags[i], taken);
          b.set(cells[i], b.value('i32.or', [b.get(cells[i]), taken]));
        });
      },
    });
    return cells.map((cell) => {
      const anyone = b.get(cell);
      b.environment.delete(cell);
      return anyone;
    });
  }

  #statements(statements: readonly Statement[], way: Way): void {
    let run: Statement[] = [];
    const flush = () => {
      if (run.length > 0) segment(this.#group, run, { guard: this.#guard(way) });
      run = [];
    };
    for (const statement of statements) {
      if (!needsGroup(statement, false)) {
        run.push(statement);
        continue;
      }
      flush();
      this.#statement(statement, way);
    }
    flush();
  }

  #statement(s: Statement, way: Way): void {
    const b = this.#b;
    switch (s.kind) {
      case 'barrier':
        return;
      case 'block':
        this.#statements(s.body, way);
        return;
      case 'declareLet':
        if (isSubgroupCall(s.initializer)) {
          lowerSubgroupLet(this.#group, s.declaration, s.initializer, this.#guard(way));
          return;
        }
        break;
      case 'if': {
        const flags = [{}, {}];
        const anyone = this.#split(way, s.condition, flags, (x) => [x, b.value('i32.eqz', [x])]);
        const { otherwise } = s;
        b.conditional(anyone[0], () => this.#statements(s.then.body, { ...way, flag: flags[0] }));
        if (otherwise) {
          b.conditional(anyone[1], () => this.#statements(otherwise.body, { ...way, flag: flags[1] }));
        }
        return;
      }
      case 'switch': {
        const flags = s.cases.map(() => ({}));
        const onBreak = ++this.#jumps;
        const anyone = this.#split(way, s.selector, flags, (x) => {
          const matches = s.cases.map(({ selectors }) =>
            selectors
              .map((value) => b.value('i32.eq', [x, b.i32(value)]))
              .reduce((any, match) => b.value('i32.or', [any, match]), b.i32(0)),
          );
          const none = b.value('i32.eqz', [matches.reduce((any, match) => b.value('i32.or', [any, match]))]);
          return matches.map((match, i) => (s.cases[i].isDefault ? b.value('i32.or', [match, none]) : match));
        });
        s.cases.forEach(({ body }, i) => {
          b.conditional(anyone[i], () => this.#statements(body.body, { ...way, flag: flags[i], onBreak }));
        });
        this.#arrive(onBreak);
        return;
      }
      case 'for':
        if (s.init) this.#statements([s.init], way);
        this.#loop(s.pos, way, s.condition, s.body.body, s.update ? [s.update] : [], null);
        return;
      case 'while':
        this.#loop(s.pos, way, s.condition, s.body.body, [], null);
        return;
      case 'loop':
        this.#loop(s.pos, way, null, s.body.body, s.continuing?.body ?? [], s.breakIf);
        return;
      case 'call':
        this.#call(way, s.function, s.args);
        return;
      case 'return':
        this.#jump(way, way.onReturn);
        return;
      case 'break':
        this.#jump(way, way.onBreak);
        return;
      case 'continue':
        this.#jump(way, way.onContinue);
        return;
    }
    segment(this.#group, [s], { guard: this.#guard(way) });
  }

  #loop(
    pos: number,
    outer: Way,
    condition: Expression | null,
    body: readonly Statement[],
    continuing: readonly Statement[],
    breakIf: Expression | null,
  ): void {
    const b = this.#b;
    const flag = {};
    const [onBreak, onContinue] = [++this.#jumps, ++this.#jumps];
    const way = { ...outer, flag, onBreak, onContinue };
    const guard = this.#guard(outer);
    segment(this.#group, [], { before: () => this.#set(flag, guard()) });
    /** Those for whom the condition is `stop` leave. */
    const test = (expression: Expression, stop: boolean) =>
      segment(this.#group, [], {
        usage: usageOfExpression(expression),
        guard: this.#guard(way),
        finish: () => {
          const value = lowerNode(this.#group.context, expression);
          const leaves = stop ? value : b.value('i32.eqz', [value]);
          b.conditional(leaves, () => this.#set(EXIT, b.i32(onBreak)));
        },
      });
    const count = countLoop(this.#group.context, null, pos);
    b.block((_: Join) => {
      b.loop(withBudget(this.#group.context, []), (header) => {
        if (condition) test(condition, false);
        this.#statements(body, way);
        this.#arrive(onContinue);
        this.#statements(continuing, way);
        if (breakIf) test(breakIf, true);
        count.endOfIteration();
        b.again(header, this.#anyone(way));
      });
    });
    count.afterLoop();
    this.#arrive(onBreak);
  }

  /** Whether any invocation takes part. */
  #anyone(way: Way): Node {
    const b = this.#b;
    const cell: Cell = { name: 'anyone', type: 'i32' };
    b.set(cell, b.i32(0));
    const guard = this.#guard(way);
    segment(this.#group, [], {
      results: [cell],
      before: () => b.set(cell, b.value('i32.or', [b.get(cell), guard()])),
    });
    const anyone = b.get(cell);
    b.environment.delete(cell);
    return anyone;
  }

  #call(way: Way, called: CheckedFunction, args: readonly Expression[]): void {
    const { context, crossing } = this.#group;
    segment(this.#group, [], {
      usage: usageOfExpression({ kind: 'construct', args } as never),
      guard: this.#guard(way),
      finish: () => {
        bindArguments(context, called, args);
        for (const parameter of called.parameters) {
          crossing.add(parameter);
          leaveLet(this.#group, parameter);
        }
      },
    });
    const onReturn = ++this.#jumps;
    this.#statements(called.body.body, { ...way, onReturn, onBreak: 0, onContinue: 0 });
    this.#arrive(onReturn);
  }
}
