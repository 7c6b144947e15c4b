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
import type {
  SyncForgetReport,
  SyncLogsReport,
  SyncStartReport,
  SyncStatusReport,
  SyncStopReport,
} from '../../src/sync/status.js';
import { PACKAGE_VERSION } from '../../src/model/product.js';
import { reportReader } from './expect-report.js';
import { HOSTED } from './hosted.js';
import type { RunResult, RunOptions } from './product.js';
import type { World } from './world.js';

export { HOSTED } from './hosted.js';

const reportOf = reportReader('sync-report');

interface Reports {
  readonly now: SyncStartReport;
  readonly start: SyncStartReport;
  readonly stop: SyncStopReport;
  readonly status: SyncStatusReport;
  readonly forget: SyncForgetReport;
  readonly logs: SyncLogsReport;
}

export interface SyncRun<Report> extends RunResult {
  readonly report: Report;
}

/** Runs `sync … --json` with hosted sync switched on and validates its report against the schema. */
export async function sync<Name extends keyof Reports>(
  world: World,
  name: Name,
  options: RunOptions = {},
): Promise<SyncRun<Reports[Name]>> {
  const outcome = await world.run(['sync', name, '--json'], {
    ...options,
    env: { ...HOSTED, ...options.env },
  });
  return { ...outcome, report: reportOf(outcome) as Reports[Name] };
}

/** The daemon that is ready after a start. @throws when none is */
export function readyDaemon({ report: { outcome } }: SyncRun<SyncStartReport>): ReadyDaemon {
  if (outcome.kind !== 'ready') throw new Error(`no daemon: ${JSON.stringify(outcome)}`);
  return outcome.daemon;
}

/**
 * Installs the product a second time with another version number. @returns its `bin`, for `RunOptions`
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

/** Starts a daemon of this implementation. @returns also its id and secret, from its identity record */
export async function startOurs(world: World, env: Readonly<Record<string, string>> = {}) {
  const { pid, port } = readyDaemon(await sync(world, 'start', { env }));
  const { id, secret } = identityRecords(world).find((record) => record['pid'] === pid) as Record<
    'id' | 'secret',
    string
  >;
  return { pid, port, id, secret };
}

/** The identity records of our own daemons. */
export function identityRecords({ root }: Pick<World, 'root'>): readonly Record<string, unknown>[] {
  const folder = join(root, 'sync/daemon/identity');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>);
}
