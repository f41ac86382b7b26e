import type { ArgsDef } from 'citty';
import type { DomainRequest } from '../app/load-domain.ts';
import { Problem } from '../core/problem.ts';
import type { Flags } from './flags.ts';

/** The flags that say what is wanted of a domain: shared by plan, up and check. */
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
  'mail-host': { type: 'string', description: 'Host with the mailboxes', valueHint: 'HOST' },
  mooker: { type: 'string', description: 'Same as --mail-host', valueHint: 'HOST' },
  dns: { type: 'string', description: 'DNS provider', valueHint: 'cloudflare' },
  'take-over-mx': { type: 'boolean', description: 'Replace MX records that are not ours' },
  'dmarc-apply': { type: 'boolean', description: 'Raise a published DMARC policy that is weaker than the profile’s' },
  'zone-not-live': { type: 'boolean', description: 'Write the zone although nobody is delegated to it yet' },
  state: { type: 'string', description: 'Folder of journals, ownership and locks', valueHint: 'DIR' },
  json: {
    type: 'string',
    description: 'Print the report as JSON; =FILE writes it, =lines prints every event',
    valueHint: '[=FILE]',
  },
} as const satisfies ArgsDef;

/** What the flags ask for. */
export function domainRequest(flags: Flags): DomainRequest {
  const [word, extra] = flags.words;
  if (extra !== undefined)
    throw new Problem('input', 'flag.words', `One domain at a time: "${extra}" is one too many.`, {
      fix: 'If it is a value: --wait, --json and --markdown take theirs after "=", as in --wait=30m.',
    });
  const named = flags.text('domain');
  if (word !== undefined && named !== undefined && word !== named) {
    throw new Problem('input', 'flag.words', `Two domains are given: ${word} and --domain ${named}.`);
  }
  const west = flags.text('mxwest');
  const east = flags.text('mxeast');
  const mx = [...(flags.texts('mx') ?? []), ...(west ? [`${west}:10`] : []), ...(east ? [`${east}:20`] : [])];
  if (mx.length > 1 && mx.includes('none'))
    throw new Problem('input', 'flag.mx', '--mx none can’t stand beside hosts.');
  return {
    profile: flags.text('profile'),
    file: flags.text('file'),
    state: flags.text('state'),
    consents: {
      takeOverMx: flags.on('take-over-mx'),
      applyDmarc: flags.on('dmarc-apply'),
      zoneNotLive: flags.on('zone-not-live'),
    },
    flags: {
      domain: word ?? named,
      mailFrom: flags.text('mail-from'),
      dmarcEmail: flags.text('dmarc-email'),
      sesTenant: flags.text('ses-tenant'),
      sesRegions: flags
        .text('ses-regions')
        ?.split(',')
        .map((region) => region.trim())
        .filter((region) => region !== ''),
      mx: mx.length > 0 ? mx : undefined,
      mailHost: flags.text('mail-host') ?? flags.text('mooker'),
      dns: flags.text('dns'),
    },
  };
}
