/** The page's rooms: a folder each, loaded when it is opened first, so that the page's first picture comes soon. */
import type { ComponentType } from 'preact';
import type { RoomName } from './address.ts';

interface RoomModule {
  readonly Room: ComponentType;
}

export const rooms: Readonly<Record<RoomName, () => Promise<RoomModule>>> = {
  net: () => import('./net/room.tsx'),
  numbers: () => import('./numbers/room.tsx'),
  time: () => import('./time/room.tsx'),
  kernel: () => import('./kernel/room.tsx'),
  latent: () => import('./latent/room.tsx'),
  practical: () => import('./practical/room.tsx'),
};
