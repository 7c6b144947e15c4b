import { DAEMON_FILES, ROOT_FILES } from '../../../src/model/root.js';
import { addEvent, type Queue } from '../port/queue.js';
import type { Schedule } from '../schedule.js';
import type { DaemonRole, Process } from '../world/process.js';
import { OUR_ROOT, OUR_UID } from '../world/world.js';
import { type ListenerKind, record, type Stage, startDaemon } from './listeners.js';

const PATH = `${OUR_ROOT}/${DAEMON_FILES.sync.stateFile}`;
/** The kinds of listeners that the state file of our root may name at the beginning. */
const RECORDED: readonly ListenerKind[] = [
  ...(['recorded', 'own recorded', 'own older', 'own newer', 'second port', 'wedged'] as const),
];

/** Writes the state file of our root, as the schedule wants it at the beginning. */
export function writeState(
  stage: Stage,
  { state, listeners }: Schedule,
  processes: readonly Process[],
  shell: Process,
): void {
  const { host } = stage.world;
  const write = (lines: readonly (string | number)[]): void => {
    host.write(PATH, `${lines.join('\n')}\n`, OUR_UID, 'a released program');
  };
  switch (state) {
    case 'absent':
      return;
    case 'corrupt':
      write(['not a state file']);
      return;
    case 'names a dead one':
      write(['http://127.0.0.1:9448', 9448, 'd'.repeat(32), 250]);
      return;
    case 'names another process':
      write(['http://127.0.0.1:9448', 9448, 'd'.repeat(32), shell.pid]);
      return;
    case 'from elsewhere':
      write(['http://127.0.0.1:9446', 9446, 'e'.repeat(32)]);
      startElsewhere(stage);
      return;
    case 'untrusted':
    case 'names one': {
      const index = listeners.findIndex(({ kind }) => RECORDED.includes(kind));
      const recorded = processes.find(({ name }) => name.endsWith(` ${9400 + 2 * index}`));
      if (recorded) record(recorded);
      const node = host.node(PATH);
      if (node && state === 'untrusted') node.mode = 0o666;
    }
  }
}

/** Starts the recorded daemon in another network namespace, as in a container with this home. */
function startElsewhere(stage: Stage): void {
  const { world } = stage;
  const daemon: DaemonRole = {
    ...{ generation: 'own', version: '3.3.0', port: 9446, secret: 'f'.repeat(64), id: 'e'.repeat(32) },
    ...{ root: OUR_ROOT, lies: false },
  };
  const process = startDaemon(stage, 'in another network', daemon, {});
  for (const socket of [...process.sockets]) world.closeSocket(socket, process);
  const node = world.host.node(`${OUR_ROOT}/${DAEMON_FILES.sync.identityFolder}/${'e'.repeat(32)}.json`);
  if (node) node.text = node.text.replace('net:[1]', 'net:[2]');
  // On macOS containers run in a virtual machine, which has a boot of its own.
  if (node && world.system.platform === 'darwin')
    node.text = node.text.replace(world.bootId, 'boot-of-a-virtual-machine');
  process.network = 'net:[2]';
  world.listen(process, 9446);
}

/** Signs a user in, and lets events wait for the server. */
export function fillQueue({ world }: Stage, queue: Queue): void {
  const signIn = '[user]\nusername = "me"\nteam_slug = "team"\n[server]\nurl = "https://example.org"\n';
  world.host.write(`${OUR_ROOT}/${ROOT_FILES.credentials}`, signIn, OUR_UID, 'a sign-in');
  for (let count = 0; count < 4; count++) addEvent(queue, 'first');
}
