/** The net while it trains: its layers at one X-ray, curves, settings. */
import { strings } from '../../store.ts';
import { Charts } from './charts.tsx';
import { Compare, SideChoice } from './compare.tsx';
import { Controls, Prediction } from './controls.tsx';
import { Detail } from './detail.tsx';
import { ForkSettings } from './fork.tsx';
import { Network } from './network.tsx';
import { Picker } from './picker.tsx';
import { Quality } from './quality.tsx';
import { Settings } from './settings.tsx';
import { shown } from './sides.ts';
import './style.css';

export function Room() {
  return (
    <>
      <Controls />
      <Picker />
      <div class="stage">
        <NetworkCard />
        <aside class="card results">
          <Prediction />
          <Charts />
        </aside>
      </div>
      <ForkSettings />
      <Compare />
      <div class="below">
        <Settings />
        <Detail />
        <Quality />
      </div>
    </>
  );
}

function NetworkCard() {
  const t = strings.value;
  return (
    <section class="card network" aria-labelledby="network-head">
      <div class="network-head">
        <h2 id="network-head">{t.network}</h2>
        <SideChoice />
      </div>
      <Network walk={shown} />
    </section>
  );
}
