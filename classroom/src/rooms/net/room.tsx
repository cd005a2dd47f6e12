/** The net while it trains: its layers at one X-ray, curves, settings. */
import { strings } from '../../store.ts';
import { Charts } from './charts.tsx';
import { Controls, Prediction } from './controls.tsx';
import { Detail } from './detail.tsx';
import { Network } from './network.tsx';
import { Picker } from './picker.tsx';
import { Settings } from './settings.tsx';

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
      <div class="below">
        <Settings />
        <Detail />
      </div>
    </>
  );
}

function NetworkCard() {
  const t = strings.value;
  return (
    <section class="card network" aria-labelledby="network-head">
      <h2 id="network-head">{t.network}</h2>
      <Network />
    </section>
  );
}
