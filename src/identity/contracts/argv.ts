import type { SpawnShape } from '../../model/spawn-shape.js';
import type { SelfReport, Testimony } from '../self-report.js';

export type MarkedShape = Extract<SpawnShape, { generation: 'marked' }>;

/**
 * Python 3.2.0 to 3.2.3. Their `owner` block is a copy of the file that all daemons of a root share, so it is not
 * looked at (observed-daemons: "The trap"). What is their own is argv: the port they were told to bind, and the token,
 * which the answer must repeat.
 */
export function argvContract({ port, answer, process }: Testimony, shape: MarkedShape): SelfReport {
  return (
    tokenAndPort(port, answer.token, shape) ?? {
      value: 'matches',
      because: `argv declares port ${port} and the token that the answer carries`,
      source: `/proc/${process.pid}/cmdline, GET /api/health`,
      contract: 'argv',
    }
  );
}

/** What the contracts of released daemons share: null when port and token both agree. A missing token never equals anything. */
export function tokenAndPort(
  port: number,
  answered: string | null,
  shape: Pick<MarkedShape, 'port' | 'token'>,
): SelfReport | null {
  const say = (value: 'mismatch' | 'missing', because: string): SelfReport => ({
    value,
    because,
    source: 'argv, GET /api/health',
    contract: 'none',
  });
  if (shape.port !== port)
    return say('mismatch', `argv declares port ${shape.port}, but it listens on ${port}`);
  if (shape.token === null || shape.token === '') return say('missing', 'argv carries no token');
  if (answered === null) return say('missing', 'the answer carries no token');
  if (answered !== shape.token) return say('mismatch', 'the token in the answer is not the one in argv');
  return null;
}
