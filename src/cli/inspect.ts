import type { ArgsDef } from 'citty';
import { openInspector } from '../app/inspector.ts';
import { profileText, writeProfileFile } from '../app/profile-file.ts';
import { inspectRelays } from '../app/relays.ts';
import { Problem } from '../core/problem.ts';
import { inspect } from '../domains/inspect.ts';
import { askSecret } from './ask.ts';
import { DOMAIN_ARGS } from './domain-flags.ts';
import { type Flags, readFlags, refuseWords } from './flags.ts';
import { printResult, writeResult } from './result-file.ts';
import { inspectionMarkdown } from './show/inspection-markdown.ts';
import { showInspected } from './show/show-inspected.ts';
import { showInspection } from './show/show-inspection.ts';
import { showRelays } from './show/show-relays.ts';

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  from: { type: 'string', description: 'A file with one domain on each line (- reads stdin)', valueHint: 'FILE' },
  profile: {
    type: 'string',
    description: 'Profile that names the regions and the DNS provider',
    valueHint: 'NAME|FILE',
  },
  'ses-regions': {
    type: 'string',
    description: 'SES regions; without it every region that the account has enabled',
    valueHint: 'us-east-1,us-west-2',
  },
  dns: { type: 'string', description: 'DNS provider', valueHint: 'cloudflare' },
  relay: {
    type: 'string',
    description: 'A Postfix host instead of domains: what it takes, and where it passes it on; several times',
    valueHint: 'HOST',
  },
  'host-key': DOMAIN_ARGS['host-key'],
  'write-profile': {
    type: 'string',
    description: 'Write the profile that follows from the pattern',
    valueHint: 'FILE',
  },
  force: { type: 'boolean', description: 'Write over a profile that is there' },
  markdown: { type: 'string', description: 'Print the analysis as Markdown; =FILE writes it', valueHint: '[=FILE]' },
  json: { type: 'string', description: 'Print the analysis as JSON; =FILE writes it', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** Says what existing domains have, what they share and where they differ. Touches nothing. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const relays = flags.texts('relay');
  if (relays) return runRelays(flags, relays);
  const from = flags.text('from');
  if (flags.words.length === 0 && from === undefined) {
    throw new Problem('input', 'domain.missing', 'No domain is given.', {
      fix: 'Name those that are set up well: mailwright inspect a.example b.example.',
    });
  }
  const inspector = await openInspector({
    domains: flags.words,
    from,
    profile: flags.text('profile'),
    regions: flags.text('ses-regions')?.split(','),
    dns: flags.text('dns'),
  });
  try {
    const found = await inspect(inspector.domains, inspector.needs, inspector.providers, showInspected());
    const {
      json,
      markdown,
      'write-profile': target,
    } = {
      json: flags.text('json'),
      markdown: flags.text('markdown'),
      'write-profile': flags.text('write-profile'),
    };
    // The words give way where a result takes stdout.
    const say = json === '-' || markdown === '-' ? console.error : console.log;
    if (json !== undefined) printResult(json, found);
    if (markdown === '-') process.stdout.write(inspectionMarkdown(found));
    else if (markdown !== undefined) writeResult('--markdown', markdown, inspectionMarkdown(found));
    if (json !== '-' && markdown !== '-') say(showInspection(found));
    if (target !== undefined) {
      const profile = found.profile as Readonly<Record<string, unknown>>;
      writeProfileFile(target, profileText(profile, inspector.domains, found.profileNotes), flags.on('force'));
      say(
        `\nProfile: ${target}. To try it: mailwright plan NEW-DOMAIN --profile ${/[/\\]|\.ya?ml$/.test(target) ? target : `./${target}`}`,
      );
    }
    return found.exit;
  } finally {
    inspector.close();
  }
}

/** Relays instead of domains. */
async function runRelays(flags: Flags, hosts: readonly string[]): Promise<number> {
  refuseWords(flags, '--relay looks at hosts, not at domains.');
  const found = await inspectRelays(hosts, {
    profile: flags.text('profile'),
    hostKeys: flags.texts('host-key'),
    ask: askSecret(),
  });
  const json = flags.text('json');
  if (json !== undefined) printResult(json, found);
  if (json !== '-') console.log(showRelays(found));
  return found.exit;
}
