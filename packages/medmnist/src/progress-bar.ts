import type { DownloadProgress } from './download.ts';
import { formatBytes } from './errors.ts';

/** What a progress bar is drawn on; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * A progress bar for {@link downloadFile}: one line drawn over and over in a terminal; elsewhere (a log file) a line
 * at every tenth.
 */
export function progressBar(stream: ProgressStream = process.stderr): (progress: DownloadProgress) => void {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let tenth = -1;
  return (progress) => {
    const { received, total, retry, done, failed } = progress;
    const name = progress.file.split(/[\\/]/).at(-1) ?? progress.file;
    if (retry) stream.write(`${stream.isTTY ? '\r\x1b[2K' : ''}${name}: ${retry}; trying again\n`);
    // The error that comes next begins on a line of its own.
    if (failed && stream.isTTY && drawnAt > Number.NEGATIVE_INFINITY) stream.write('\r\x1b[2K');
    // Before the first byte there is nothing to show: no bar, no speed.
    if (failed || received === 0) return;
    if (!stream.isTTY) {
      const now = total ? Math.floor((10 * received) / total) : -1;
      if (done || now > tenth) stream.write(`${describe(name, progress)}\n`);
      tenth = Math.max(tenth, now);
      return;
    }
    const time = performance.now();
    if (!done && !retry && time - drawnAt < 100) return;
    drawnAt = time;
    const text = describe(name, progress);
    const width = Math.min(30, (stream.columns ?? 80) - text.length - 4);
    const filled = total && width > 4 ? Math.round((width * Math.min(received, total)) / total) : 0;
    const bar = total && width > 4 ? ` [${'█'.repeat(filled)}${'░'.repeat(width - filled)}]` : '';
    stream.write(`\r\x1b[2K${text}${bar}${done ? '\n' : ''}`);
  };
}

function describe(
  name: string,
  { received, total, bytesPerSecond, resumedFrom, done }: DownloadProgress,
): string {
  const of = total ? ` of ${formatBytes(total)} (${Math.floor((100 * received) / total)} %)` : '';
  // What was there before this run arrived at no speed.
  const rate = bytesPerSecond >= 1 ? `, ${formatBytes(Math.round(bytesPerSecond))}/s` : '';
  const resumed = resumedFrom > 0 ? `, resumed at ${formatBytes(resumedFrom)}` : '';
  return `${name}: ${formatBytes(received)}${of}${done ? ', checked' : rate}${resumed}`;
}
