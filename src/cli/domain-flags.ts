import type { ArgsDef } from 'citty';
import type { DomainRequest } from '../app/load-domain.ts';
import { Problem } from '../core/problem.ts';
import type { Flags } from './flags.ts';

/** The flags that say what is wanted of a domain: shared by plan, up, check and adopt. */
export const DOMAIN_ARGS = {
  domain: { type: 'string', description: 'The domain (or as first word)', valueHint: 'DOMAIN' },
  profile: {
    type: 'string',
    description: 'Profile: a name in ./profiles or ~/.config/mailwright/profiles, or a file',
    valueHint: 'NAME|FILE',
  },
  file: { type: 'string', description: 'A profile for one domain, which names it', valueHint: 'FILE' },
  'mail-from': {
    type: 'string',
    description: 'MAIL FROM name: a label or a full name below the domain',
    valueHint: 'NAME',
  },
  'dmarc-email': { type: 'string', description: 'Where DMARC reports go', valueHint: 'ADDRESS' },
  'ses-tenant': { type: 'string', description: 'SES tenant', valueHint: 'NAME' },
  'ses-regions': { type: 'string', description: 'SES regions', valueHint: 'us-east-1,us-west-2' },
  mx: {
    type: 'string',
    description: 'Inbound host, several times; none leaves inbound mail alone',
    valueHint: 'HOST[:PREF]',
  },
  mxwest: { type: 'string', description: 'Inbound host of preference 10 (same as --mx HOST:10)', valueHint: 'HOST' },
  mxeast: { type: 'string', description: 'Inbound host of preference 20 (same as --mx HOST:20)', valueHint: 'HOST' },
  mailbox: { type: 'string', description: 'A mailbox to be there, several times', valueHint: 'LOCAL' },
  'host-key': {
    type: 'string',
    description: 'SSH host key of a relay, as ssh-keygen -l prints it, several times',
    valueHint: '[HOST=]SHA256:…',
  },
  'mail-host': { type: 'string', description: 'Host with the mailboxes', valueHint: 'HOST' },
  mooker: { type: 'string', description: 'Same as --mail-host', valueHint: 'HOST' },
  dns: {
    type: 'string',
    description:
      'Who serves zones: a provider, several (a,b), manual, or auto: of the configured ones whoever serves the name',
    valueHint: 'PROVIDER',
  },
  from: { type: 'string', description: 'A file with one domain on each line (- reads stdin)', valueHint: 'FILE' },
  'take-over-mx': { type: 'boolean', description: 'Replace MX records that are not ours' },
  'mx-unproved': {
    type: 'boolean',
    description: 'Publish MX hosts that can’t be asked from here whether they take the domain’s mail',
  },
  'dmarc-apply': { type: 'boolean', description: 'Raise a published DMARC policy that is weaker than the profile’s' },
  'merge-several': {
    type: 'boolean',
    description: 'Where a name has several SPF or DMARC records, merge them into one and delete the others',
  },
  'zone-not-live': { type: 'boolean', description: 'Write the zone although nobody is delegated to it yet' },
  adopt: {
    type: 'boolean',
    description: 'Take over what another installation keeps, and mark what is as ours would be',
  },
  'migrate-dkim': {
    type: 'boolean',
    description: 'Change the DKIM method of live identities to the profile’s, in safe steps',
  },
  prune: { type: 'boolean', description: 'Remove what is ours and no longer asked for' },
  overwrite: { type: 'boolean', description: 'Write over what was ours and was changed by somebody' },
  'ttl-first': {
    type: 'boolean',
    description: 'Lower the TTL of records that are to change now, change them when the old value has expired',
  },
  force: { type: 'boolean', description: 'Change more than a third of a zone’s foreign records' },
  state: { type: 'string', description: 'Folder of journals, ownership and locks', valueHint: 'DIR' },
  json: {
    type: 'string',
    description: 'Print the report as JSON; =FILE writes it, =lines prints every event',
    valueHint: '[=FILE]',
  },
} as const satisfies ArgsDef;

/** What the flags ask for. `several`: whether the command takes more than one domain. */
export function domainRequest(flags: Flags, several = true): DomainRequest {
  const named = flags.text('domain');
  const domains = [...flags.words, ...(named === undefined ? [] : [named])];
  // A word that is no domain is mostly the value of a flag that takes its own after "=".
  const odd = flags.words.find((word, index) => index > 0 && !word.includes('.'));
  if (odd !== undefined || (!several && domains.length > 1))
    throw new Problem(
      'input',
      'flag.words',
      several ? `"${odd}" is no domain.` : `One domain at a time: "${domains[1]}" is one too many.`,
      {
        fix: 'If it is a value: --wait, --json and --markdown take theirs after "=", as in --wait=30m.',
      },
    );
  const mailFrom = flags.text('mail-from');
  if (domains.length > 1 && mailFrom?.includes('.'))
    throw new Problem(
      'input',
      'flag.mail-from',
      `--mail-from ${mailFrom} is one name, ${domains.length} domains are given.`,
      {
        fix: 'Give a label, such as mail: it is taken below each domain.',
      },
    );
  const west = flags.text('mxwest');
  const east = flags.text('mxeast');
  const mx = [...(flags.texts('mx') ?? []), ...(west ? [`${west}:10`] : []), ...(east ? [`${east}:20`] : [])];
  if (mx.length > 1 && mx.includes('none'))
    throw new Problem('input', 'flag.mx', '--mx none can’t stand beside hosts.');
  return {
    domains,
    from: flags.text('from'),
    profile: flags.text('profile'),
    file: flags.text('file'),
    state: flags.text('state'),
    consents: {
      takeOverMx: flags.on('take-over-mx'),
      applyDmarc: flags.on('dmarc-apply'),
      mergeSeveral: flags.on('merge-several'),
      zoneNotLive: flags.on('zone-not-live'),
      adopt: flags.on('adopt'),
      migrateDkim: flags.on('migrate-dkim'),
      prune: flags.on('prune'),
      overwrite: flags.on('overwrite'),
      force: flags.on('force'),
      ttlFirst: flags.on('ttl-first'),
      mxUnproved: flags.on('mx-unproved'),
    },
    flags: {
      mailFrom,
      dmarcEmail: flags.text('dmarc-email'),
      sesTenant: flags.text('ses-tenant'),
      sesRegions: flags
        .text('ses-regions')
        ?.split(',')
        .map((region) => region.trim())
        .filter((region) => region !== ''),
      mx: mx.length > 0 ? mx : undefined,
      mailHost: flags.text('mail-host') ?? flags.text('mooker'),
      dns: listed(flags.text('dns')),
      mailboxes: flags.texts('mailbox'),
      hostKeys: flags.texts('host-key'),
    },
  };
}

/** One value, or several with commas between. */
function listed(text: string | undefined): string | readonly string[] | undefined {
  const parts = text?.split(',').map((part) => part.trim()) ?? [];
  return parts.length > 1 ? parts.filter((part) => part !== '') : text;
}
