import { join } from 'node:path';
import { ROOT_FILES } from '../model/root-files.js';
import { HERE } from '../model/platform.js';
import { DaemonIntent, type SkipReason } from '../model/startup.js';
import { strip } from '../model/python-text.js';
import { type Reading, read, unread } from '../model/evidence.js';
import { readSettings, type Settings, tableAt, textAt } from '../system/observe/settings.js';

export interface Skip {
  readonly reason: SkipReason;
  readonly detail: string;
}

/**
 * Why this start is to do nothing, in the order of the design ("Startup"); null when it is to go on.
 * @param explicit the user typed `sync start`: what only keeps a daemon from being started by itself does not count
 * @returns not ok where `config.toml` does not say clearly what it should
 */
export function whySkipped(
  root: string,
  intent: DaemonIntent,
  environment: NodeJS.ProcessEnv,
  explicit: boolean,
): Reading<Skip | null> {
  const disabling = ['SPEC_KITTY_SYNC_DISABLE', 'SPEC_KITTY_SYNC_MINIMAL_IMPORT'].find((name) =>
    isTruthy(environment[name]),
  );
  if (disabling !== undefined && !explicit) return skip('disabled', `${disabling} is set`);
  if (!isTruthy(environment['SPEC_KITTY_ENABLE_SAAS_SYNC']))
    return skip('rollout_disabled', 'SPEC_KITTY_ENABLE_SAAS_SYNC is not set to 1');
  if (intent === DaemonIntent.LOCAL_ONLY) return skip('local_only', 'nothing hosted is needed');
  if (!HERE.canAct)
    return skip('unsupported_platform', `background sync works on Linux only; this is ${HERE.name}`);
  if (explicit) return read(null);
  const config = readSettings(join(root, ROOT_FILES.config));
  if (!config.ok) return config;
  const mode = textAt(config.value, 'sync', 'background_daemon');
  if (!mode.ok) return mode;
  if (mode.value === null && isNamed(config.value))
    return unread(`${config.value.path}: [sync] background_daemon is empty`);
  return mode.value?.toLowerCase() === 'manual'
    ? skip('manual', 'config.toml says [sync] background_daemon = "manual"; `sync start` starts one')
    : read(null);
}

function skip(reason: SkipReason, detail: string): Reading<Skip> {
  return read({ reason, detail });
}

/** Releases start nothing by themselves where the setting is there and empty. */
function isNamed(config: Settings): boolean {
  const sync = tableAt(config, 'sync');
  return sync.ok && 'background_daemon' in sync.value;
}

function isTruthy(value: string | undefined): boolean {
  return ['1', 'true', 'yes', 'y', 'on'].includes(strip(value ?? '').toLowerCase());
}
