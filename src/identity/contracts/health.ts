import type { SelfReport, Testimony } from '../self-report.js';
import { type MarkedShape, tokenAndPort } from './argv.js';

/** Python 3.2.4 and later: family, scope, PID and port in the answer are the daemon's own and must all be its own. */
export function healthContract({ port, answer, process }: Testimony, shape: MarkedShape): SelfReport {
  const say = (value: SelfReport['value'], because: string): SelfReport => ({
    value,
    because,
    source: `/proc/${process.pid}/cmdline, GET /api/health`,
    contract: value === 'matches' ? 'health' : 'none',
  });
  const { owner, daemonFamily, singletonScopeId } = answer;
  if (daemonFamily === null) return say('missing', 'the answer names no daemon family');
  if (singletonScopeId === null) return say('missing', 'the answer names no singleton scope');
  if (owner?.pid == null || owner.port === null)
    return say('missing', 'the answer has no owner with PID and port');
  if (daemonFamily !== 'sync') return say('mismatch', 'the answer claims another daemon family');
  if (singletonScopeId !== shape.root)
    return say('mismatch', 'the scope in the answer is not the root marker in argv');
  if (owner.pid !== process.pid)
    return say('mismatch', `the answer says PID ${owner.pid}, the kernel ${process.pid}`);
  if (owner.port !== port) return say('mismatch', `the answer says port ${owner.port}, the kernel ${port}`);
  return (
    tokenAndPort(port, answer.token, shape) ??
    say('matches', `family, scope, PID ${process.pid}, port ${port} and token in the answer are its own`)
  );
}
