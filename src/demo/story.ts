import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packagePath } from '../machine/runtime.js';
import { runInForeground, type BackgroundProcess, startInBackground } from '../machine/spawn.js';
import { styleFor } from '../text/terminal.js';

/** The program that `spec-kitty demo` runs in its private namespaces: `story.cjs FOLDER PYTHON [look-only]`. */
const [folder = '', python = '', mode] = process.argv.slice(2);
const BIN = join(import.meta.dirname, 'bin.cjs');

async function play(lookOnly: boolean): Promise<number> {
  const style = styleFor(process.stdout.isTTY && !process.env['NO_COLOR']);
  const say = (text: string): void => {
    process.stdout.write(`\n${style.bold(`# ${text}`)}\n`);
  };
  say(
    'The incident of 2026-06-30: 18 sync daemons of three releases, left behind by upgrades, on ports 9401-9418.',
  );
  say(
    'Beside them: a web server that took port 9420, a daemon of 3.1 (9421), and the live daemon of another root (9422).',
  );
  if (lookOnly) {
    say(
      'This machine gives the demo no private network namespace, so it shows only what changes nothing: no reset.',
    );
  }
  const processes = await startDemoProcesses(folder, python);
  try {
    say('What listens, and what to do about it:');
    await runSpecKitty('auth', 'doctor');
    say('Why may 9405 be retired?');
    await runSpecKitty('auth', 'doctor', '--explain', '9405');
    if (lookOnly) {
      say('What a reset would do:');
      await runSpecKitty('auth', 'doctor', '--reset', '--dry-run');
      return 0;
    }
    say('Retire them:');
    await runSpecKitty('auth', 'doctor', '--reset');
    say('And now:');
    await runSpecKitty('auth', 'doctor');
    say(`The web server on 9420 still answers: ${await greeting()}`);
    say('A command that needs sync reuses the one daemon, or starts it:');
    await runSpecKitty('sync', 'now');
    await runSpecKitty('sync', 'now');
    say('Stop it again:');
    await runSpecKitty('sync', 'stop');
    return 0;
  } finally {
    await Promise.all(processes.map((process) => process.end()));
  }
}

/** Runs a command of the product in the temporary root. */
async function runSpecKitty(...words: readonly string[]): Promise<void> {
  process.stdout.write(`\n$ spec-kitty ${words.join(' ')}\n`);
  const { PATH = '/usr/bin:/bin', TERM = 'dumb', NO_COLOR } = process.env;
  const env = {
    PATH,
    TERM,
    HOME: join(folder, 'home'),
    SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
    ...(NO_COLOR === undefined ? {} : { NO_COLOR }),
  };
  await runInForeground([process.execPath, BIN, ...words], { env, cwd: folder });
}

async function greeting(): Promise<string> {
  const answer = await fetch('http://127.0.0.1:9420/', { signal: AbortSignal.timeout(2000) });
  return `HTTP ${answer.status}`;
}

const FIXTURES = packagePath('test/fixtures/python');
const WEB_SERVER_PORT = 9420;

/**
 * Starts the orphans (six each of 3.2.2, 3.2.3 and 3.2.4) and three other listeners; resolves when all of them listen.
 */
async function startDemoProcesses(folder: string, python: string): Promise<readonly BackgroundProcess[]> {
  const root = join(folder, 'home/.spec-kitty');
  const otherRoot = join(folder, 'other/.spec-kitty');
  const releases = ['3.2.2', '3.2.3', '3.2.4'].flatMap((version) => Array<string>(6).fill(version));
  const daemons = releases.map((version, index) => startDaemon(folder, python, root, 9401 + index, version));
  const webServer = startInBackground([python, join(FIXTURES, 'plain_http.py'), String(WEB_SERVER_PORT)], {
    env: environment(folder, {}),
    cwd: folder,
  });
  const preMarker = startDaemon(folder, python, root, 9421, '3.1.4');
  const live = startDaemon(folder, python, otherRoot, 9422, '3.2.4');
  const all = [...daemons.map(({ process }) => process), webServer, preMarker.process, live.process];
  await Promise.all(all.map(({ firstLine }) => firstLine));
  record(otherRoot, 9422, live);
  return all;
}

interface DemoDaemon {
  readonly process: BackgroundProcess;
  readonly token: string;
}

function startDaemon(
  folder: string,
  python: string,
  root: string,
  port: number,
  version: string,
): DemoDaemon {
  const token = randomBytes(16).toString('hex');
  const call = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, '${token}')\n`;
  const hasMarkers = !version.startsWith('3.1.');
  const argv = hasMarkers
    ? [
        python,
        '-c',
        `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\n${call}`,
        `--spec-kitty-daemon-root=${root}`,
        `--spec-kitty-daemon-exec=${python}`,
      ]
    : [python, '-c', call];
  const generation = hasMarkers ? (version === '3.2.4' ? 'own-owner' : 'shared-owner') : 'pre-marker';
  const variables = { HOME: dirname(root), FIXTURE_VERSION: version, FIXTURE_GENERATION: generation };
  return { process: startInBackground(argv, { env: environment(folder, variables), cwd: folder }), token };
}

function environment(folder: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  return { PATH: path, HOME: folder, PYTHONPATH: FIXTURES, PYTHONDONTWRITEBYTECODE: '1', ...variables };
}

/** Writes the state file as the Python command that starts a daemon does. */
function record(root: string, port: number, { process: { pid }, token }: DemoDaemon): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'sync-daemon'), `http://127.0.0.1:${port}\n${port}\n${token}\n${pid}\n`);
}

// If a reader closes the pipe early (`| head`), the demo continues without output and ends its processes as usual.
process.stdout.on('error', () => undefined);

void play(mode === 'look-only').then((exitCode) => {
  process.exitCode = exitCode;
});
