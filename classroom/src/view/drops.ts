/** Files that are dropped anywhere on the page. */
import { droppedFiles, readFiles } from '../images/files.ts';
import type { RoomName } from '../rooms/address.ts';
import { notice, room, showImages, strings } from '../store.ts';

type TakeFiles = (files: readonly File[]) => Promise<void>;

/** Rooms that do something else with files than show their images: each puts its own way here. */
export const takers: Partial<Record<RoomName, TakeFiles>> = {};

/** Shows the images of files, and says which of them hold none. */
export async function showFiles(files: readonly File[]): Promise<void> {
  const { images: found, problems } = await readFiles(files, strings.value);
  const shown = problems.slice(0, 3);
  if (problems.length > shown.length) shown.push(strings.value.moreProblems(problems.length - shown.length));
  notice.value = shown.join(' ');
  if (found.length > 0) showImages(found);
}

export function takeDrops(): void {
  addEventListener('dragover', (event) => {
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) document.body.classList.remove('dropping');
  });
  addEventListener('drop', async (event) => {
    event.preventDefault();
    document.body.classList.remove('dropping');
    if (!event.dataTransfer) return;
    const take = takers[room.peek()] ?? showFiles;
    try {
      await take(await droppedFiles(event.dataTransfer));
    } catch (error) {
      notice.value = strings.value.dropFailed((error as Error).message);
    }
  });
}
