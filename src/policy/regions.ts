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
 * Describes a set of possible states by a few regions. Together, the regions contain all these states and no other
 * possible state. Regions may overlap, and may contain impossible vectors. The result does not depend on the order of
 * the states. The algorithm is greedy, so the number of regions is small but not always the smallest.
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

/** Returns a region as text, in the notation of a rule's `when`. */
export function describeRegion(region: Region): string {
  const conditions = Object.entries(region).map(
    ([fact, values]) => `${fact}: ${values.length === 1 ? String(values[0]) : `[${values.join(', ')}]`}`,
  );
  return conditions.length > 0 ? conditions.join(', ') : 'every state';
}

/** Returns the possible states of a region, in vocabulary order. */
export function statesIn(region: Region): readonly DecidingVector[] {
  const conditions = Object.entries(region) as [DecidingFact, readonly string[]][];
  return possibleStates().filter((state) =>
    conditions.every(([fact, values]) => values.includes(state[fact])),
  );
}

/**
 * Returns the first possible state of a region, as an example. Every region that `regionsOf` returns has at least one.
 * @throws if the region contains no possible state
 */
export function witnessOf(region: Region): DecidingVector {
  const [witness] = statesIn(region);
  if (!witness) throw new Error(`no possible state in ${describeRegion(region)}`);
  return witness;
}

/** A region as numbers: for each fact, in vocabulary order, the indices of the values that the region contains. */
type Box = readonly (readonly number[])[];

const VALUES: readonly (readonly string[])[] = DECIDING_FACT_NAMES.map((fact) => DECIDING_FACTS[fact]);
const CELLS = VALUES.reduce((cells, values) => cells * values.length, 1);

/**
 * Kinds of cells in the map (a cell is a vector of facts as a number): the states to describe, and all other possible
 * states. The third kind, 0, is an impossible vector, which boxes may contain.
 */
const INSIDE = 1;
const OUTSIDE = 2;

/**
 * The orders in which facts are widened, one order starting with each fact. All are tried, because the size of a box
 * depends on which fact is widened first.
 */
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

/** Whether a test holds for every cell of a box. Stops at the first cell for which the test fails. */
function everyCell(box: Box, test: (cell: number) => boolean, index = 0, cell = 0): boolean {
  const chosen = box[index];
  if (!chosen) return test(cell);
  const width = VALUES[index]?.length ?? 0;
  return chosen.every((value) => everyCell(box, test, index + 1, cell * width + value));
}

/**
 * Grows a box around a cell by widening facts in the given order, so that the box contains no `OUTSIDE` state. A fact
 * gets all its values if none adds such a state. Otherwise it gets only the values that add an `INSIDE` state, because
 * other values would limit how far the next facts can be widened.
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

/** Converts a box to a region. Omits facts that may have any value. */
function regionOf(box: Box): Region {
  return Object.fromEntries(
    DECIDING_FACT_NAMES.flatMap((fact, index) => {
      const chosen = box[index] ?? [];
      const all: readonly string[] = DECIDING_FACTS[fact];
      return chosen.length === all.length ? [] : [[fact, chosen.map((value) => all[value])]];
    }),
  );
}
