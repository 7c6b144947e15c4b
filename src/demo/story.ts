import { join } from 'node:path';
import { styleFor } from '../report/formats/style.js';
import { runInForeground } from '../system/change/start-process.js';
import { assemble } from './cast.js';

/** The story that `spec-kitty demo` tells, inside its private world: `story.cjs FOLDER PYTHON [look-only]`. */
const [folder = '', python = '', mode] = process.argv.slice(2);
const BIN = join(import.meta.dirname, 'bin.cjs');

// A reader that has seen enough (`| head`) ends the show, and not the play: its cast is dismissed as always.
process.stdout.on('error', () => undefined);

void tell(mode === 'look-only').then((exitCode) => {
  process.exitCode = exitCode;
});

async function tell(lookOnly: boolean): Promise<number> {
  const style = await styleFor(process.stdout.isTTY && !process.env['NO_COLOR']);
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
      'This system gives us no private network namespace, so only what changes nothing is shown: no reset.',
    );
  }
  const cast = await assemble(folder, python);
  try {
    say('What is there, and what to do about it:');
    await spec('auth', 'doctor');
    say('Why is 9405 ours to clean?');
    await spec('auth', 'doctor', '--explain', '9405');
    if (lookOnly) {
      say('What a reset would do:');
      await spec('auth', 'doctor', '--reset', '--dry-run');
      return 0;
    }
    say('Clean up:');
    await spec('auth', 'doctor', '--reset');
    say('And now:');
    await spec('auth', 'doctor');
    say(`The web server on 9420 never noticed: ${await greeting()}`);
    say('A command that needs sync finds one daemon, or starts it, and never a second:');
    await spec('sync', 'now');
    await spec('sync', 'now');
    say('That was the last of it:');
    await spec('sync', 'stop');
    return 0;
  } finally {
    await Promise.all(cast.everybody.map((process) => process.end()));
  }
}

/** Runs the product as the user of the throw-away root. */
async function spec(...words: readonly string[]): Promise<void> {
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
