import { Command, Option } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { teach } from '../teach.js';

interface SyncOptions {
  readonly json?: boolean;
}

/** The words of `spec-kitty sync`; what each does is in `sync/`, and is loaded when it is asked for. */
export function syncCommand(exitWith: (code: ExitCode) => void): Command {
  const sync = new Command('sync').description('the one background daemon that uploads your events');
  const add = (
    name: string,
    description: string,
    run: (json: boolean) => Promise<ExitCode>,
    help: Help,
  ): void => {
    const command = sync
      .command(name)
      .description(description)
      .addOption(new Option('--json', 'print one JSON document (schemas/sync-report.schema.json)'))
      .allowExcessArguments(false)
      .action(async ({ json = false }: SyncOptions) => {
        exitWith(await run(json));
      });
    teach(command, help);
  };
  add(
    'now',
    'see to it that one healthy daemon runs, retire stale ones, and have it upload what waits',
    async (json) => (await import('./sync/sync-start.js')).syncStart('sync now', json),
    NOW,
  );
  add(
    'start',
    'the same without asking for an upload; also where the daemon is kept from starting by itself',
    async (json) => (await import('./sync/sync-start.js')).syncStart('sync start', json),
    START,
  );
  add(
    'stop',
    'stop the recorded daemon of this root, and no other',
    async (json) => (await import('./sync/sync-stop.js')).syncStop(json),
    STOP,
  );
  add(
    'status',
    'show the recorded daemon, its queue and its last upload',
    async (json) => (await import('./sync/sync-status.js')).syncStatus(json),
    STATUS,
  );
  return sync;
}

type Help = Parameters<typeof teach>[1];

const NOW: Help = {
  notes:
    'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, and does nothing at all without. Trouble is a warning: it fails nobody.',
  examples: [['spec-kitty sync now', 'have what waits uploaded']],
  exitCodes: `${EXIT.done} whatever came of it, ${EXIT.couldNot} the job could not be done`,
};
const START: Help = {
  examples: [['spec-kitty sync start', 'start a daemon, and see why where none starts']],
  exitCodes: `${EXIT.done} a daemon runs, or none is wanted, ${EXIT.attention} none could be started, ${EXIT.couldNot} the job could not be done`,
};
const STOP: Help = {
  examples: [['spec-kitty sync stop', 'stop it, for example to give it other credentials']],
  exitCodes: `${EXIT.done} it has left, or none was recorded, ${EXIT.attention} it is still there, ${EXIT.couldNot} the job could not be done`,
};
const STATUS: Help = {
  examples: [['spec-kitty sync status', 'which daemon, how many events wait, and how the last upload went']],
  exitCodes: `${EXIT.done} shown, ${EXIT.couldNot} the job could not be done`,
};
