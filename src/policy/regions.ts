import {
  DECIDING_FACT_NAMES,
  DECIDING_FACTS,
  type DecidingFact,
  type DecidingVector,
} from '../model/policy-facts.js';
import { possibleStates } from './vocabulary.js';

/** A set of states: each fact named has one of the values listed, and every other fact has any of its values. */
export type Region = Readonly<Partial<Record<DecidingFact, readonly string[]>>>;

/**
 * Describes a set of possible states by few regions, which together contain exactly these of all possible states. Regions
 * may overlap, and may contain impossible vectors. The result does not depend on the order of the states. Greedy: the
 * number of regions is small, and not always the smallest.
 */
export function regionsOf(states: Iterable<DecidingVector>): readonly Region[] {
  const wanted = [...new Set(Array.from(states, cellOf))].sort((one, other) => one - other);
  const map = new Uint8Array(CELLS);
  for (const state of possibleStates()) map[cellOf(state)] = OUTSIDE;
  for (const cell of wanted) map[cell] = INSIDE;

  const boxes: Box[] = [];
  const uncovered = new Set(wanted);
  for (const cell of wanted) {
    if (!uncovered.has(cell)) continue;
    const grown = ORDERS.map((order) => grow(cell, order, map));
    const counts = grown.map((box) => cellsOf(box).filter((candidate) => uncovered.has(candidate)).length);
    const box = grown[counts.indexOf(Math.max(...counts))] ?? [];
    for (const covered of cellsOf(box)) uncovered.delete(covered);
    boxes.push(box);
  }
  return withoutRedundant(boxes, map).map(regionOf);
}

/** A region in the notation of a rule's `when`. */
export function describeRegion(region: Region): string {
  const conditions = Object.entries(region).map(
    ([fact, values]) => `${fact}: ${values.length === 1 ? String(values[0]) : `[${values.join(', ')}]`}`,
  );
  return conditions.length > 0 ? conditions.join(', ') : 'every state';
}

/** The possible states of a region, in vocabulary order. */
export function statesIn(region: Region): readonly DecidingVector[] {
  const conditions = Object.entries(region) as [DecidingFact, readonly string[]][];
  return possibleStates().filter((state) =>
    conditions.every(([fact, values]) => values.includes(state[fact])),
  );
}

/** The first state of a region, as an example. Every region that `regionsOf` returns has one. */
export function witnessOf(region: Region): DecidingVector {
  const [witness] = statesIn(region);
  if (!witness) throw new Error(`no possible state in ${describeRegion(region)}`);
  return witness;
}

/** For each fact, in vocabulary order, the indices of its values in the region. */
type Box = readonly (readonly number[])[];

const VALUES: readonly (readonly string[])[] = DECIDING_FACT_NAMES.map((fact) => DECIDING_FACTS[fact]);
const CELLS = VALUES.reduce((cells, values) => cells * values.length, 1);

/** Values of the map from cells to kinds. The third kind, 0, is an impossible vector: boxes may contain it. */
const INSIDE = 1;
const OUTSIDE = 2;

/** The size of a box depends on which fact is widened first, so try each fact first. */
const ORDERS = VALUES.map((_, first) => VALUES.map((__, index) => (first + index) % VALUES.length));

function cellOf(state: DecidingVector): number {
  return DECIDING_FACT_NAMES.reduce((cell, fact, index) => {
    const values = VALUES[index] ?? [];
    return cell * values.length + values.indexOf(state[fact]);
  }, 0);
}

function cellsOf(box: Box): readonly number[] {
  const cells: number[] = [];
  everyCell(box, (cell) => cells.push(cell) > 0);
  return cells;
}

/** Whether a test holds for every cell of a box. Stops at the first that fails. */
function everyCell(box: Box, test: (cell: number) => boolean, index = 0, cell = 0): boolean {
  const chosen = box[index];
  if (!chosen) return test(cell);
  const width = VALUES[index]?.length ?? 0;
  return chosen.every((value) => everyCell(box, test, index + 1, cell * width + value));
}

/**
 * The largest box around a cell that contains no state from outside, widening facts in the given order. A fact gets all
 * its values, or only those that add a wanted state: the others would limit how far the next facts can be widened.
 */
function grow(cell: number, order: readonly number[], map: Uint8Array): Box {
  const box = valuesOf(cell).map((value) => [value]);
  for (const fact of order) {
    const all = (VALUES[fact] ?? []).map((_, value) => value);
    const adds = (value: number, kind: number): boolean =>
      !everyCell(box.with(fact, [value]), (at) => map[at] !== kind);
    const allowed = all.filter((value) => !adds(value, OUTSIDE));
    box[fact] = allowed.length === all.length ? all : allowed.filter((value) => adds(value, INSIDE));
  }
  return box;
}

function valuesOf(cell: number): readonly number[] {
  let rest = cell;
  return VALUES.toReversed()
    .map(({ length }) => {
      const value = rest % length;
      rest = (rest - value) / length;
      return value;
    })
    .reverse();
}

/** Drops boxes whose states are all in other boxes. */
function withoutRedundant(boxes: readonly Box[], map: Uint8Array): readonly Box[] {
  const times = new Uint16Array(CELLS);
  for (const box of boxes) for (const cell of cellsOf(box)) times[cell] = (times[cell] ?? 0) + 1;
  return boxes.filter((box) => {
    const cells = cellsOf(box);
    if (cells.some((cell) => map[cell] === INSIDE && times[cell] === 1)) return true;
    for (const cell of cells) times[cell] = (times[cell] ?? 0) - 1;
    return false;
  });
}

/** Omits facts that may have any value. */
function regionOf(box: Box): Region {
  return Object.fromEntries(
    DECIDING_FACT_NAMES.flatMap((fact, index) => {
      const chosen = box[index] ?? [];
      const all: readonly string[] = DECIDING_FACTS[fact];
      return chosen.length === all.length ? [] : [[fact, chosen.map((value) => all[value])]];
    }),
  );
}
