/** The formulas of the layers, of the loss and of the optimisers. */
import type { Block } from '../../playground/spec.ts';
import { brackets, call, hat, type Maths, n, o, over, root, row, squared, sum, v, whether } from './math.tsx';
import type { RuleName } from './sentences.ts';

/** Stride and padding put in: `2p−1+r`. */
function readAt(output: string, tap: string, { stride, padding }: Block): string {
  return `${stride > 1 ? stride : ''}${output}${padding > 0 ? `−${padding}` : ''}+${tap}`;
}
function writtenAt(input: string, tap: string, { stride, padding }: Block): string {
  const above = `${input}${padding > 0 ? `+${padding}` : ''}−${tap}`;
  return stride > 1 ? `(${above})/${stride}` : above;
}

/** The formula as textbooks and PyTorch's documents write it. dx is the gradient of the loss by x. */
export function RuleMath({ name, block }: { name: RuleName; block: Block | undefined }) {
  const maths = formulas[name]?.(block ?? { channels: 1, stride: 1, padding: 0 });
  return maths ? (
    <math display="block" class="rule">
      <mrow>{maths}</mrow>
    </math>
  ) : null;
}

const spread = () => root([squared(v('σ')), o('+'), v('ε')]);

const formulas: Partial<Record<RuleName, (block: Block) => Maths[]>> = {
  pixel: () => [v('x'), o('='), over(v('byte'), n('127.5')), o('−'), n(1)],
  convOutput: (block) => [
    v('y', 'n,k,p,q'),
    o('='),
    v('b', 'k'),
    o('+'),
    sum('c,r,s'),
    v('x', `n,c,${readAt('p', 'r', block)},${readAt('q', 's', block)}`),
    o('·'),
    v('w', 'k,c,r,s'),
  ],
  convInputGradient: (block) => [
    v('dx', 'n,c,i,j'),
    o('='),
    sum('k,r,s'),
    v('dy', `n,k,${writtenAt('i', 'r', block)},${writtenAt('j', 's', block)}`),
    o('·'),
    v('w', 'k,c,r,s'),
  ],
  convWeightGradient: (block) => [
    v('dw', 'k,c,r,s'),
    o('='),
    sum('n,p,q'),
    v('x', `n,c,${readAt('p', 'r', block)},${readAt('q', 's', block)}`),
    o('·'),
    v('dy', 'n,k,p,q'),
  ],
  biasGradient: () => [v('db', 'k'), o('='), sum('n,p,q'), v('dy', 'n,k,p,q')],
  reluOutput: () => [v('y'), o('='), call('max', v('x'), o(','), n(0))],
  reluInputGradient: () => [v('dx'), o('='), v('dy'), o('·'), whether(v('x'), o('>'), n(0))],
  normOutput: () => [
    v('y'),
    o('='),
    v('γ', 'c'),
    o('·'),
    over([v('x'), o('−'), v('μ', 'c')], spread()),
    o('+'),
    v('β', 'c'),
  ],
  normInputGradient: () => [
    v('dx'),
    o('='),
    over(v('γ', 'c'), spread()),
    brackets(
      v('dy'),
      o('−'),
      call('mean', v('dy')),
      o('−'),
      hat('x'),
      o('·'),
      call('mean', v('dy'), o('·'), hat('x')),
    ),
    o(','),
    hat('x'),
    o('='),
    over([v('x'), o('−'), v('μ', 'c')], spread()),
  ],
  normWeightGradient: () => [v('dγ', 'c'), o('='), sum('n,h,w'), v('dy', 'n,c,h,w'), o('·'), hat('x')],
  normMean: () => [v('μ', 'c'), o('='), over(n(1), v('N H W')), sum('n,h,w'), v('x', 'n,c,h,w')],
  normDeviation: () => [
    over(n(1), spread()),
    o(','),
    squared(v('σ')),
    o('='),
    over(n(1), v('N H W')),
    sum('n,h,w'),
    squared(brackets(v('x', 'n,c,h,w'), o('−'), v('μ', 'c'))),
  ],
  flattenOutput: () => [v('y', 'n, (c·H + h)·W + w'), o('='), v('x', 'n,c,h,w')],
  flattenInputGradient: () => [v('dx', 'n,c,h,w'), o('='), v('dy', 'n, (c·H + h)·W + w')],
  dropoutOutput: () => [v('y'), o('='), v('x'), o('·'), over(v('mask'), [n(1), o('−'), v('rate')])],
  dropoutInputGradient: () => [v('dx'), o('='), v('dy'), o('·'), over(v('mask'), [n(1), o('−'), v('rate')])],
  linearOutput: () => [
    v('y', 'n,o'),
    o('='),
    v('b', 'o'),
    o('+'),
    sum('f'),
    v('x', 'n,f'),
    o('·'),
    v('w', 'o,f'),
  ],
  linearInputGradient: () => [v('dx', 'n,f'), o('='), sum('o'), v('dy', 'n,o'), o('·'), v('w', 'o,f')],
  linearWeightGradient: () => [v('dw', 'o,f'), o('='), sum('n'), v('x', 'n,f'), o('·'), v('dy', 'n,o')],
  lossOutput: () => [
    v('L'),
    o('='),
    over(n(1), v('N')),
    sum('n'),
    row(o('−'), v('log'), v('p', 'n,t')),
    o(','),
    v('p', 'n,k'),
    o('='),
    over(call('exp', v('z', 'n,k')), [sum('j'), call('exp', v('z', 'n,j'))]),
  ],
  lossInputGradient: () => [
    v('dz', 'n,k'),
    o('='),
    over([v('p', 'n,k'), o('−'), whether(v('k'), o('='), v('t', 'n'))], v('N')),
    o(','),
    v('p', 'n,k'),
    o('='),
    over(call('exp', v('z', 'n,k')), [sum('j'), call('exp', v('z', 'n,j'))]),
  ],
  sgd: () => [
    v('w′'),
    o('='),
    v('w'),
    o('−'),
    v('lr'),
    o('·'),
    v('v'),
    o(','),
    v('v'),
    o('='),
    v('momentum'),
    o('·'),
    v('v', 'before'),
    o('+'),
    v('dw'),
    o('+'),
    v('decay'),
    o('·'),
    v('w'),
  ],
  adam: () => adam([]),
  adamw: () => adam([o('·'), brackets(n(1), o('−'), v('lr'), o('·'), v('decay'))]),
  change: () => [v('w′'), o('−'), v('w')],
};

function adam(decayed: Maths[]): Maths[] {
  return [
    v('w′'),
    o('='),
    v('w'),
    ...decayed,
    o('−'),
    v('lr'),
    o('·'),
    over(hat('m'), [root(hat('v')), o('+'), v('ε')]),
    o(','),
    hat('m'),
    o('='),
    over(
      [v('β', '1'), v('m'), o('+'), brackets(n(1), o('−'), v('β', '1')), v('dw')],
      [
        n(1),
        o('−'),
        <msubsup>
          <mi>β</mi>
          <mn>1</mn>
          <mi>t</mi>
        </msubsup>,
      ],
    ),
  ];
}
