import type { Machine } from '../machine/machine.js';
import { type Capabilities, capabilitiesOf } from '../model/capabilities.js';
import type { HandleSupport } from '../model/outcome.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { isCertified } from '../policy/certificate.js';
import { openPolicy } from '../policy/load.js';
import { formatJson } from '../text/json.js';
import { policyFailure } from './doctor.js';
import { EXIT, type ExitCode, reportFailure } from './output.js';

/** `spec-kitty --version --json`: version, platform, and what this install can do on this machine. */
export async function versionReport(machine: Machine): Promise<ExitCode> {
  const opened = openPolicy(machine.observer, null);
  if (!opened.ok) return reportFailure(machine, policyFailure(opened.problems), true);
  const { source, sha256, compiled } = opened.policy;
  const { self, platform } = machine.observer;
  const fence = await machine.observer.pidfdSupport();
  const report: VersionReport = {
    schema_version: 1,
    version: PACKAGE_VERSION,
    node: self.nodeVersion,
    platform: platform.name,
    architecture: self.architecture,
    fence,
    capabilities: capabilitiesOf(platform.capabilities, platform.defaultCollector, fence.kind !== 'none'),
    policy: { source, sha256, certified: isCertified(await compiled()) },
  };
  machine.actor.terminal.print(formatJson(report));
  return EXIT.done;
}

/** The document of `spec-kitty --version --json`, described by `schemas/version-report.schema.json`. */
export interface VersionReport {
  readonly schema_version: 1;
  readonly version: string;
  readonly node: string;
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly architecture: string;
  /** Whether a signal on this machine can reach exactly the process that was checked (by its pidfd). */
  readonly fence: HandleSupport;
  /** What the platform and its collector attest, one by one, less what `fence` found missing. */
  readonly capabilities: Capabilities;
  readonly policy: { readonly source: string; readonly sha256: string; readonly certified: boolean };
}
