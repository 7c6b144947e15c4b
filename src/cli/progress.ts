import type { WriteStream } from 'node:tty';
import type { OnProgress } from '../action/sweep.js';

/** Shows how far a sweep is, on one line of a terminal that is wiped at the end; elsewhere nothing. */
export function progressOn(stream: WriteStream): OnProgress {
  if (!stream.isTTY) return () => undefined;
  return (done, total) => {
    stream.write(done < total ? `\r\u001b[Kretiring daemons: ${done} of ${total}` : '\r\u001b[K');
  };
}
