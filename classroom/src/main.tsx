import { render } from 'preact';
import { registerServiceWorker } from './offline/register.ts';
import { followAddress, lesson, open, snapshot } from './store.ts';
import { App } from './view/app.tsx';
import { takeDrops } from './view/drops.ts';
import './style.css';

render(<App />, document.getElementById('app')!);
open();
followAddress();
takeDrops();
void registerServiceWorker();

/** For the console and for tests: the values behind the pictures. */
Object.defineProperty(globalThis, 'classroom', {
  value: { snapshot: () => snapshot.peek(), lesson: () => lesson.peek() },
});
