/** Random bytes of a run. They follow from their position in the run alone, so that equal schedules give equal ones. */
export interface Randomness {
  bytes(count: number): Buffer;
  hex(count: number): string;
}

export function newRandomness(): Randomness {
  let drawn = 0;
  const bytes = (count: number): Buffer => {
    const found = Buffer.alloc(count);
    drawn++;
    found.writeUInt32BE(drawn, Math.max(0, count - 4));
    found[0] = 0xab;
    return found;
  };
  return { bytes, hex: (count) => bytes(count).toString('hex') };
}
