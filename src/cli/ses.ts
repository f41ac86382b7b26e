import type { ArgsDef } from 'citty';
import { Problem } from '../core/problem.ts';
import { DOMAIN_ARGS } from './domain-flags.ts';
import { readFlags } from './flags.ts';
import { runSmtpCredentials } from './ses/smtp-credentials.ts';

const { domain, profile, file, from, adopt, prune, overwrite, state, json } = DOMAIN_ARGS;

export const args = {
  what: { type: 'positional', required: true, description: 'smtp-credentials, then the domains' },
  domain,
  profile,
  file,
  from,
  'ses-regions': DOMAIN_ARGS['ses-regions'],
  'ses-tenant': DOMAIN_ARGS['ses-tenant'],
  name: {
    type: 'string',
    description: 'Which IAM user, mailwright-smtp-NAME; the domain unless given',
    valueHint: 'NAME',
  },
  out: {
    type: 'string',
    description: 'Write the passwords into a new file (mode 600) as Postfix takes them, or as JSON (….json)',
    valueHint: 'FILE',
  },
  rotate: { type: 'boolean', description: 'Make one more key; the one in use stays active' },
  retire: {
    type: 'string',
    description: 'End the key that was replaced, or the named one: inactive first, deleted the next time',
    valueHint: '[=KEYID]',
  },
  adopt,
  prune,
  overwrite,
  yes: { type: 'boolean', description: 'Approve what is shown' },
  state,
  json,
} as const satisfies ArgsDef;

/** What concerns SES alone: today the credentials that mail servers send by. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const [what, ...words] = flags.words;
  if (what !== 'smtp-credentials')
    throw new Problem(
      'input',
      'ses.what',
      what === undefined ? 'It is not said what is wanted of SES.' : `"${what}" is nothing to ask of SES.`,
      { fix: 'Write mailwright ses smtp-credentials example.com.' },
    );
  return runSmtpCredentials({ ...flags, words });
}
