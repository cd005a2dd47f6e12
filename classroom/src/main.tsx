// First: see there.
import './worker/start.ts';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { registerServiceWorker } from './offline/register.ts';
import { failure, followAddress, lesson, open, snapshot } from './store.ts';
import { App } from './view/app.tsx';
import { takeDrops } from './view/drops.ts';
import './style.css';

render(<App />, document.getElementById('app')!);
open();
followAddress();
takeDrops();
void registerServiceWorker(opened());

/** Resolves when the first picture is there, or what there is in its place. */
function opened(): Promise<void> {
  return new Promise((done) => {
    effect(() => {
      if (snapshot.value || failure.value) done();
    });
  });
}

/** For the console and for tests: the values behind the pictures. */
Object.defineProperty(globalThis, 'classroom', {
  value: { snapshot: () => snapshot.peek(), lesson: () => lesson.peek() },
});
