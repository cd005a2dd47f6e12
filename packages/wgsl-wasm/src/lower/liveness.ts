/** Which nodes are needed, and by what: everything that an effect, a condition or a needed phi reaches. */
import { isConstant, type Node, type Region } from './graph.ts';

/** Calls `visit` with every region, the outer ones first. */
export function walkRegions(region: Region, visit: (region: Region) => void): void {
  visit(region);
  for (const item of region.items) {
    if (item.kind === 'block' || item.kind === 'loop') walkRegions(item.body, visit);
    else if (item.kind === 'if') {
      walkRegions(item.taken, visit);
      if (item.otherwise) walkRegions(item.otherwise, visit);
    }
  }
}

/** Marks what is live and fills in `users` and `otherUses`. */
export function markLive(entry: Region): void {
  const work: Node[] = [];
  const mark = (node: Node) => {
    if (node.live) return;
    node.live = true;
    work.push(node);
  };
  walkRegions(entry, (region) => {
    for (const item of region.items) {
      if (item.kind === 'node' && item.effect) mark(item);
      else if (item.kind === 'if') {
        item.condition.otherUses++;
        mark(item.condition);
      }
    }
  });
  for (let node = work.pop(); node; node = work.pop()) {
    for (const arg of node.args) {
      if (!isConstant(arg)) arg.users.push(node);
      mark(arg);
    }
    for (const source of node.sources ?? []) {
      source.value.otherUses++;
      mark(source.value);
    }
  }
}
