/**
 * Who last read and wrote each word of memory that a dispatch touches. It holds what it takes to find a data race if
 * there is one: of each word the last write, the last read, the last read by somebody else, and a read by another
 * workgroup. Workgroups come one after the other, and so do the invocations between two barriers.
 */

/** An access of the past. */
export interface Seen {
  /** The number of its workgroup in the dispatch. */
  readonly group: number;
  /** The number of its invocation in the workgroup. */
  readonly local: number;
  /** The number of its place in the text. */
  readonly access: number;
}

const PAGE_BITS = 12;
/** Words of a record: workgroup + 1 (0: there is none), invocation, access, barriers before it. */
const RECORD = 4;
const [WRITE, READ, OTHER_READ, FOREIGN_READ] = [0, 1, 2, 3].map((record) => record * RECORD);
const UNIT = 4 * RECORD;

export class Shadow {
  /** How many units of memory are watched at most. */
  readonly limit: number;
  /** True once a dispatch touched more than that: the rest of it is not watched. */
  isFull = false;
  readonly #pages = new Map<number, Int32Array>();
  readonly #unused: Int32Array[] = [];

  /** @param limit a multiple of 4096; 64 bytes are kept for each: 512 MiB unless given */
  constructor(limit = 2 ** 23) {
    this.limit = limit;
  }

  /** Forgets everything. */
  clear(): void {
    for (const page of this.#pages.values()) this.#unused.push(page.fill(0));
    this.#pages.clear();
    this.isFull = false;
  }

  /**
   * Notes an access to a unit of memory. `barriers`: how many its workgroup has passed. `groupsApart`: workgroups do
   * not share this memory.
   * @returns an access that it races with
   */
  touch(
    unit: number,
    now: Seen & { readonly barriers: number },
    writes: boolean,
    groupsApart: boolean,
  ): Seen | null {
    const page = this.#pageOf(unit >>> PAGE_BITS);
    if (!page) return null;
    const at = (unit & ((1 << PAGE_BITS) - 1)) * UNIT;
    const group = (now.group + 1) | 0;
    const races = (record: number): boolean => {
      const start = at + record;
      if (page[start] === 0) return false;
      if (page[start] !== group) return !groupsApart;
      return page[start + 1] !== now.local && page[start + 3] === now.barriers;
    };
    const records = writes ? [WRITE, READ, OTHER_READ, FOREIGN_READ] : [WRITE];
    const found = records.find(races);
    const racing = found === undefined ? null : seenIn(page, at + found);
    if (!writes && page[at + READ] !== 0) {
      if (page[at + READ] !== group) page.copyWithin(at + FOREIGN_READ, at + READ, at + READ + RECORD);
      if (page[at + READ] !== group || page[at + READ + 1] !== now.local)
        page.copyWithin(at + OTHER_READ, at + READ, at + READ + RECORD);
    }
    page.set([group, now.local, now.access, now.barriers], at + (writes ? WRITE : READ));
    return racing;
  }

  #pageOf(number: number): Int32Array | null {
    let page = this.#pages.get(number);
    if (page) return page;
    if (this.#pages.size << PAGE_BITS >= this.limit) {
      this.isFull = true;
      return null;
    }
    page = this.#unused.pop() ?? new Int32Array(UNIT << PAGE_BITS);
    this.#pages.set(number, page);
    return page;
  }
}

const seenIn = (page: Int32Array, start: number): Seen => ({
  group: (page[start] - 1) >>> 0,
  local: page[start + 1],
  access: page[start + 2],
});
