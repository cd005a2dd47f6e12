/** Which kernel, at which shapes. */
import { kernelEntries } from '@glassbox/benchmarks/kernel';
import { language, spec } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { nameOf } from '../../view/names.ts';
import { choose, described, deviceTitle, target } from './store.ts';
import { strings } from './strings.ts';
import {
  kernelsOfNet,
  ladderVersions,
  parseSizes,
  type Target,
  targetName,
  targetNamed,
  versionName,
} from './target.ts';

/** The kernels by their group. */
const groups = Object.entries(kernelEntries).reduce((found, [name, { group }]) => {
  found.set(group, [...(found.get(group) ?? []), name]);
  return found;
}, new Map<string, string[]>());

export function Picker() {
  const t = useStrings(strings);
  const chosen = target.value;
  const kernel = described.value?.kernel;
  const number = (value: number) => value.toLocaleString(language.value);
  return (
    <section class="card picker" aria-label={t.kernel}>
      <div class="fields">
        <OfNet />
        <label class="field">
          <span>{t.kernel}</span>
          <select
            id="time-kernel"
            value={targetName(chosen)}
            onChange={({ currentTarget }) => choose(targetNamed(currentTarget.value)!)}
          >
            {[...groups].map(([group, names]) => (
              <optgroup key={group} label={group}>
                {names.map((name) => (
                  <option key={name} value={name} selected={name === targetName(chosen)}>
                    {name}
                  </option>
                ))}
              </optgroup>
            ))}
            <optgroup label={t.ladders}>
              {ladderVersions.map((version) => (
                <option
                  key={targetName(version)}
                  value={targetName(version)}
                  selected={targetName(version) === targetName(chosen)}
                >
                  {titleOf(version)}
                </option>
              ))}
            </optgroup>
          </select>
        </label>
        {chosen.kind === 'kernel' && kernel?.dimensions && <Sizes chosen={chosen} />}
      </div>
      {kernel && (
        <p class="hint" id="time-about">
          <b>{kernel.title}</b>:{' '}
          {t.cost(number(kernel.flop), number(kernel.bytes), kernel.workgroups.map(number).join(' × '))}.{' '}
          {t.device}
          <span id="time-device">{deviceTitle.value}</span>.
        </p>
      )}
    </section>
  );
}

function titleOf(version: Target): string {
  return version.kind === 'ladder'
    ? `${version.ladder}, ${versionName(version.ladder, version.version)}`
    : '';
}

/** The layers of the net that is trained: their kernels at their shapes. */
function OfNet() {
  const t = useStrings(strings);
  const kernels = kernelsOfNet(spec.value);
  const now = JSON.stringify(target.value);
  const at = kernels.findIndex((each) => JSON.stringify(each.target) === now);
  return (
    <label class="field">
      <span>{t.kernelsOfNet}</span>
      <select
        id="time-of-net"
        value={String(at)}
        onChange={({ currentTarget }) => {
          const found = kernels[Number(currentTarget.value)];
          if (found) choose(found.target);
        }}
      >
        <option value="-1" selected={at < 0}>
          {t.chooseOfNet}
        </option>
        {kernels.map(({ layer, number, part }, n) => (
          <option key={`${layer}${number}${part}`} value={String(n)} selected={n === at}>
            {nameOf({ kind: layer, number })}, {t.parts[part]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Sizes({ chosen }: { readonly chosen: Target & { readonly kind: 'kernel' } }) {
  const t = useStrings(strings);
  const { shape, choices, dimensions, parts, part } = described.value!.kernel;
  const given = (chosen.shape ?? shape).join('x');
  return (
    <>
      <label class="field">
        <span>{t.shape(dimensions)}</span>
        <input
          id="time-shape"
          type="text"
          spellcheck={false}
          size={Math.max(10, given.length)}
          value={given}
          onChange={({ currentTarget }) => {
            const sizes = parseSizes(currentTarget.value);
            if (sizes) choose({ ...chosen, shape: sizes });
            else currentTarget.value = given;
          }}
        />
      </label>
      {(Object.keys(choices) as (keyof typeof choices)[]).map((name) => (
        <label class="field" key={name}>
          <span>{t.choices[name]}</span>
          <input
            type="number"
            min={name === 'padding' ? 0 : 1}
            value={chosen.choices?.[name] ?? choices[name]}
            onChange={({ currentTarget }) =>
              choose({ ...chosen, choices: { ...choices, [name]: Number(currentTarget.value) } })
            }
          />
        </label>
      ))}
      {parts.length > 1 && (
        <label class="field">
          <span>{t.part}</span>
          <select
            value={String(part)}
            onChange={({ currentTarget }) => choose({ ...chosen, part: Number(currentTarget.value) + 1 })}
          >
            {parts.map((name, n) => (
              <option key={`${n}${name}`} value={String(n)} selected={n === part}>
                {n + 1} {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
