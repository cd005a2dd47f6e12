/** The X-rays to choose from, generated or somebody's own. */
import { effect, signal } from '@preact/signals';
import { imageSize } from '../../playground/spec.ts';
import { choose, imageNumber, images, isOwn, showImages, strings } from '../../store.ts';
import { FileButton } from '../../view/file-button.tsx';
import { inputOf, paint } from '../../view/paint.ts';

/**
 * All images below each other as one picture, of which each tile shows its part: so they cost no canvas each. By a
 * short address: one that holds the data would be read anew for each tile.
 */
const sprite = signal('');
effect(() => {
  const all = images.value;
  const size = imageSize * imageSize;
  const bytes = new Uint8Array(size * all.length);
  for (const [number, { pixels }] of all.entries()) bytes.set(pixels, number * size);
  const canvas = document.createElement('canvas');
  const shape = { width: imageSize, height: imageSize * all.length };
  paint(canvas, inputOf(bytes), shape, { scale: 0, dark: false });
  canvas.toBlob((blob) => {
    if (!blob || images.peek() !== all) return;
    URL.revokeObjectURL(sprite.peek());
    sprite.value = URL.createObjectURL(blob);
  });
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
        style={{ '--images': images.value.length, '--sprite': sprite.value && `url(${sprite.value})` }}
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
