/** The textbook's formula drawn: the part of a map that is read, times the filter on it, place by place. */
import { useSignal } from '@preact/signals';
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { scaleOf } from '../../view/paint.ts';
import type { Names } from './names.ts';
import { brief, inUnit, unitOf } from './numerals.ts';
import { Marks } from './operands.tsx';
import { indexOf } from './packed.ts';
import { choose } from './store.ts';
import { strings } from './strings.ts';
import { between, outside, type Pairing, type Panel, type Patch } from './types.ts';

/** Patches with no more columns show their numbers. */
const mostWritten = 5;
/** Sums that are written out below each other. */
const mostSums = 4;

interface PicturesProps {
  readonly pairing: Pairing;
  readonly names: Names;
  readonly value: number;
}

export function Pictures({ pairing, names, value }: PicturesProps) {
  const t = useStrings(strings);
  const chosen = useSignal(0);
  const { over, panels, rows, columns, bias, turned } = pairing;
  const panel = panels[Math.min(chosen.value, panels.length - 1)];
  const largest = scaleOf(Float32Array.from(panels, ({ products }) => largestOf(products)));
  const size = { rows, columns };
  const has = (kind: number) => panels.some(({ left }) => left.at.includes(kind));
  return (
    <div class="pictures">
      <h3>{t.pictures[over]}</h3>
      <div class="panel">
        <Within patch={panel.left} names={names} />
        <PatchPicture patch={panel.left} {...size} names={names} name={nameOf(names, panel.left)} />
        {panel.right && (
          <>
            <span class="sign">×</span>
            <PatchPicture
              patch={panel.right}
              {...size}
              names={names}
              skip={panel.left.at}
              name={
                turned ? t.turnedFilter : pairing.normalised ? t.normalisedInput : nameOf(names, panel.right)
              }
            />
            <span class="sign">=</span>
            <ProductPicture panel={panel} {...size} largest={largest} />
          </>
        )}
        <span class="sign">Σ</span>
        <p class="panel-sum">
          <small>{t.panelName[over](panel.number)}</small>
          <b>{brief(panel.sum, 4)}</b>
        </p>
        {turned && <Stored panel={panel} {...size} />}
      </div>
      {panels.length > 1 && (
        <fieldset class="panels" aria-label={t.pictures[over]}>
          {panels.map((each, at) => (
            <button
              key={each.number}
              type="button"
              class="tile"
              aria-pressed={at === chosen.value}
              aria-label={t.panelSum(t.panelName[over](each.number), brief(each.sum, 2))}
              onClick={() => {
                chosen.value = at;
              }}
            >
              <MapCanvas values={each.products} width={columns} height={rows} scale={largest} />
              <small>{brief(each.sum, 2)}</small>
            </button>
          ))}
        </fieldset>
      )}
      <p class="total">
        {t.sumOf(
          [...(bias ? [t.biasIs(brief(bias.value))] : []), ...sumsOf(panels)].join(' + '),
          brief(value, 4),
        )}
      </p>
      <p class="hint">
        {has(outside) && `${t.outsideHint} `}
        {has(between) && `${t.betweenHint} `}
        {t.sumHint}
      </p>
    </div>
  );
}

const largestOf = (values: Float32Array) =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const nameOf = (names: Names, { layer, what }: Patch) => names.whole(layer, what);

function sumsOf(panels: readonly Panel[]): string[] {
  const text = ({ sum }: Panel) => (sum < 0 ? `(${brief(sum)})` : brief(sum));
  if (panels.length <= mostSums + 1) return panels.map(text);
  return [...panels.slice(0, mostSums).map(text), '⋯', text(panels.at(-1)!)];
}

/** What the numbers of a patch are to be multiplied with, where they are too small for its cells. */
const Unit = ({ exponent }: { exponent: number }) =>
  exponent === 0 ? null : (
    <>
      {' '}
      · 10<sup>{`${exponent}`.replace('-', '−')}</sup>
    </>
  );

/** The map that the patch is a part of, with the part outlined. */
function Within({ patch: { layer, what, map, at }, names }: { patch: Patch; names: Names }) {
  if (!map) return null;
  const { rows, columns, values, lead } = map;
  const scale = layer === '0' && what === 'input' ? 0 : scaleOf(values);
  const marks = at.filter((each) => each >= 0).map((each) => each % (rows * columns));
  return (
    <>
      <figure class="patch within">
        <div class="cells" style={{ aspectRatio: `${columns} / ${rows}` }}>
          <MapCanvas values={values} width={columns} height={rows} scale={scale} />
          <Marks marks={marks} rows={rows} columns={columns} />
        </div>
        <figcaption>
          {names.letter(layer, what)}[{lead.join(',')}]
        </figcaption>
      </figure>
      <span class="sign">→</span>
    </>
  );
}

interface PatchProps {
  readonly patch: Patch;
  readonly rows: number;
  readonly columns: number;
  readonly names: Names;
  readonly name: string;
  /** Places of the other patch: where it has nothing, this one counts for nothing. */
  readonly skip?: Int32Array;
}

/** A patch whose places lead to their elements. */
function PatchPicture({ patch, rows, columns, names, name, skip }: PatchProps) {
  const unit = unitOf(patch.values);
  const scale = patch.layer === '0' && patch.what === 'input' ? 0 : scaleOf(patch.values);
  const go = (at: number) => {
    if (patch.at[at] >= 0)
      choose({ layer: patch.layer, what: patch.what, index: indexOf(patch.shape, patch.at[at]) });
  };
  const isWritten = columns <= mostWritten && rows <= mostWritten;
  return (
    <figure class={isWritten ? 'patch' : 'patch wide'}>
      <div class="cells" style={{ aspectRatio: `${columns} / ${rows}`, '--columns': columns }}>
        <MapCanvas values={patch.values} width={columns} height={rows} scale={scale} />
        {isWritten ? (
          <div class="buttons">
            {Array.from(patch.values, (value, at) => (
              <PatchCell
                key={at}
                name={patch.at[at] < 0 ? '' : names.symbol(placeOf(patch, at))}
                value={inUnit(value, unit)}
                kind={patch.at[at]}
                unused={skip !== undefined && skip[at] < 0}
                onChoose={() => go(at)}
              />
            ))}
          </div>
        ) : (
          <Anywhere rows={rows} columns={columns} onChoose={go} name={name} />
        )}
      </div>
      <figcaption>
        {name}
        {isWritten && <Unit exponent={unit} />}
      </figcaption>
    </figure>
  );
}

const placeOf = ({ layer, what, shape, at }: Patch, number: number) => ({
  layer,
  what,
  index: indexOf(shape, at[number]),
});

interface CellProps {
  readonly name: string;
  readonly value: string;
  readonly kind: number;
  readonly unused: boolean;
  readonly onChoose: () => void;
}

function PatchCell({ name, value, kind, unused, onChoose }: CellProps) {
  const t = useStrings(strings);
  if (kind < 0) return <span class={kind === outside ? 'outside' : 'between'} />;
  return (
    <button
      type="button"
      class={unused ? 'unused' : ''}
      aria-label={`${t.goTo(name)}: ${value}`}
      onClick={onChoose}
    >
      <b>{value}</b>
    </button>
  );
}

/** A large patch is one button: where it is clicked, it leads. */
function Anywhere(props: { rows: number; columns: number; name: string; onChoose: (at: number) => void }) {
  const { rows, columns, name, onChoose } = props;
  const t = useStrings(strings);
  const click = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const [x, y] = event.detail === 0 ? [0, 0] : [event.clientX - box.left, event.clientY - box.top];
    const along = (offset: number, size: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor((offset / size) * count)));
    onChoose(along(y, box.height, rows) * columns + along(x, box.width, columns));
  };
  return <button type="button" class="anywhere" aria-label={t.goTo(name)} onClick={click} />;
}

function ProductPicture(props: { panel: Panel; rows: number; columns: number; largest: number }) {
  const { panel, rows, columns, largest } = props;
  const t = useStrings(strings);
  const unit = unitOf(panel.products);
  const isWritten = columns <= mostWritten && rows <= mostWritten;
  return (
    <figure class={isWritten ? 'patch' : 'patch wide'}>
      <div class="cells" style={{ aspectRatio: `${columns} / ${rows}`, '--columns': columns }}>
        <MapCanvas values={panel.products} width={columns} height={rows} scale={largest} />
        {isWritten && (
          <div class="buttons">
            {Array.from(panel.products, (value, at) =>
              panel.left.at[at] < 0 ? (
                <span key={at} class={panel.left.at[at] === outside ? 'outside' : 'between'} />
              ) : (
                <span key={at}>
                  <b>{inUnit(value, unit)}</b>
                </span>
              ),
            )}
          </div>
        )}
      </div>
      <figcaption>
        {t.product}
        {isWritten && <Unit exponent={unit} />}
      </figcaption>
    </figure>
  );
}

/** The filter before it is turned. */
function Stored({ panel, rows, columns }: { panel: Panel; rows: number; columns: number }) {
  const t = useStrings(strings);
  const values = panel.right!.values.toReversed();
  const unit = unitOf(values);
  return (
    <figure class="patch stored">
      <div class="cells" style={{ aspectRatio: `${columns} / ${rows}`, '--columns': columns }}>
        <MapCanvas values={values} width={columns} height={rows} scale={scaleOf(values)} />
        <div class="buttons">
          {Array.from(values, (value, at) => (
            <span key={at}>
              <b>{inUnit(value, unit)}</b>
            </span>
          ))}
        </div>
      </div>
      <figcaption>
        ↻ {t.storedFilter}
        <Unit exponent={unit} />
      </figcaption>
    </figure>
  );
}
