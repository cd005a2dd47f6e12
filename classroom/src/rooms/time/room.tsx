/** A kernel's text, the WebAssembly that it becomes, and the time that it takes. */
import { useEffect } from 'preact/hooks';
import { useStrings } from '../../strings/room.ts';
import { Against } from './against.tsx';
import { Beside } from './beside.tsx';
import { LadderCard } from './ladder.tsx';
import { Picker } from './picker.tsx';
import { enterTime, fieldProblems, trouble } from './store.ts';
import { strings } from './strings.ts';
import './style.css';

export function Room() {
  useEffect(enterTime, []);
  const t = useStrings(strings);
  const problems = fieldProblems.value;
  return (
    <>
      <h2 class="head">{t.title}</h2>
      <p class="hint">{t.intro}</p>
      <div role="alert" class="message bad" hidden={problems.length === 0 && trouble.value === ''}>
        <ul>
          {problems.map(({ field, value }) => (
            <li key={field}>{t.addressProblem(field, value)}</li>
          ))}
          {trouble.value && <li class="trouble">{trouble.value}</li>}
        </ul>
      </div>
      <Picker />
      <Beside />
      <Against />
      <LadderCard />
    </>
  );
}
