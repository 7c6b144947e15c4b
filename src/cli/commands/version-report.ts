import { readFence } from '../../action/read-fence.js';
import { HERE } from '../../model/platform.js';
import { PACKAGE_VERSION } from '../../model/version.js';
import type { VersionReport } from '../../model/version-report.js';
import { isCertified } from '../../policy/certificate.js';
import { openPolicy } from '../../policy/open.js';
import { formatJson } from '../../report/formats/json.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { reportFailure } from '../failure.js';
import { print } from '../print.js';
import { policyFailure } from './doctor-failures.js';

/** `spec-kitty --version --json`: what this install is, and what it can do on this machine. */
export async function versionReport(): Promise<ExitCode> {
  const opened = await openPolicy(null);
  if (!opened.ok) return reportFailure(policyFailure(opened.problems), true);
  const { source, sha256, compiled } = opened.policy;
  const report: VersionReport = {
    schema_version: 1,
    version: PACKAGE_VERSION,
    node: process.versions.node,
    platform: HERE.name,
    architecture: process.arch,
    fence: await readFence(),
    policy: { source, sha256, certified: isCertified(await compiled()) },
  };
  print(formatJson(report));
  return EXIT.done;
}
