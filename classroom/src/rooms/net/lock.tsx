/** A padlock, drawn: not every machine has a letter for it. */
export function Lock({ label }: { readonly label: string }) {
  return (
    <svg class="lock" viewBox="0 0 16 16" role="img" aria-label={label}>
      <title>{label}</title>
      <path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2" fill="none" stroke="currentColor" stroke-width="2" />
      <rect x="2.5" y="7" width="11" height="8" rx="1.5" fill="currentColor" />
    </svg>
  );
}
