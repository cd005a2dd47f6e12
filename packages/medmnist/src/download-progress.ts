import { formatBytes } from '@glassbox/files';
import { bar, type ProgressStream, StatusLine } from '@glassbox/host';
import type { DownloadProgress } from './download.ts';

/**
 * A progress bar for `downloadFile`: one line drawn over and over in a terminal; elsewhere (a log file) a line
 * at every tenth.
 */
export function progressBar(stream: ProgressStream = process.stderr): (progress: DownloadProgress) => void {
  const line = new StatusLine(stream);
  let tenth = -1;
  return (progress) => {
    const { received, total, retry, done, failed } = progress;
    const name = progress.file.split(/[\\/]/).at(-1) ?? progress.file;
    // What is printed next, this or the error, begins on a line of its own.
    if (retry || failed) line.clear();
    if (retry) stream.write(`${name}: ${retry}; trying again\n`);
    // Before the first byte there is nothing to show: no bar, no speed.
    if (failed || received === 0) return;
    const text = describe(name, progress);
    if (!stream.isTTY) {
      const now = total ? Math.floor((10 * received) / total) : -1;
      if (done || now > tenth) stream.write(`${text}\n`);
      tenth = Math.max(tenth, now);
      return;
    }
    const width = Math.min(30, line.columns - text.length - 3);
    line.draw(() => (total && width > 4 ? `${text} ${bar(received / total, width)}` : text), done);
    if (done) line.keep();
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
