/** The X-rays to choose from, generated or somebody's own. */
import { imageSize } from '../../playground/spec.ts';
import { choose, imageNumber, images, isOwn, showImages, strings } from '../../store.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { FileButton } from '../../view/file-button.tsx';
import { inputOf } from '../../view/paint.ts';

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
      <div class="thumbs scroll" onKeyDown={move}>
        {images.value.map(({ pixels }, number) => (
          <button
            key={number}
            type="button"
            class="tile"
            aria-label={nameOf(number)}
            title={nameOf(number)}
            aria-pressed={number === chosen}
            tabIndex={number === chosen ? 0 : -1}
            onClick={() => choose(number)}
          >
            <MapCanvas values={inputOf(pixels)} width={imageSize} height={imageSize} scale={0} />
          </button>
        ))}
      </div>
    </section>
  );
}
