import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { VersionReport } from '../../src/cli/version.js';
import { SYSTEM_PATH } from '../support/requirements.js';

export interface Install {
  /** The `node` that installs and runs it. */
  readonly node: string;
  /** As with `npm install --omit=optional`. */
  readonly withoutOptional?: boolean;
}

/** The result of an end-to-end run in an empty folder. */
export interface EndToEnd {
  /** What went wrong; empty where nothing did. */
  readonly trouble: readonly string[];
  readonly version: VersionReport | null;
  /** Unpacked sizes in bytes: of the package, and of all installed packages. */
  readonly bytes: { readonly own: number; readonly all: number };
  readonly packages: number;
}

/** Packs the package as for publishing. @returns the path of the tarball */
export function packTarball(folder: string): string {
  const { stdout, status, stderr } = run(
    process.execPath,
    ['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    process.cwd(),
  );
  if (status !== 0) throw new Error(stderr);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return join(folder, filename);
}

/** Installs a tarball in an empty folder, and runs there the commands of a user. */
export function endToEnd(tarball: string, { node, withoutOptional = false }: Install): EndToEnd {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'spec-kitty-package-')));
  try {
    writeFileSync(join(folder, 'package.json'), '{"name":"a-user","private":true}');
    mkdirSync(join(folder, 'home'));
    const installed = run(
      node,
      ['npm', 'install', ...(withoutOptional ? ['--omit=optional'] : []), tarball],
      folder,
    );
    if (installed.status !== 0) return { ...NOTHING, trouble: [`npm install: ${installed.stderr}`] };
    const trouble: string[] = [];
    const spec = (words: readonly string[], expected: string): string => {
      const { status, stdout, stderr } = run(node, ['npx', 'spec-kitty', ...words], folder);
      const isFine = status === 0 && stdout.includes(expected);
      if (!isFine) trouble.push(`${words.join(' ')}: exit code ${String(status)}: ${stdout} ${stderr}`);
      return stdout;
    };
    const version = spec(['--version', '--json'], '"certified": true');
    spec(['--help'], 'auth');
    spec(['completion', 'bash'], 'complete -F');
    spec(['policy', 'check'], '');
    spec(['policy', 'prove'], '');
    // In a private network of its own: 18 orphans, doctor, explain, reset, sync now, sync stop.
    spec(['demo'], withoutOptional ? 'no pidfd' : '18');
    const module = run(
      node,
      [
        node,
        '-e',
        "import('spec-kitty').then(({ ensureSyncDaemon, DaemonIntent }) => ensureSyncDaemon({ intent: DaemonIntent.LOCAL_ONLY })).then(({ kind }) => console.log(kind))",
      ],
      folder,
    );
    if (module.stdout !== 'skipped\n') trouble.push(`the module: ${module.stdout} ${module.stderr}`);
    return {
      trouble,
      version: parse(version),
      bytes: {
        own: sizeOf(join(folder, 'node_modules/spec-kitty')),
        all: sizeOf(join(folder, 'node_modules')),
      },
      packages: run(node, ['npm', 'ls', '--all', '--parseable'], folder).stdout.trim().split('\n').length - 1,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const NOTHING = { version: null, bytes: { own: 0, all: 0 }, packages: 0 };

function run(node: string, [command = '', ...words]: readonly string[], cwd: string) {
  return spawnSync(command, words, {
    cwd,
    encoding: 'utf8',
    timeout: 240_000,
    // This node goes first; npm keeps its usual cache, for which it needs the real HOME.
    env: {
      ...process.env,
      PATH: `${dirname(resolve(node))}:${dirname(process.execPath)}:${SYSTEM_PATH}`,
      NO_COLOR: '1',
      ...(cwd === process.cwd() ? {} : { SPEC_KITTY_HOME: join(cwd, 'home') }),
    },
  });
}

function sizeOf(folder: string): number {
  return Number(spawnSync('du', ['-sb', folder], { encoding: 'utf8' }).stdout.split('\t')[0]);
}

function parse(json: string): VersionReport | null {
  try {
    return JSON.parse(json) as VersionReport;
  } catch {
    return null;
  }
}
