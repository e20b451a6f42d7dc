/** The order of sections, which decides between firewall rules. */

/**
 * The order that sections should have: ours as declared, in the places that ours have now, so that a section made by hand stays
 * between its neighbours.
 * @param ids all sections of the package, as they are
 * @param names ours, in the order declared
 */
export function ownOrder(ids: readonly string[], names: readonly string[]): readonly string[] {
  const present = new Set(ids);
  const declared = names.filter((name) => present.has(name));
  const ours = new Set(declared);
  let next = 0;
  return ids.map((id) => (ours.has(id) ? (declared[next++] ?? id) : id));
}

/**
 * The moves that make one order of the other, each as `uci reorder` takes it: to a place among all sections. Only moves that
 * move something: UCI takes the others without noting them, and then its changes are not what was sent.
 */
export function movesTo(from: readonly string[], to: readonly string[]): { section: string; index: number }[] {
  const current = [...from];
  const moves: { section: string; index: number }[] = [];
  to.forEach((section, index) => {
    if (current[index] === section) return;
    current.splice(current.indexOf(section), 1);
    current.splice(index, 0, section);
    moves.push({ section, index });
  });
  return moves;
}
