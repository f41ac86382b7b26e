import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { openInventory } from '../app/inventory.ts';
import { Problem } from '../core/problem.ts';
import { type Listed, listDomains, type Standing } from '../domains/list.ts';
import { readFlags, refuseWords } from './flags.ts';
import { showProblems } from './problems.ts';
import { printResult } from './result-file.ts';

export const args = {
  profile: {
    type: 'string',
    description: 'Profile that names the regions and the DNS provider',
    valueHint: 'NAME|FILE',
  },
  'ses-regions': { type: 'string', description: 'SES regions', valueHint: 'us-east-1,us-west-2' },
  standing: { type: 'string', description: 'Only these', valueHint: 'managed|foreign|orphaned|zone' },
  names: { type: 'boolean', description: 'Only the names, one on each line (for --from)' },
  state: { type: 'string', description: 'Folder of journals, ownership and locks', valueHint: 'DIR' },
  json: { type: 'string', description: 'Print them as JSON; =FILE writes it', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

const COLOURS: Readonly<Record<Standing, (text: string) => string>> = {
  managed: pc.green,
  foreign: pc.yellow,
  orphaned: pc.red,
  zone: pc.dim,
};
const MEANS: Readonly<Record<Standing, string>> = {
  managed: 'something of it is ours',
  foreign: 'in SES, nothing of it is ours (mailwright adopt makes it so)',
  orphaned: 'ours by our memory, but neither in SES nor at the DNS provider',
  zone: 'a zone at the DNS provider, not in SES',
};

/** Which domains there are: SES, DNS zones and our own memory joined. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  refuseWords(flags, 'mailwright list lists every domain.');
  const wanted = flags.text('standing');
  if (wanted !== undefined && !(wanted in MEANS)) {
    throw new Problem('input', 'flag.standing', `--standing: "${wanted}" is no standing.`, {
      fix: `Write one of ${Object.keys(MEANS).join(', ')}.`,
    });
  }
  const inventory = await openInventory({
    profile: flags.text('profile'),
    regions: flags.text('ses-regions')?.split(','),
    state: flags.text('state'),
  });
  try {
    const { domains, problems } = await listDomains(inventory.ground, inventory.needs);
    const shown = domains.filter((one) => wanted === undefined || one.standing === wanted);
    const json = flags.text('json');
    if (json !== undefined) printResult(json, { domains: shown, problems });
    else if (flags.on('names')) for (const one of shown) console.log(one.domain);
    else show(shown);
    return problems.length > 0 ? showProblems(problems) : 0;
  } finally {
    await inventory.close();
  }
}

function show(domains: readonly Listed[]): void {
  const width = Math.min(40, Math.max(6, ...domains.map((one) => one.domain.length)));
  for (const one of domains) {
    const regions = one.regions.map(
      ({ region, verified }) => `${region}${verified ? '' : pc.yellow(' (not verified)')}`,
    );
    const zone = one.zone === undefined ? pc.dim('no zone here') : one.zone === one.domain ? '' : `in ${one.zone}`;
    const last = one.lastRun ? pc.dim(`last ${one.lastRun.verb}: ${one.lastRun.status}`) : '';
    const words = [regions.join(', '), zone, one.ours > 0 ? `${one.ours} ours` : '', last].filter(
      (text) => text !== '',
    );
    console.log(`${one.domain.padEnd(width)}  ${COLOURS[one.standing](one.standing.padEnd(8))}  ${words.join(' · ')}`);
  }
  const standings = [...new Set(domains.map((one) => one.standing))];
  console.log(`\n${domains.length} domains.`);
  for (const standing of standings) console.log(pc.dim(`  ${standing}: ${MEANS[standing]}`));
}
