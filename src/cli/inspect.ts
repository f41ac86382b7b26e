import type { ArgsDef } from 'citty';
import { openInspector } from '../app/inspector.ts';
import { profileText, writeProfileFile } from '../app/profile-file.ts';
import { Problem } from '../core/problem.ts';
import { inspect } from '../domains/inspect.ts';
import { readFlags } from './flags.ts';
import { inspectionMarkdown } from './inspection-markdown.ts';
import { printResult, writeResult } from './result-file.ts';
import { showInspected } from './show-inspected.ts';
import { showInspection } from './show-inspection.ts';

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
