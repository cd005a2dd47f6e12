/**
 * Random kernels of one invocation that store vectors to neighbouring places of two buffers, between reads, writes of
 * single lanes, branches that ask the same again, and short loops. Beside its WGSL each statement has its meaning in
 * TypeScript, so that a kernel says itself what it leaves in memory.
 */
import type { Pick } from '../dawn/generate-kernel.ts';

/** Vectors in each buffer. */
export const VECTORS = 9;

interface State {
  /** `x` is only read. */
  readonly memory: Readonly<Record<Name, Int32Array>>;
  readonly vectors: Int32Array[];
  /** `n` (1 to 4) never changes; `m` (1 to 4) and `limit` (0 to 3) do; `k` counts the loops, the inner one last. */
  readonly n: number;
  m: number;
  limit: number;
  readonly k: number[];
  left: boolean;
}

type Name = 'x' | 'y' | 'z';

interface Place {
  readonly buffer: Name;
  readonly wgsl: string;
  /** Of its first lane. */
  readonly at: (state: State) => number;
}

interface Statement {
  readonly wgsl: string;
  readonly run: (state: State) => void;
}

export interface StoringKernel {
  readonly wgsl: string;
  /** @returns y and z after the kernel ran on x, with zeros in y and z before */
  readonly expected: (x: Int32Array) => readonly [Int32Array, Int32Array];
}

const bindings = `@group(0) @binding(0) var<storage, read> x: array<vec4<i32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read_write> z: array<vec4<i32>>;`;

const lanes = ['x', 'y', 'z', 'w'];
const each = [0, 1, 2, 3];

const plus = (vector: Int32Array, add: number) => vector.map((value) => value + add);

function placeOf(buffer: Name, base: string, ahead: number, at: (state: State) => number): Place {
  const distance = ahead < 0 ? `${base} - ${-ahead}u` : `${base} + ${ahead}u`;
  return { buffer, wgsl: `${buffer}[${distance}]`, at: (state) => 4 * (at(state) + ahead) };
}

export function generateStores(pick: Pick): StoringKernel {
  let loops = 0;
  let budget = 24;
  const one = <T>(items: readonly T[]): T => items[pick(items.length)];

  /** The place of a vector: of a base that is known or not, a constant further or one before it. */
  function place(buffers: readonly Name[]): Place {
    const [buffer, ahead, inner] = [one(buffers), pick(5) - 1, loops];
    const [base, at] = one<readonly [string, (state: State) => number]>([
      ['n', ({ n }) => n],
      ['m', ({ m }) => m],
      ['1u', () => 1],
      ...(inner > 0 ? [[`k${inner}`, ({ k }: State) => k[inner - 1]] as const] : []),
    ]);
    return placeOf(buffer, base, ahead, at);
  }

  function store({ buffer, wgsl, at } = place(['y', 'z', 'z'])): Statement {
    const [v, add] = [pick(3), pick(9)];
    return {
      wgsl: `${wgsl} = v${v} + ${add};`,
      run: (state) =>
        state.memory[buffer].set(
          state.vectors[v].map((value) => value + add),
          at(state),
        ),
    };
  }

  /** Two stores to neighbours, often with something between them that touches one of both. */
  function neighbours(): Statement {
    const [buffer, ahead, first, add] = [one(['y', 'z'] as const), pick(4) - 1, pick(2), pick(9)];
    const ofN = (far: number) => placeOf(buffer, 'n', far, ({ n }) => n);
    const half = (which: number): Statement => {
      const { wgsl, at } = ofN(ahead + which);
      return {
        wgsl: `${wgsl} = v${which} + ${add};`,
        run: (state) => state.memory[buffer].set(plus(state.vectors[which], add), at(state)),
      };
    };
    const near = one([store, storeLane, load, loadLane]);
    const between = [[], [simple()], [near(ofN(ahead + pick(2)))]][pick(3)];
    return inOrder([half(first), ...between, half(1 - first)]);
  }

  function storeLane({ buffer, wgsl, at } = place(['y', 'z', 'z'])): Statement {
    const [lane, v] = [pick(4), pick(3)];
    return {
      wgsl: `${wgsl}.${lanes[lane]} = v${v}.x;`,
      run: (state) => {
        state.memory[buffer][at(state) + lane] = state.vectors[v][0];
      },
    };
  }

  function load({ buffer, wgsl, at } = place(['x', 'y', 'z', 'z'])): Statement {
    const v = pick(3);
    return {
      wgsl: `v${v} += ${wgsl};`,
      run: (state) => {
        const from = at(state);
        for (const lane of each) state.vectors[v][lane] += state.memory[buffer][from + lane];
      },
    };
  }

  function loadLane({ buffer, wgsl, at } = place(['y', 'z', 'z'])): Statement {
    const [v, lane] = [pick(3), pick(4)];
    return {
      wgsl: `v${v}.x = ${wgsl}.${lanes[lane]};`,
      run: (state) => {
        state.vectors[v][0] = state.memory[buffer][at(state) + lane];
      },
    };
  }

  function number(): Statement {
    const v = pick(3);
    return one<Statement>([
      { wgsl: 'm = m % 4u + 1u;', run: (state) => void (state.m = (state.m % 4) + 1) },
      {
        wgsl: `m = (u32(v${v}.x) & 3u) + 1u;`,
        run: (state) => void (state.m = (state.vectors[v][0] & 3) + 1),
      },
      { wgsl: `limit = u32(v${v}.y) & 3u;`, run: (state) => void (state.limit = state.vectors[v][1] & 3) },
    ]);
  }

  const simple = (): Statement => one([store, load, storeLane, loadLane, number])();

  function body(count: number): Statement {
    return inOrder(Array.from({ length: count }, statement));
  }

  function leave(): Statement {
    return { wgsl: 'break;', run: (state) => void (state.left = true) };
  }

  /** Branches in a row that mostly ask the same. */
  function branches(): Statement {
    const conditions: readonly (readonly [string, (state: State) => boolean])[] = [
      ['even', ({ memory }) => memory.x[5] % 2 === 0],
      ['large', ({ memory }) => memory.x[6] > 4],
      ['m > 1u', ({ m }) => m > 1],
    ];
    let [text, holds] = one(conditions);
    const branch = (): Statement => {
      if (pick(5) === 0) [text, holds] = one(conditions);
      const asks = holds;
      const part = () => {
        const inside = body(pick(3));
        return loops > 0 && pick(6) === 0 ? inOrder([inside, leave()]) : inside;
      };
      const taken = part();
      const otherwise = pick(2) ? part() : undefined;
      return {
        wgsl: `if (${text}) {\n${taken.wgsl}\n}${otherwise ? ` else {\n${otherwise.wgsl}\n}` : ''}`,
        run: (state) => (asks(state) ? taken : otherwise)?.run(state),
      };
    };
    const parts = Array.from({ length: 1 + pick(3) }, (_, i) =>
      i > 0 && pick(3) === 0 ? [load(), branch()] : [branch()],
    );
    return inOrder(parts.flat());
  }

  function loop(): Statement {
    loops++;
    const k = `k${loops}`;
    const inner = body(1 + pick(3));
    loops--;
    const [head, from, to] = one<
      readonly [string, (state: State) => number, (state: State, from: number) => number]
    >([
      [`var ${k} = 1u; ${k} < 4u; ${k}++`, () => 1, () => 4],
      [`var ${k} = n; ${k} < n + 2u; ${k}++`, ({ n }) => n, ({ n }) => n + 2],
      [`var ${k} = 1u; ${k} < limit; ${k}++`, () => 1, ({ limit }) => limit],
    ]);
    return {
      wgsl: `for (${head}) {\n${inner.wgsl}\n}`,
      run(state) {
        const first = from(state);
        const { k } = state;
        const depth = k.length;
        for (k.push(first); k[depth] < to(state, first) && !state.left; k[depth]++) inner.run(state);
        k.pop();
        state.left = false;
      },
    };
  }

  function statement(): Statement {
    if (budget-- <= 0) return store();
    return one([neighbours, neighbours, branches, simple, simple, loops < 2 ? loop : simple])();
  }

  const all = body(3 + pick(4));
  return {
    wgsl: `${bindings}
@compute @workgroup_size(1)
fn main() {
  let n = u32(x[0].x) + 1u;
  var m = u32(x[0].y) + 1u;
  var limit = u32(x[0].z);
  let even = x[1].y % 2 == 0;
  let large = x[1].z > 4;
  var v0 = x[2]; var v1 = x[3]; var v2 = x[4];
${all.wgsl}
}`,
    expected(x) {
      const memory = { x, y: new Int32Array(4 * VECTORS), z: new Int32Array(4 * VECTORS) };
      const vectors = [2, 3, 4].map((n) => x.slice(4 * n, 4 * n + 4));
      all.run({ memory, vectors, n: x[0] + 1, m: x[1] + 1, limit: x[2], k: [], left: false });
      return [memory.y, memory.z];
    },
  };
}

function inOrder(statements: readonly Statement[]): Statement {
  return {
    wgsl: statements.map(({ wgsl }) => wgsl).join('\n'),
    run(state) {
      for (const one of statements) if (!state.left) one.run(state);
    },
  };
}
