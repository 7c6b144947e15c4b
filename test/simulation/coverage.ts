import { EVENT_NAMES } from './actors/events.js';
import { PORT_CALLS } from './port/call-names.js';
import type { PortCall } from './port/calls.js';

/** A call that fewer schedules make than this share of them meets only some events. */
const RARE = 0.02;

/** Pairs that were not met because the call is no point at which others act. */
const NO_POINT = 'no point';

/**
 * Which events happened at which calls of the port. The pairs are those of the types: every function of the port, and
 * every event of the model.
 */
export class Coverage {
  private schedules = 0;
  private readonly met = new Map<PortCall, Set<string>>();
  /** In how many schedules each function was called. */
  private readonly called = new Map<PortCall, number>();

  add(met: ReadonlyMap<PortCall, ReadonlySet<string>>, called: Iterable<PortCall>): void {
    this.schedules++;
    for (const call of called) this.called.set(call, (this.called.get(call) ?? 0) + 1);
    for (const [call, events] of met) {
      const known = this.met.get(call) ?? new Set<string>();
      this.met.set(call, known);
      for (const event of events) known.add(event);
    }
  }

  /** Why an event that may happen at a call was not met there: one of four classes. */
  private reasonOf(call: PortCall): string {
    const reason = PORT_CALLS[call];
    if (!/^point(?: on macOS)?$/.test(reason)) return `${NO_POINT}: ${reason}`;
    const count = this.called.get(call) ?? 0;
    if (count === 0) return 'never called: no schedule came to it';
    const share = `${count} of ${this.schedules} schedules call it`;
    return count < RARE * this.schedules ? `rare: ${share}` : `by chance: ${share}`;
  }

  private unmetOf(call: PortCall): readonly string[] {
    return EVENT_NAMES.filter((event) => this.met.get(call)?.has(event) !== true);
  }

  summary(): string {
    const counts = new Map<string, number>();
    for (const call of CALLS) {
      const kind = this.reasonOf(call).split(':')[0] ?? '';
      counts.set(kind, (counts.get(kind) ?? 0) + this.unmetOf(call).length);
    }
    const all = CALLS.length * EVENT_NAMES.length;
    const unmet = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const classes = [...counts].filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
    return (
      `orders: ${all} pairs of a port call and an event in between; ${all - unmet} were met; ` +
      `not met: ${classes.join(', ')}`
    );
  }

  /** All pairs that were not met with the reason, one line for each call. */
  table(): string {
    const lines = CALLS.flatMap((call) => {
      const missing = this.unmetOf(call);
      if (missing.length === 0) return [];
      const events = missing.length === EVENT_NAMES.length ? 'every event' : missing.join(', ');
      return [`${call}: ${events}: ${this.reasonOf(call)}`];
    });
    return lines.join('\n');
  }
}

const CALLS = Object.keys(PORT_CALLS) as PortCall[];
