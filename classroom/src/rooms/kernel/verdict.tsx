/** What became of the text: right or wrong, where, and by how much. */
import { language } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { montage, scaleOf } from '../../view/paint.ts';
import { formatWhole, useNumber } from './numbers.ts';
import { chosen, verdict, waiting } from './store.ts';
import { strings } from './strings.ts';
import type { DifferenceVerdict, OutputVerdict, TextMessage, Verdict, WrongElement } from './types.ts';

type Judged = Verdict & { readonly kind: 'judged' };

export function VerdictCard() {
  const t = useStrings(strings);
  const found = verdict.value;
  const state = !found ? 'none' : found.kind === 'judged' && found.green ? 'green' : 'red';
  return (
    <section class={`card verdict ${state}`} aria-labelledby="verdict-head" aria-busy={waiting.value}>
      <h2 id="verdict-head">{t.verdictHead}</h2>
      <div role="status" data-verdict={waiting.value ? 'waiting' : state}>
        {found ? <Says found={found} /> : <p class="hint">{t.preparing}</p>}
      </div>
      {found?.kind === 'judged' && <Details found={found} />}
    </section>
  );
}

function Says({ found }: { readonly found: NonNullable<typeof verdict.value> }) {
  const t = useStrings(strings);
  if (found.kind === 'ended') return <Sign word={t.stopped} says={t.ended(chosen.value!.name)} />;
  if (found.kind === 'failed') {
    return (
      <>
        <Sign word={t.stopped} says={found.reason} />
        {found.place && <Place at={found.place} />}
      </>
    );
  }
  if (found.kind === 'text') {
    return (
      <>
        <Sign word={t.cannotCompile} />
        <ul class="errors">
          {found.messages.map((each) => (
            <li key={`${each.from} ${each.message}`}>
              <Place at={each} /> {each.message}
            </li>
          ))}
        </ul>
      </>
    );
  }
  if (found.green) return <Sign word={t.green} says={t.greenSays} right />;
  const wrong = found.outputs.find((each) => each.wrong > 0);
  const dirty = found.outputs.find((each) => each.dirty > 0);
  return (
    <>
      <Sign word={t.red} />
      {wrong ? (
        <WrongElements output={wrong} />
      ) : (
        dirty && <p>{t.dirty(formatWhole(language.value, dirty.dirty))}</p>
      )}
    </>
  );
}

function Sign(props: { readonly word: string; readonly says?: string; readonly right?: boolean }) {
  return (
    <p class="sign">
      <b>
        <span aria-hidden="true">{props.right ? '✓' : '✗'}</span> {props.word}
      </b>
      {props.says && <span>{props.says}</span>}
    </p>
  );
}

function Place({ at }: { readonly at: TextMessage }) {
  const t = useStrings(strings);
  return <b>{t.line(at.line, at.column)}</b>;
}

const elementName = (output: string, { index, parameter }: WrongElement) =>
  `${parameter ? `${output}: ${parameter}` : output}[${index.join(', ')}]`;

function WrongElements({ output }: { readonly output: OutputVerdict }) {
  const t = useStrings(strings);
  const number = useNumber();
  const { name, operands, first, worst, wrong, elements } = output;
  const whole = (value: number) => formatWhole(language.value, value);
  return (
    <>
      <p>
        {t.wrongOf(whole(wrong), whole(elements))} <span class="hint">({t.operands[operands]})</span>
      </p>
      <table class="elements">
        <thead>
          <tr>
            <td />
            <th scope="col">{t.first}</th>
            <th scope="col">{t.worst}</th>
          </tr>
        </thead>
        <tbody>
          {(
            [
              [t.element, (each) => <code>{elementName(name, each)}</code>],
              [t.got, (each) => number(each.got)],
              [t.expected, (each) => number(each.expected)],
              [t.difference, (each) => number(each.got - each.expected)],
            ] as [string, (each: WrongElement) => unknown][]
          ).map(([head, cell]) => (
            <tr key={head}>
              <th scope="row">{head}</th>
              <td>{cell(first!) as string}</td>
              <td>{cell(worst!) as string}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Errors output={output} />
    </>
  );
}

/** Where the errors are. */
function Errors({ output: { name, errors } }: { readonly output: OutputVerdict }) {
  const t = useStrings(strings);
  const number = useNumber();
  if (!errors) return null;
  const finite = errors.values.map((value) => (Number.isFinite(value) ? value : 0));
  const { values, width, height } = pictureOf(errors.shape, finite);
  const scale = scaleOf(finite);
  const label = errors.image === undefined ? t.errors(name) : t.errorsOfImage(name, errors.image);
  return (
    <figure class="differences">
      <figcaption>
        {label} <small class="hint">{t.errorsHint(number(scale))}</small>
      </figcaption>
      <div class="picture" role="img" aria-label={label} style={{ '--shape': Math.max(0.8, width / height) }}>
        <MapCanvas values={values} width={width} height={height} scale={scale} />
      </div>
    </figure>
  );
}

/** Maps side by side; a matrix as it is; a long row in rows of 64, as arenas have them. */
function pictureOf(shape: readonly number[], values: Float32Array) {
  if (shape.length > 2) return montage({ shape, values });
  const width = shape.length === 2 && shape[1] > 4 ? shape[1] : Math.min(64, values.length);
  const height = Math.ceil(values.length / width);
  const full = new Float32Array(width * height);
  full.set(values);
  return { values: full, width, height };
}

function Details({ found }: { readonly found: Judged }) {
  const t = useStrings(strings);
  const number = useNumber();
  return (
    <>
      <h3>{t.differencesHead}</h3>
      {found.differences.length > 0 ? (
        <>
          <p class="hint">{t.differencesSay}</p>
          <Differences differences={found.differences} />
        </>
      ) : (
        <p class="hint">{t.noDifferences}</p>
      )}
      <details>
        <summary>{t.results}</summary>
        <table class="results-table">
          <thead>
            <tr>
              <th scope="col">{t.result}</th>
              <th scope="col">{t.largest}</th>
              <th scope="col">{t.allowed}</th>
            </tr>
          </thead>
          <tbody>
            {found.outputs.map((each) => (
              <tr key={`${each.name} ${each.operands}`} class={each.wrong + each.dirty > 0 ? 'wrong' : ''}>
                <th scope="row">
                  {each.name} <small class="hint">{t.operands[each.operands]}</small>
                </th>
                <td>{number(each.largest)}</td>
                <td>{number(each.allowed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <p class="hint">{t.milliseconds(formatWhole(language.value, Math.ceil(found.milliseconds)))}</p>
    </>
  );
}

function Differences({ differences }: { readonly differences: readonly DifferenceVerdict[] }) {
  const t = useStrings(strings);
  const number = useNumber();
  return (
    <table class="quotients">
      <thead>
        <tr>
          <th scope="col">{t.element}</th>
          <th scope="col">{t.kernel}</th>
          <th scope="col">{t.quotient}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {differences.map(({ output, index, got, quotient, right }) => (
          <tr key={index.join()} class={right ? '' : 'wrong'}>
            <th scope="row">
              <code>
                {output}[{index.join(', ')}]
              </code>
            </th>
            <td>{number(got)}</td>
            <td>{number(quotient)}</td>
            <td>{right ? `✓ ${t.right}` : `✗ ${t.wrong}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
