import type { ComponentChildren } from 'preact';

/** What may be wider than its card; the keyboard scrolls it, too. */
export function Scrolled({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
    <section class="scroll" tabIndex={0} aria-label={name}>
      {children}
    </section>
  );
}
