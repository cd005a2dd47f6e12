/** Figures of the run as pictures. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { FigureView } from './messages.ts';
import { fileOf } from './store.ts';

export function Figures({
  head,
  figures,
}: {
  readonly head: string;
  readonly figures: readonly FigureView[];
}) {
  if (figures.length === 0) return null;
  return (
    <section class="figures" aria-label={head}>
      <h3>{head}</h3>
      <ul>
        {figures.map((figure) => (
          <li key={`${figure.id} ${figure.drawing}`}>
            <Picture figure={figure} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A picture that opens alone when it is clicked. */
function Picture({ figure: { id, title, alt } }: { readonly figure: FigureView }) {
  const url = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let made: string | undefined;
    let gone = false;
    void fileOf(`figures/${id}.png`).then((bytes) => {
      if (!bytes || gone) return;
      made = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
      url.value = made;
    });
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, []);
  return (
    <figure lang="en">
      {url.value && (
        <a href={url.value} target="_blank" rel="noreferrer">
          <img src={url.value} alt={alt || title} />
        </a>
      )}
      <figcaption>{title}</figcaption>
    </figure>
  );
}
