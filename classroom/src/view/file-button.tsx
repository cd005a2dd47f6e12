import { useRef } from 'preact/hooks';
import { showFiles } from './drops.ts';

/** Opens files, or with `folder` a folder, and shows their images in all rooms. */
export function FileButton({ label, folder }: { label: string; folder?: boolean }) {
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
