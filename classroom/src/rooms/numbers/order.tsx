/** What the kernel did, in its order: one line for each term, with the sum so far. The last line is the number. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { language } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import type { Names } from './names.ts';
import { brief, exact } from './numerals.ts';
import { type Formula, indexOf, type Part } from './packed.ts';
import { formOf } from './sentences.ts';
import { choose } from './store.ts';
import { strings } from './strings.ts';

interface OrderProps {
  readonly formula: Formula;
  readonly kernels: readonly string[];
  readonly names: Names;
}

export function Order({ formula, kernels, names }: OrderProps) {
  const t = useStrings(strings);
  /** Parts that were opened, each in the one before. */
  const path = useSignal<readonly number[]>([]);
  const id = path.value.at(-1) ?? formula.root;
  const open = (part: number) => {
    path.value = [...path.value, part];
  };
  return (
    <div class="order">
      <h3>{t.order}</h3>
      <p class="hint">{t.orderHint(formula.elements)}</p>
      <ul class="kernels" aria-label={t.kernelLabel}>
        {kernels.map((kernel) => (
          <li key={kernel}>
            <code>{kernel}</code> {formOf(kernel, language.value)}
          </li>
        ))}
      </ul>
      {path.value.length > 0 && (
        <nav class="trail" aria-label={t.partOf}>
          <ol>
            {[formula.root, ...path.value].map((each, depth) => (
              <li key={depth}>
                <button
                  type="button"
                  class="link"
                  disabled={depth === path.value.length}
                  onClick={() => {
                    path.value = path.value.slice(0, depth);
                  }}
                >
                  {depth === 0 ? t.whole : t.part(exact(formula.part(each).value))}
                </button>
              </li>
            ))}
          </ol>
        </nav>
      )}
      <Lines key={path.value.join()} formula={formula} part={formula.part(id)} names={names} open={open} />
    </div>
  );
}

interface LinesProps {
  readonly formula: Formula;
  readonly part: Part;
  readonly names: Names;
  readonly open: (part: number) => void;
}

/** Lines above and below those that can be seen. */
const spare = 8;
/** Height of a line in rem, as in style.css. */
const lineHeight = 2.25;

/** Only the lines that can be seen are in the page: there may be 25,000. */
function Lines({ formula, part, names, open }: LinesProps) {
  const t = useStrings(strings);
  const box = useRef<HTMLElement>(null);
  const seen = useSignal({ first: 0, end: 24 });
  const count = linesOf(part);
  const look = () => {
    const { scrollTop, clientHeight } = box.current!;
    const height = lineHeight * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const first = Math.max(0, Math.floor(scrollTop / height) - spare);
    const end = Math.min(count, Math.ceil((scrollTop + clientHeight) / height) + spare);
    if (first !== seen.value.first || end !== seen.value.end) seen.value = { first, end };
  };
  const end = Math.min(seen.value.end, count);
  const first = Math.min(seen.value.first, end);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
    <section class="lines" tabIndex={0} aria-label={t.order} ref={box} onScroll={look}>
      <table aria-rowcount={count + 2}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="number-column">
              #
            </th>
            <th scope="col">{t.columns.term}</th>
            <th scope="col" class="product">
              {t.columns.product}
            </th>
            <th scope="col" class="sum">
              {t.columns.sum}
            </th>
          </tr>
        </thead>
        <tbody>
          <Gap lines={first} />
          {Array.from({ length: end - first }, (_, at) => (
            <Line key={first + at} at={first + at} formula={formula} part={part} names={names} open={open} />
          ))}
          <Gap lines={count - end} />
        </tbody>
        <tfoot>
          <tr aria-rowindex={count + 2}>
            <td />
            <th scope="row">{t.is}</th>
            <td class="product" />
            <td class="shown-sum">{exact(part.value)}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

/** A sum has a line for what it starts from, an operation one for its result. */
function linesOf(part: Part): number {
  if (part.kind === 'sum') return part.count + 1;
  return part.kind === 'operation' ? part.args.length + 1 : 1;
}

/** Stands for lines that are out of sight. */
const Gap = ({ lines }: { lines: number }) =>
  lines > 0 ? (
    <tr class="gap" style={{ height: `${lines * lineHeight}rem` }}>
      <td colSpan={3} />
    </tr>
  ) : null;

function Line({ at, formula, part, names, open }: LinesProps & { at: number }) {
  const t = useStrings(strings);
  const operand = (id: number) => <Operand formula={formula} id={id} names={names} open={open} />;
  const cells = () => {
    if (part.kind === 'sum') {
      if (at === 0) return [operand(part.start), '', exact(formula.part(part.start).value)];
      const { left, right, minus, fused, sum } = formula.term(part.id, at - 1);
      const sign = minus ? '− ' : '+ ';
      if (right === undefined) return [[sign, operand(left)], '', exact(sum)];
      const product = formula.part(left).value * formula.part(right).value;
      return [
        [sign, operand(left), ' × ', operand(right)],
        // Rounded together with the sum, it has more digits than are shown.
        fused ? `≈ ${brief(product, 6)}` : exact(Math.fround(product)),
        exact(sum),
      ];
    }
    if (part.kind === 'operation' && at < part.args.length) {
      const chosen = part.name === 'select' && at === 0 ? ` (${t.kept})` : '';
      return [[operand(part.args[at]), chosen], '', ''];
    }
    return [
      part.kind === 'operation' ? <code>{t.operations[part.name] ?? part.name}</code> : operand(part.id),
      '',
      exact(part.value),
    ];
  };
  const [term, product, sum] = cells();
  return (
    <tr class="line" aria-rowindex={at + 2}>
      <td class="number-column">{part.kind === 'sum' && at === 0 ? t.start : at}</td>
      <td class="term">{term}</td>
      <td class="product">{product}</td>
      <td class="sum">{sum}</td>
    </tr>
  );
}

/** An element is a link to it; a part of a formula opens. */
function Operand({
  formula,
  id,
  names,
  open,
}: {
  formula: Formula;
  id: number;
  names: Names;
  open: (id: number) => void;
}) {
  const t = useStrings(strings);
  const part = formula.part(id);
  const value = exact(part.value);
  if (part.kind === 'constant') {
    return (
      <span title={part.name ?? t.constant}>
        {part.name && <code>{part.name} </code>}
        {value}
      </span>
    );
  }
  if (part.kind === 'element') {
    const { layer, what, shape } = part.tensor;
    const place = { layer, what, index: indexOf(shape, part.flat) };
    return (
      <button type="button" class="link" title={t.goTo(names.place(place))} onClick={() => choose(place)}>
        <code>{names.symbol(place)}</code> <span class="value-of">{value}</span>
      </button>
    );
  }
  return (
    <button type="button" class="link" title={t.openPart(value)} onClick={() => open(id)}>
      <code>{part.kind === 'sum' ? t.partial(part.count + 1) : (t.operations[part.name] ?? part.name)}</code>{' '}
      {value} ▸
    </button>
  );
}
