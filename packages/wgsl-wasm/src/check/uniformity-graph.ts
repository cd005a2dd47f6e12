/** The graph of the uniformity analysis: an edge from a to b says that a is uniform only if b is. */

export interface Requirement {
  readonly node: number;
  readonly pos: number;
  /** How much of the source to mark: the name that is called. */
  readonly length: number;
  readonly message: string;
}

export class UniformityGraph {
  /** The node that is never uniform. */
  readonly nonUniform = 0;
  readonly #edges: number[][] = [[]];
  /** For nodes that are non-uniform by themselves: where in the source, and what. */
  readonly #causes = new Map<number, { readonly pos: number; readonly what: string }>();
  readonly requirements: Requirement[] = [];

  node(...targets: number[]): number {
    this.#edges.push(targets);
    return this.#edges.length - 1;
  }

  edge(from: number, to: number): void {
    if (from !== to) this.#edges[from].push(to);
  }

  /** A node that is non-uniform because of `what` at `pos`. */
  source(pos: number, what: string): number {
    const node = this.node(this.nonUniform);
    this.#causes.set(node, { pos, what });
    return node;
  }

  require(node: number, pos: number, name: string, message: string): void {
    this.requirements.push({ node, pos, length: name.length, message });
  }

  /** All nodes that can be reached from `from`, itself included. */
  reachable(from: number): Set<number> {
    const seen = new Set([from]);
    const pending = [from];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      for (const next of this.#edges[node]) {
        if (seen.has(next)) continue;
        seen.add(next);
        pending.push(next);
      }
    }
    return seen;
  }

  /** One reason why `from` is non-uniform. */
  cause(from: number): { readonly pos: number; readonly what: string } | null {
    for (const node of this.reachable(from)) {
      const cause = this.#causes.get(node);
      if (cause) return cause;
    }
    return null;
  }
}
