import { effect } from '@preact/signals';
import { render } from 'preact';
import { registerServiceWorker } from './offline/register.ts';
import { failure, followAddress, notice, openWhenSeen, room, snapshot, strings } from './store.ts';
import { App } from './view/app.tsx';
import { takeDrops } from './view/drops.ts';
import './style.css';

render(<App />, document.getElementById('app')!);
openWhenSeen();
followAddress();
takeDrops();
void registerServiceWorker(opened());

// What nobody expected is said, too. Resize observers that report twice are no error.
addEventListener('unhandledrejection', ({ reason }) => {
  notice.value = strings.peek().pageError((reason as Error | undefined)?.message ?? String(reason));
});
addEventListener('error', ({ message }) => {
  if (message && !message.startsWith('ResizeObserver')) notice.value = strings.peek().pageError(message);
});

/** Milliseconds that a room which is not that of the net has for its first picture. */
const firstPicture = 2000;

/** Resolves when the first picture is there, or what there is in its place. */
function opened(): Promise<void> {
  return new Promise((done) => {
    effect(() => {
      if (snapshot.value || failure.value) done();
      else if (room.value !== 'net') setTimeout(done, firstPicture);
    });
  });
}

/** For the console and for tests: the values behind the pictures. Rooms add theirs. */
Object.defineProperty(globalThis, 'classroom', {
  value: { snapshot: () => snapshot.peek() },
});
