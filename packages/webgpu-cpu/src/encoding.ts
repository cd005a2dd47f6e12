/** The state of a command encoder, which its passes share. */
import type { Command, Usable, Used } from './commands.ts';
import { broken, type Core, type DeviceObject } from './core.ts';
import { GPUValidationError } from './errors.ts';

/** How many groups of commands are open, by `pushDebugGroup`. */
export class DebugGroups {
  #open = 0;

  push(): void {
    this.#open++;
  }

  /** @returns what is wrong, if nothing is open */
  pop(): string | null {
    return this.#open-- > 0 ? null : 'popDebugGroup: no debug group is open';
  }

  /** @returns what is wrong, if something is open */
  end(): string | null {
    return this.#open > 0 ? `${this.#open} debug groups are open: each needs popDebugGroup` : null;
  }
}

export class Encoding {
  readonly core: Core;
  readonly owner: DeviceObject;
  readonly commands: Command[] = [];
  /** `locked`: a pass is open. */
  state: 'open' | 'locked' | 'ended' = 'open';
  /** The first rule that was broken. */
  error: string | null = null;
  readonly #used = new Set<Usable>();
  readonly #debugGroups = new DebugGroups();

  constructor(core: Core, owner: DeviceObject) {
    this.core = core;
    this.owner = owner;
  }

  /** These have to be there when the commands run. */
  use(...objects: readonly Usable[]): void {
    for (const object of objects) this.#used.add(object);
  }

  fail(message: string | null): void {
    this.error ??= message;
  }

  /** False if nothing can be written now: reported at once if it is finished, at the end if a pass is open. */
  isOpen(what: string): boolean {
    if (this.state === 'ended') {
      this.core.report(
        new GPUValidationError(`${what}: ${this.owner.named} is finished; create another one`),
      );
      return false;
    }
    if (this.state === 'locked') this.fail(`${what}: a pass is open; call end() of it before`);
    return this.state === 'open';
  }

  /** Writes a command, unless `build` breaks a rule or gives null. */
  command(what: string, build: () => Command | null): void {
    if (this.isOpen(what)) this.write(what, build);
  }

  /** The same, where this was asked for. */
  write(what: string, build: () => Command | null): void {
    const message = broken(() => {
      const command = build();
      if (command) this.commands.push(command);
    });
    if (message !== null) this.fail(`${what}: ${message}`);
  }

  pushDebugGroup(): void {
    this.command('pushDebugGroup', () => {
      this.#debugGroups.push();
      return null;
    });
  }

  popDebugGroup(): void {
    this.command('popDebugGroup', () => {
      this.fail(this.#debugGroups.pop());
      return null;
    });
  }

  finish(): { readonly commands: readonly Command[]; readonly used: Used; readonly error: string | null } {
    if (this.state === 'ended') this.error = 'it is finished already; create another one';
    if (this.state === 'locked') this.fail('a pass is open; call end() of it before');
    this.fail(this.#debugGroups.end());
    if (!this.owner.valid) this.fail('it is not valid');
    this.state = 'ended';
    return { commands: this.commands, used: this.#used, error: this.error };
  }
}
