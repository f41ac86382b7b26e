import { measureChecks } from './checks.ts';
import { measureFleet } from './fleet.ts';
import { measureHosts } from './hosts.ts';
import { measureInspect } from './inspect.ts';
import { measureMailHosts } from './mail-hosts.ts';
import { measurePackage } from './package.ts';
import { measureStart } from './start.ts';
import { measureUp } from './up.ts';

/** Figures, each printed with what it means and the aim. Names as arguments choose; all run without. */
const BENCHES = {
  up: measureUp,
  fleet: measureFleet,
  hosts: measureHosts,
  'mail-hosts': measureMailHosts,
  inspect: measureInspect,
  checks: measureChecks,
  start: measureStart,
  package: measurePackage,
} as const;

const chosen = process.argv.slice(2);
for (const [name, measure] of Object.entries(BENCHES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n# ${name}`);
  await measure();
}
