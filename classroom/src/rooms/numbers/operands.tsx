/** Small pictures of the tensors that a number was computed from, with the operands in them. */
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { padded } from './map.tsx';
import type { Names } from './names.ts';
import { indexOf } from './packed.ts';
import { choose } from './store.ts';
import { strings } from './strings.ts';
import type { OperandMap } from './types.ts';

export function Operands({ operands, names }: { operands: readonly OperandMap[]; names: Names }) {
  const t = useStrings(strings);
  if (operands.length === 0) return null;
  return (
    <div class="operands">
      <h3>{t.operands}</h3>
      <ul>
        {operands.map((operand) => (
          <Operand key={`${operand.layer} ${operand.what}`} operand={operand} names={names} />
        ))}
      </ul>
    </div>
  );
}

function Operand({ operand, names }: { operand: OperandMap; names: Names }) {
  const t = useStrings(strings);
  const { layer, what, shape, lead, rows, columns, marks, count, largest } = operand;
  const first = indexOf(shape.slice(lead.length), marks[0]);
  const place = { layer, what, index: [...lead, ...first] };
  const isXray = layer === '0' && what === 'input';
  return (
    <li>
      <button type="button" aria-label={t.goTo(names.place(place))} onClick={() => choose(place)}>
        <span class="mini" style={{ aspectRatio: `${columns} / ${rows}` }}>
          <MapCanvas
            values={padded(operand)}
            width={columns}
            height={rows}
            scale={isXray ? 0 : largest || 1}
          />
          <Marks marks={marks} rows={rows} columns={columns} />
        </span>
      </button>
      <span>
        {t.operandCount(count, names.whole(layer, what))}
        <code>
          {names.letter(layer, what)}
          {lead.length > 0 && `[${lead.join(',')}]`}
        </code>
      </span>
    </li>
  );
}

/** The places as one outline: their cells in an image of one pixel for each. */
export function Marks({ marks, rows, columns }: { marks: Int32Array; rows: number; columns: number }) {
  // All of them need no outline each.
  if (marks.length > (rows * columns) / 2 || marks.length > 200) return <span class="marks all" />;
  const cells = [...marks].map((at) => `M${at % columns} ${Math.floor(at / columns)}h1v1h-1z`);
  return (
    <svg class="marks" viewBox={`0 0 ${columns} ${rows}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={cells.join('')} />
    </svg>
  );
}
