/** The address of the page: the playground's state, the room that is open, and what rooms keep in it. */
import {
  defaultState,
  fromAddress,
  type PlaygroundState,
  type Problem,
  toAddress,
} from '../playground/spec.ts';

/** The page's rooms, in the order of its bar. Each is a folder beside this file. */
export const roomNames = ['net', 'numbers', 'kernel', 'time', 'latent', 'practical'] as const;
export type RoomName = (typeof roomNames)[number];

/** What rooms keep in the address: `ROOM.key` and a text, which the room checks when it reads it. */
export type RoomFields = Readonly<Record<string, string>>;

export interface PageState {
  readonly room: RoomName;
  readonly playground: PlaygroundState;
  readonly fields: RoomFields;
}

/** Longer addresses are not read. The playground's own part stays below `maxAddress`. */
export const maxPageAddress = 32_768;

const isField = (name: string) => roomNames.some((room) => name.startsWith(`${room}.`));

/** The part of the page's address after `#`: empty for the page as it opens without one. */
export function toPageAddress({ room, playground, fields }: PageState): string {
  const state = toAddress(playground);
  const parts = [
    ...(room === 'net' ? [] : [`room=${room}`]),
    ...(state === toAddress(defaultState) ? [] : [state]),
    ...Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
  ];
  return parts.join('&');
}

/** Reads what `toPageAddress` wrote, or somebody made up: what is wrong with it, and the state with what is right. */
export function fromPageAddress(text: string): PageState & { readonly problems: Problem[] } {
  if (text.length > maxPageAddress) {
    const problem = {
      kind: 'long',
      name: '',
      value: String(text.length),
      expected: String(maxPageAddress),
    } as const;
    return { room: 'net', playground: defaultState, fields: {}, problems: [problem] };
  }
  const problems: Problem[] = [];
  const fields: Record<string, string> = {};
  const rest = new URLSearchParams();
  let room: RoomName = 'net';
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === 'room') {
      const found = roomNames.find((each) => each === value);
      if (found) room = found;
      else problems.push({ kind: 'choice', name, value: value.slice(0, 40), expected: roomNames.join(', ') });
    } else if (isField(name) && !Object.hasOwn(fields, name)) {
      fields[name] = value;
    } else {
      rest.append(name, value);
    }
  }
  const { state, problems: found } = fromAddress(String(rest));
  return { room, playground: state, fields, problems: [...problems, ...found] };
}
