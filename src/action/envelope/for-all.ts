import type { IdentifiedCandidate } from '../../model/candidate.js';
import type { Observer } from '../../model/evidence.js';
import { type Family, isInRange, rangeText } from '../../model/family.js';
import type { Checks } from './check.js';

/** What every entrypoint has to find in order, whomever it acts on. */
export const FOR_ALL: Checks = [
  ['out_of_range', portOutOfRange],
  ['identity_unreadable', flattened],
  ['other_user', anotherUser],
  ['missing_pid', unknownProcess],
  ['protected_process', protectedProcess],
  ['identity_unreadable', unreadableCommandLine],
  ['other_family', anotherFamily],
];

function portOutOfRange(
  { evidence: { socket } }: IdentifiedCandidate,
  _: Observer,
  family: Family,
): string | null {
  return isInRange(socket.port, family) ? null : `port ${socket.port} is not in ${rangeText(family)}`;
}

/** A socket without the kernel's number cannot be told from its successor, nor a described process held. */
function flattened({ evidence: { socket, holder } }: IdentifiedCandidate): string | null {
  if (socket.inode !== null && socket.uid !== null && holder.kind !== 'described') return null;
  return 'it was seen through systeminformation, which can neither prove nor hold a process';
}

/** Root is no exception: another user's daemon is that user's to clean (pitfall 15). */
function anotherUser(
  { evidence: { socket, holder } }: IdentifiedCandidate,
  { uid }: Observer,
): string | null {
  if (socket.uid !== uid) return `user ${socket.uid ?? 'unknown'} opened the socket, we are user ${uid}`;
  if (holder.kind === 'known' && holder.process.uid !== uid) {
    return `user ${holder.process.uid} runs the process, we are user ${uid}`;
  }
  return null;
}

function unknownProcess({ evidence: { holder } }: IdentifiedCandidate): string | null {
  return holder.kind === 'known' ? null : holder.why;
}

function protectedProcess({ identity: { pid } }: IdentifiedCandidate, { lineage }: Observer): string | null {
  if (pid === null || pid <= 1) return 'it is the first process of this system';
  return lineage.includes(pid) ? 'it is this command itself or one that started it' : null;
}

function unreadableCommandLine({ facts, proofs }: IdentifiedCandidate): string | null {
  if (facts.spawn_shape !== 'unreadable') return null;
  return proofs.find(({ fact }) => fact === 'spawn_shape')?.because ?? 'its command line could not be read';
}

/** Both by what it was started as and by what it answers as; who answers as nobody may still be what it was started as. */
function anotherFamily(candidate: IdentifiedCandidate, _: Observer, family: Family): string | null {
  const { facts, shape } = candidate;
  const [own, other] = family === 'sync' ? ['sync daemon', 'dashboard'] : ['dashboard', 'sync daemon'];
  if (candidate.family !== family) return `it was looked at as a ${other}`;
  if (!shape || facts.spawn_shape !== 'production') return `its command line is not that of a ${own}`;
  const answersAsOther = facts.responder === (family === 'sync' ? 'dashboard' : 'sync');
  return answersAsOther ? `it answers as a ${other}` : null;
}
