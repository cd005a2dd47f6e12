/** Where the net's tiles lie, so that one canvas behind them can hold all maps and lines. */

/** A rectangle in CSS pixels, from the top left of the frame. */
export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The tiles of the image and of each layer after it, in order; a layer without maps has one strip. */
export function placesOf(frame: HTMLElement): readonly (readonly Place[])[] {
  const origin = frame.getBoundingClientRect();
  return [...frame.querySelectorAll('[data-layer]')].map((column) =>
    [...column.querySelectorAll<HTMLElement>('.tile, .strip')].map((tile) => {
      const box = tile.getBoundingClientRect();
      return {
        left: box.left - origin.left + tile.clientLeft,
        top: box.top - origin.top + tile.clientTop,
        width: tile.clientWidth,
        height: tile.clientHeight,
      };
    }),
  );
}
