/** What the kernel did, in its order: one line for each term, with the sum so far. The last line is the number. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { language } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import type { Names } from './names.ts';
import { exact } from './numerals.ts';
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

/** Only the lines that can be seen are in the page: there may be 25,000. */
function Lines({ formula, part, names, open }: LinesProps) {
  const t = useStrings(strings);
  const box = useRef<HTMLDivElement>(null);
  const seen = useSignal({ first: 0, end: 24 });
  const count = part.kind === 'sum' ? part.count + 1 : part.kind === 'operation' ? part.args.length + 1 : 1;
  const look = () => {
    const { scrollTop, clientHeight } = box.current!;
    const height = lineHeight();
    const first = Math.max(0, Math.floor(scrollTop / height) - spare);
    const end = Math.min(count, Math.ceil((scrollTop + clientHeight) / height) + spare);
    if (first !== seen.value.first || end !== seen.value.end) seen.value = { first, end };
  };
  const lineHeight = () => 2.25 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  useLayoutEffect(() => {
    // The end of a long sum is its result: the first lines stand above, and the last is always in sight below.
    look();
  }, []);
  const { first, end } = seen.value;
  const shown = Array.from({ length: Math.max(0, Math.min(end, count) - first) }, (_, at) => first + at);
  return (
    <div class="lines" role="table" aria-label={t.order} aria-rowcount={count + 1}>
      <div role="row" class="line head" aria-rowindex={1}>
        <span role="columnheader" class="number-column">
          #
        </span>
        <span role="columnheader">{t.columns.term}</span>
        <span role="columnheader">{t.columns.product}</span>
        <span role="columnheader">{t.columns.sum}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
      <div class="window" role="rowgroup" tabIndex={0} ref={box} onScroll={look}>
        <div class="all" role="presentation" style={{ '--count': count }}>
          {shown.map((at) => (
            <Line key={at} at={at} formula={formula} part={part} names={names} open={open} />
          ))}
        </div>
      </div>
      <div role="rowgroup">
        <div role="row" class="line foot" aria-rowindex={count + 1}>
          <span role="cell" />
          <span role="cell">{t.is}</span>
          <span role="cell" />
          <b role="cell" class="shown-sum">
            {exact(part.value)}
          </b>
        </div>
      </div>
    </div>
  );
}

function Line({ at, formula, part, names, open }: LinesProps & { at: number }) {
  const t = useStrings(strings);
  const style = { '--at': at };
  const operand = (id: number) => <Operand formula={formula} id={id} names={names} open={open} />;
  const cells = () => {
    if (part.kind === 'sum') {
      if (at === 0) return [operand(part.start), '', exact(formula.part(part.start).value)];
      const { left, right, minus, fused, sum } = formula.term(part.id, at - 1);
      const sign = minus ? '− ' : '+ ';
      if (right === undefined)
        return [
          <>
            {sign}
            {operand(left)}
          </>,
          '',
          exact(sum),
        ];
      const [x, y] = [formula.part(left).value, formula.part(right).value];
      const product = fused ? exact(x * y) : exact(Math.fround(x * y));
      return [
        <>
          {sign}
          {operand(left)} × {operand(right)}
        </>,
        <span title={fused ? t.once : undefined}>{fused ? `≈ ${product}` : product}</span>,
        exact(sum),
      ];
    }
    if (part.kind === 'operation') {
      if (at < part.args.length) {
        const chosen = part.name === 'select' ? (at === 0 ? ` (${t.kept})` : '') : '';
        return [
          <>
            {operand(part.args[at])}
            {chosen}
          </>,
          '',
          '',
        ];
      }
      return [<code>{part.name}</code>, '', exact(part.value)];
    }
    return [operand(part.id), '', exact(part.value)];
  };
  const [term, product, sum] = cells();
  return (
    <div role="row" class="line" aria-rowindex={at + 2} style={style}>
      <span role="cell" class="number-column">
        {part.kind === 'sum' && at === 0 ? t.start : at}
      </span>
      <span role="cell" class="term">
        {term}
      </span>
      <span role="cell">{product}</span>
      <span role="cell">{sum}</span>
    </div>
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
      <button
        type="button"
        class="link"
        aria-label={t.goTo(`${names.place(place)}: ${value}`)}
        onClick={() => choose(place)}
      >
        <code>{names.symbol(place)}</code> {value}
      </button>
    );
  }
  return (
    <button type="button" class="link" aria-label={t.openPart(value)} onClick={() => open(id)}>
      <code>{part.kind === 'sum' ? t.partial(part.count + 1) : part.name}</code> {value} ▸
    </button>
  );
}
