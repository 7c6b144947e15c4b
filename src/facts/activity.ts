import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityLook } from '../model/activity.js';
import { type ListenerEvidence, unread } from '../model/evidence.js';
import { readConnections } from '../system/observe/connections.js';
import { readProcessActivity } from '../system/observe/process-activity.js';

/** Until the daemon has taken up our own question, which may wake a thread of it. */
const SETTLE_MS = 1000;
const BETWEEN_LOOKS_MS = 750;

/** Looks at what a listener is doing, once. */
async function lookAtActivity({ holder, socket }: ListenerEvidence): Promise<ActivityLook> {
  const { inode, uid } = socket;
  if (holder.kind !== 'known' || inode === null || uid === null) return NOT_KNOWN;
  const { pid } = holder.process;
  const connections = await readConnections(pid, { ...socket, inode, uid });
  return { connections, process: readProcessActivity(pid) };
}

const NOT_KNOWN: ActivityLook = {
  connections: unread('its process is not known'),
  process: unread('its process is not known'),
};

/** Looks again and again until a question to it is answered or given up, and once more after that. */
export async function watchActivity(
  evidence: ListenerEvidence,
  question: Promise<unknown>,
): Promise<readonly ActivityLook[]> {
  const looks: ActivityLook[] = [];
  const isOverWithin = (ms: number): Promise<boolean> =>
    Promise.race([question.then(() => true), sleep(ms, false)]);
  for (let pause = SETTLE_MS; !(await isOverWithin(pause)); pause = BETWEEN_LOOKS_MS) {
    looks.push(await lookAtActivity(evidence));
  }
  return [...looks, await lookAtActivity(evidence)];
}
