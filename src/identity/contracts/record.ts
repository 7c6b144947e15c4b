import type { IdentityRecordFile } from '../../model/files.js';
import type { SpawnShape } from '../../model/spawn-shape.js';
import type { SelfReport, Testimony } from '../self-report.js';

type OwnShape = Extract<SpawnShape, { generation: 'own' }>;

/**
 * Our own daemons: a private record in their root says who they are, and the answer to this scan's challenge proves
 * that the one who answers knows the secret in it.
 * @param record the record whose id argv declares, or null when the root has none
 */
export function recordContract(
  { process, port, answer }: Testimony,
  shape: OwnShape,
  record: IdentityRecordFile | null,
): SelfReport {
  const say = (value: SelfReport['value'], because: string): SelfReport => ({
    value,
    because,
    source: `/proc/${process.pid}/cmdline, identity record, GET /api/health`,
    contract: value === 'matches' ? 'record' : 'none',
  });
  if (!record) return say('missing', 'its root has no identity record with the id in argv');
  if (answer.proof === null) return say('missing', 'the answer carries no proof');
  if (shape.port !== port)
    return say('mismatch', `argv declares port ${shape.port}, but it listens on ${port}`);
  if (record.port !== port) return say('mismatch', `its record says port ${record.port}, the kernel ${port}`);
  if (record.pid !== process.pid)
    return say('mismatch', `its record says PID ${record.pid}, the kernel ${process.pid}`);
  if (record.startTicks !== process.startTicks)
    return say('mismatch', 'its record was written by an earlier process');
  if (record.root !== shape.root)
    return say('mismatch', 'the root in its record is not the root marker in argv');
  if (answer.proof !== record.expectedProof)
    return say('mismatch', 'the answer does not prove the secret in its record');
  return say(
    'matches',
    `its record says PID ${record.pid} and port ${port}, and the answer proves its secret`,
  );
}
