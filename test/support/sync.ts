import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { ReadyDaemon } from '../../src/daemon/outcome.js';
import type { SyncStartReport, SyncStatusReport, SyncStopReport } from '../../src/sync/status.js';
import { PACKAGE_VERSION } from '../../src/model/product.js';
import { reportsBy } from './expect-report.js';
import { HOSTED } from './hosted.js';
import type { Outcome, RunOptions } from './product.js';
import type { World } from './world.js';

export { HOSTED } from './hosted.js';

const reportOf = reportsBy('sync-report');

interface Reports {
  readonly now: SyncStartReport;
  readonly start: SyncStartReport;
  readonly stop: SyncStopReport;
  readonly status: SyncStatusReport;
}

export interface Synced<Report> extends Outcome {
  readonly report: Report;
}

/** Runs `sync …  --json` with hosted sync switched on, and holds what it prints to the schema. */
export async function sync<Name extends keyof Reports>(
  world: World,
  name: Name,
  options: RunOptions = {},
): Promise<Synced<Reports[Name]>> {
  const outcome = await world.run(['sync', name, '--json'], {
    ...options,
    env: { ...HOSTED, ...options.env },
  });
  return { ...outcome, report: reportOf(outcome) as Reports[Name] };
}

/** The daemon that a start came to; it must have come to one. */
export function readyDaemon({ report: { outcome } }: Synced<SyncStartReport>): ReadyDaemon {
  if (outcome.kind !== 'ready') throw new Error(`no daemon: ${JSON.stringify(outcome)}`);
  return outcome.daemon;
}

/**
 * Another install of the product, of another version: the same program, which says so of itself. @returns its `bin`, for
 * `RunOptions`
 */
export function install(world: World, version: string): { readonly bin: string } {
  const folder = join(world.folder, `install-${version}`);
  const bin = join(folder, 'dist/bin.cjs');
  if (existsSync(folder)) return { bin };
  mkdirSync(folder, { recursive: true });
  for (const name of ['dist', 'policy', 'schemas', 'package.json'])
    cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const files = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.cjs'));
  for (const file of files.map((name) => join(folder, 'dist', name))) {
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${PACKAGE_VERSION}"`, `"${version}"`));
  }
  return { bin };
}

/** A daemon of ours, with what only its record says. */
export async function startOurs(world: World, env: Readonly<Record<string, string>> = {}) {
  const { pid, port } = readyDaemon(await sync(world, 'start', { env }));
  const { id, secret } = identityRecords(world).find((record) => record['pid'] === pid) as Record<
    'id' | 'secret',
    string
  >;
  return { pid, port, id, secret };
}

/** What the records of our own daemons say, by file. */
export function identityRecords({ root }: Pick<World, 'root'>): readonly Record<string, unknown>[] {
  const folder = join(root, 'sync/daemon/identity');
  return readdirSync(folder).map((name) => {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;
  });
}
