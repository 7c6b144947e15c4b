import { EVENT_NAMES } from './actors/events.js';
import { PORT_CALLS } from './port/call-names.js';
import type { PortCall } from './port/calls.js';

/**
 * Which events happened at which calls of the port. The pairs are those of the types: every function of the port, and
 * every event of the model.
 */
export class Coverage {
  private readonly met = new Map<PortCall, Map<string, number>>();

  add(met: ReadonlyMap<PortCall, ReadonlySet<string>>): void {
    for (const [call, events] of met) {
      const counts = this.met.get(call) ?? new Map<string, number>();
      this.met.set(call, counts);
      for (const event of events) counts.set(event, (counts.get(event) ?? 0) + 1);
    }
  }

  private count(call: PortCall, event: string): number {
    return this.met.get(call)?.get(event) ?? 0;
  }

  /** Every pair that was not met, with its reason: the call is no point, or was not made often enough. */
  private unmet(): readonly { readonly call: PortCall; readonly event: string; readonly reason: string }[] {
    return CALLS.flatMap((call) =>
      EVENT_NAMES.filter((event) => this.count(call, event) === 0).map((event) => ({
        ...{ call, event },
        reason: PORT_CALLS[call] === 'point' ? 'not met in these schedules' : PORT_CALLS[call],
      })),
    );
  }

  summary(): string {
    const all = CALLS.length * EVENT_NAMES.length;
    const unmet = this.unmet();
    const impossible = unmet.filter(({ reason }) => !reason.startsWith('not met')).length;
    return (
      `orders: ${all} pairs of a port call and an event in between; ${all - unmet.length} were met, ` +
      `${impossible} cannot be, ${unmet.length - impossible} were not`
    );
  }

  /** All pairs that were not met, one line for each call. */
  table(): string {
    const lines = CALLS.flatMap((call) => {
      const missing = this.unmet().filter((pair) => pair.call === call);
      const [first] = missing;
      if (!first) return [];
      const isWhole = missing.length === EVENT_NAMES.length;
      const events = isWhole ? 'every event' : missing.map(({ event }) => event).join(', ');
      return [`${call}: ${events}: ${first.reason}`];
    });
    return lines.join('\n');
  }
}

const CALLS = Object.keys(PORT_CALLS) as PortCall[];
