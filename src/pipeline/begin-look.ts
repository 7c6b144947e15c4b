import type { CollectorName } from '../model/evidence.js';
import { readTcpTables, type TcpTables } from '../system/observe/kernel-table.js';

/** A look that has begun: what the kernel is printing already. Null where it is not the kernel that is asked. */
export type BegunLook = TcpTables | null;

/** Begins a look before the code that goes on with it is loaded: that takes as long as the kernel does. */
export function beginLook(collector: CollectorName): BegunLook {
  return collector === 'procfs' ? readTcpTables() : null;
}
