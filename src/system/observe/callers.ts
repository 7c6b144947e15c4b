import { type Reading, read } from '../../model/evidence.js';
import { fieldsOf, readTcpTables } from './kernel-table.js';

/** A connection that stands (`01`), and one that is not taken up yet (`02`). */
const OPEN = ['01', '02'];

/** The users, other than this one, who have connections to a port of our network namespace open. */
export async function otherCallers(port: number, uid: number): Promise<Reading<readonly number[]>> {
  const tables = await readTcpTables('all');
  if (!tables.ok) return tables;
  const users = tables.value
    .flatMap((table) => table.split('\n').slice(1, -1).map(fieldsOf))
    .filter(([, , remote = '', state = '']) => OPEN.includes(state) && portOf(remote) === port)
    .map(([, , , , , , , user]) => Number(user));
  return read([...new Set(users)].filter((user) => user !== uid));
}

function portOf(place: string): number {
  return Number.parseInt(place.split(':')[1] ?? '', 16);
}
