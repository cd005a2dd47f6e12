/** The X-rays to choose from, generated or somebody's own. */
import { computed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { imageSize } from '../../playground/spec.ts';
import { choose, imageNumber, images, isOwn, showImages, strings } from '../../store.ts';
import { showFiles } from '../../view/drops.ts';
import { asInput, paint } from '../../view/paint.ts';

/** All images below each other as one picture, of which each tile shows its part: so they cost no canvas each. */
const sprite = computed(() => {
  const size = imageSize * imageSize;
  const all = new Uint8Array(size * images.value.length);
  for (const [number, { pixels }] of images.value.entries()) all.set(pixels, number * size);
  const canvas = document.createElement('canvas');
  paint(
    canvas,
    asInput(all),
    { width: imageSize, height: imageSize * images.value.length },
    { scale: 0, dark: false },
  );
  return `url(${canvas.toDataURL()})`;
});

export function Picker() {
  const t = strings.value;
  const chosen = imageNumber.value;
  const nameOf = (number: number) => {
    const { name, label } = images.value[number];
    return name ?? t.imageName(number + 1, label === undefined ? '' : t.classes[label]);
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = chosen + (by ?? 0);
    if (!by || next < 0 || next >= images.value.length) return;
    event.preventDefault();
    choose(next);
    (event.currentTarget as Element).querySelectorAll<HTMLElement>('button')[next].focus();
  };
  return (
    <section class="card picker" aria-labelledby="images-head">
      <div class="head">
        <h2 id="images-head">{t.images}</h2>
        <p class="hint">{t.imagesHint}</p>
        <FileButton label={t.openFiles} />
        <FileButton label={t.openFolder} folder />
        {isOwn.value && (
          <button type="button" onClick={() => showImages([])}>
            {t.backToPhantoms}
          </button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the buttons inside */}
      <div
        class="thumbs scroll"
        style={{ '--images': images.value.length, '--sprite': sprite.value }}
        onKeyDown={move}
      >
        {images.value.map((_, number) => (
          <button
            key={number}
            type="button"
            class="tile"
            aria-label={nameOf(number)}
            title={nameOf(number)}
            aria-pressed={number === chosen}
            tabIndex={number === chosen ? 0 : -1}
            style={{ '--number': number }}
            onClick={() => choose(number)}
          />
        ))}
      </div>
    </section>
  );
}

function FileButton({ label, folder }: { label: string; folder?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current!.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        multiple
        accept={folder ? undefined : '.png,.jpg,.jpeg,.npz'}
        {...(folder ? { webkitdirectory: true } : {})}
        onChange={async ({ currentTarget }) => {
          await showFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}
