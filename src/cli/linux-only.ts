import { HERE } from '../model/platform.js';
import type { Failure } from './failure.js';

/** Why daemons cannot be stopped here, or null: elsewhere nobody is proven, and so nobody is asked to leave. */
export function whyNotStoppedHere(invocation: string): Failure | null {
  if (HERE.canAct) return null;
  return {
    message: `daemons are stopped on Linux only; this is ${HERE.name}`,
    nextStep: `\`${invocation} auth doctor\` shows them`,
  };
}
