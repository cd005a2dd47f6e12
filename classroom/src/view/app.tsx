import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { type RoomName, roomNames } from '../rooms/address.ts';
import { rooms } from '../rooms/index.ts';
import {
  enter,
  failure,
  language,
  notice,
  open as openDevice,
  problems,
  room,
  setDevice,
  setLanguage,
  setTheme,
  strings,
  theme,
  themes,
  wish,
  wishes,
} from '../store.ts';
import { type Language, languages } from '../strings/index.ts';
import { Choice } from './choice.tsx';
import { Failure } from './failure.tsx';

export function App() {
  return (
    <>
      <Header />
      <RoomBar />
      <main id="main" tabIndex={-1}>
        <Messages />
        <CurrentRoom key={room.value} />
      </main>
    </>
  );
}

function RoomBar() {
  const t = strings.value;
  const bar = useRef<HTMLElement>(null);
  const open = room.value;
  // On a phone the bar is wider than the page, and scrolls.
  useLayoutEffect(() => {
    const button = bar.current!.querySelector<HTMLElement>('[aria-current]')!;
    bar.current!.scrollLeft = button.offsetLeft - (bar.current!.clientWidth - button.offsetWidth) / 2;
  }, [open, language.value]);
  return (
    <nav ref={bar} class="rooms" aria-label={t.rooms}>
      {roomNames.map((name) => (
        <button
          key={name}
          type="button"
          aria-current={name === open ? 'page' : undefined}
          onClick={() => enter(name)}
        >
          {t.roomNames[name]}
        </button>
      ))}
    </nav>
  );
}

/** Rooms that have been loaded. */
const loaded = signal<Partial<Record<RoomName, ComponentType>>>({});
const loading = new Set<RoomName>();

/** Loads a room once; if its file cannot be had, the page says so, and entering the room again tries again. */
async function load(name: RoomName): Promise<void> {
  if (loading.has(name)) return;
  loading.add(name);
  try {
    const { Room } = await rooms[name]();
    loaded.value = { ...loaded.value, [name]: Room };
  } catch (error) {
    notice.value = strings.value.roomNotLoaded(strings.value.roomNames[name], (error as Error).message);
  }
  loading.delete(name);
}

function CurrentRoom() {
  const name = room.value;
  const Room = loaded.value[name];
  if (!Room) void load(name);
  return (
    <div class={`room room-${name}`} data-room={name}>
      {Room ? <Room /> : <p class="hint">{strings.value.opening}</p>}
    </div>
  );
}

function Header() {
  const t = strings.value;
  return (
    <header>
      {/* No link: the address holds the page's state. */}
      <button type="button" class="skip" onClick={() => document.getElementById('main')!.focus()}>
        {t.skip}
      </button>
      <div>
        <h1>{t.title}</h1>
        <p>{t.claim}</p>
      </div>
      <div class="fields">
        <Choice
          label={t.language}
          value={language.value}
          options={Object.keys(languages) as Language[]}
          show={(name) => ({ en: 'English', de: 'Deutsch' })[name]}
          onChoose={setLanguage}
        />
        <Choice
          label={t.theme}
          value={theme.value}
          options={themes}
          show={(name) => t.themes[name]}
          onChoose={setTheme}
        />
        <Choice
          label={t.device}
          value={wish.value}
          options={wishes}
          show={(name) => t.devices[name]}
          onChoose={setDevice}
        />
      </div>
    </header>
  );
}

function Messages() {
  const t = strings.value;
  const memoryAdvice = /out of memory|allocation failed/i.test(failure.value) ? `${t.outOfMemory} ` : '';
  return (
    <>
      <Failure
        text={failure.value && `${memoryAdvice}${t.failed(failure.value)}`}
        again={t.again}
        onAgain={() => openDevice()}
      />
      {problems.value.length > 0 && (
        <div class="message bad" role="alert">
          <p>{t.problemsHead}</p>
          <ul>
            {problems.value.slice(0, 8).map((problem) => (
              <li key={`${problem.kind} ${problem.name}`}>{t.problems[problem.kind](problem)}</li>
            ))}
          </ul>
          <button type="button" onClick={() => (problems.value = [])}>
            {t.close}
          </button>
        </div>
      )}
      <div class="message" role="status" hidden={!notice.value}>
        <p>{notice.value}</p>
        {notice.value && (
          <button type="button" onClick={() => (notice.value = '')}>
            {t.close}
          </button>
        )}
      </div>
    </>
  );
}
