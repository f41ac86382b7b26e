import * as z from 'zod';
import { DMARC_POLICIES } from './domain-spec.ts';
import { STATUS_CODES } from './report.ts';

/** What a look at one thing brought: there, not there, or not to be found out, with the reason. An unknown never reads as missing. */
export type Seen<T> =
  | { readonly status: 'present'; readonly value: T }
  | { readonly status: 'absent' }
  | { readonly status: 'unknown'; readonly reason: string };

const seen = <T extends z.ZodType>(value: T, means: string) =>
  z
    .discriminatedUnion('status', [
      z.object({ status: z.literal('present'), value }),
      z.object({ status: z.literal('absent') }),
      z.object({ status: z.literal('unknown'), reason: z.string() }),
    ])
    .describe(means);

const texts = z.array(z.string());

/** How far names were looked for that nobody lists. */
const search = z.enum(['whole', 'usual names', 'in part']);
export type Search = z.output<typeof search>;

const sesRegion = z.object({
  region: z.string(),
  verified: z.boolean(),
  identity: seen(
    z.object({
      dkim: z.object({
        status: z.string().describe('SES’s word: SUCCESS, PENDING, FAILED …'),
        method: z
          .enum(['easy', 'replica', 'own'])
          .describe('easy: SES’s own keys · replica: another region’s · own: a key of one’s own'),
        parent: z.string().optional().describe('The region that a replica takes its keys from'),
        tokens: texts.describe('Selectors of its CNAMEs; of a key of one’s own its selector'),
        keyLength: z.string().optional(),
        signing: z.boolean(),
      }),
      mailFrom: z.object({ name: z.string(), status: z.string(), onMxFailure: z.string() }).optional(),
      configurationSet: z.string().optional(),
      tenants: seen(texts, 'Tenants that may send from the identity'),
    }),
    'What SES shows of it',
  ),
});

/** What one domain has. */
export const domainFactsSchema = z.object({
  domain: z.string(),
  dns: seen(
    z.object({
      zone: z.string(),
      servers: texts,
      unasked: z.string().optional().describe('Why the servers could not be asked: then others stand in for them'),
      host: z.string().optional().describe('Who runs them, by their names'),
    }),
    'The zone that holds the domain; absent: it is not delegated',
  ),
  zone: seen(
    z.object({ provider: z.string(), account: z.string(), records: z.int() }),
    'The zone at the DNS provider whose credentials are set',
  ),
  mx: seen(
    z.array(
      z.object({ host: z.string().describe('Empty: a null MX'), preference: z.int(), service: z.string().optional() }),
    ),
    'Where mail to the domain goes',
  ),
  spf: seen(
    z.object({
      records: texts,
      includes: z.array(z.object({ domain: z.string(), sender: z.string().optional() })),
      ses: z.boolean(),
      broken: z.string().optional().describe('Why receivers can’t read it'),
      all: z.string().describe('What it says of everybody else: -all, ~all, redirect=…; empty: nothing'),
    }),
    'SPF of the domain itself',
  ),
  dkim: seen(
    z.array(
      z.object({
        selector: z.string(),
        signer: z.string().describe('Whose key it is; "own key" where no service is known'),
        type: z.enum(['CNAME', 'TXT']),
        value: z.string(),
        revoked: z.boolean(),
      }),
    ),
    'DKIM keys in DNS',
  ),
  dkimSearch: search.describe('Whether other selectors may have keys, too'),
  dmarc: seen(
    z.object({
      name: z.string().describe('Where it is published'),
      inherited: z.boolean(),
      records: texts,
      policy: z.enum(DMARC_POLICIES),
      rua: texts.describe('Addresses of aggregate reports, without mailto:'),
      ruf: texts,
      fo: z.string().optional(),
    }),
    'The DMARC policy in effect',
  ),
  mailFrom: seen(
    z.array(
      z.object({
        name: z.string(),
        region: z.string().describe('The region that its MX names'),
        spf: z.boolean().optional().describe('Whether it publishes SPF for SES; absent: could not be asked'),
      }),
    ),
    'Names with SES’s feedback MX',
  ),
  mailFromSearch: search.describe('Whether other names may be MAIL FROM names, too'),
  mtaSts: seen(z.string(), 'The MTA-STS record'),
  tlsRpt: seen(z.string(), 'The TLS-RPT record'),
  clients: seen(
    z.array(z.object({ name: z.string(), target: z.string() })),
    'Autodiscover and autoconfig names, and where they lead',
  ),
  ses: seen(
    z.object({ account: z.string(), regions: z.array(sesRegion) }),
    'Amazon SES; absent: no identity in any region that was asked',
  ),
  relays: seen(
    z.array(z.object({ host: z.string(), nextHop: z.string(), recipients: z.union([z.literal('any'), z.int()]) })),
    'Relays of the profile that take its mail, and where they pass it on',
  ).optional(),
  mailcow: seen(
    z.object({
      host: z.string(),
      active: z.boolean(),
      backupMx: z.boolean().describe('It passes mail on instead of keeping it'),
      mailboxes: texts.describe('Local parts; of very many only those that were made by us'),
      messages: z.int(),
      bytes: z.int(),
      aliases: z.array(z.object({ address: z.string(), goto: texts, active: z.boolean() })),
      limits: z
        .object({
          mailboxes: z.int(),
          aliases: z.int(),
          defaultQuota: z.int(),
          maxQuota: z.int(),
          quota: z.int(),
        })
        .describe('Quotas in MiB'),
      dkim: z.object({ selector: z.string(), name: z.string(), published: z.boolean() }).optional(),
      relayhost: z
        .object({ hostname: z.string(), username: z.string(), active: z.boolean() })
        .optional()
        .describe('Whom its mail is handed to; absent: it leaves from Mailcow itself'),
      home: z.string().optional().describe('The installation of Mailwright that made it'),
    }),
    'The domain at Mailcow',
  ).optional(),
});
export type DomainFacts = z.output<typeof domainFactsSchema>;
export type SesRegionFacts = z.output<typeof sesRegion>;
export type MailcowFacts = Extract<NonNullable<DomainFacts['mailcow']>, { status: 'present' }>['value'];
export type SesFacts = Seen<{ readonly account: string; readonly regions: readonly SesRegionFacts[] }>;

/** A relay's mail configuration, as `inspect --relay HOST` shows it. */
export const relayFactsSchema = z.object({
  host: z.string(),
  version: z.string().describe('Of Postfix'),
  configDirectory: z.string(),
  running: z.boolean(),
  parameters: z.array(z.object({ name: z.string(), value: z.string().describe('With $names expanded') })),
  domains: z.array(
    z.object({
      domain: z.string(),
      nextHop: z.string().describe('Empty: none, so that its MX is looked up'),
      recipients: z.union([z.literal('any'), z.int()]).describe('How many addresses it takes'),
      ours: z.boolean().describe('Between Mailwright’s marks'),
    }),
  ),
  unread: texts.describe('Tables that are no files, and are not listed'),
  unfinished: texts.describe('Tables whose text and index do not say the same'),
  open: z.boolean().describe('Nothing keeps it from relaying for everybody'),
});
export type RelayFacts = z.output<typeof relayFactsSchema>;

/** What `mailwright inspect --relay HOST --json` prints. Published as docs/relays.schema.json. */
export const relayInspectionSchema = z
  .object({
    version: z.literal(1),
    command: z.literal('inspect'),
    exit: z.int().describe('0 done · 3 a relay could not be read · 4 it is not the host that it should be'),
    relays: z.array(relayFactsSchema),
    unseen: z.array(z.object({ host: z.string(), reason: z.string(), fix: z.string().optional() })),
  })
  .meta({ title: 'Mailwright relays', description: 'How Postfix hosts take mail and pass it on.' });
export type RelayInspection = z.output<typeof relayInspectionSchema>;

const recommendation = z.object({
  id: z.string().describe('Stable id: dmarc.missing'),
  severity: z.enum(['error', 'warning', 'advice']),
  domains: texts,
  what: z.string(),
  why: z.string(),
  fix: z.string(),
});
export type Recommendation = z.output<typeof recommendation>;

const shared = z.object({
  aspect: z.string().describe('Stable id: mx, dmarc.policy'),
  title: z.string(),
  values: texts.describe('Names below the domain begin with "<domain>"; none: there is nothing'),
  partial: z.boolean().describe('More may be there than could be seen'),
  domains: texts.describe('Where it was seen'),
  unknown: texts.describe('Where it could not be seen, or not whole'),
});
export type SharedAspect = z.output<typeof shared>;

const difference = z.object({
  aspect: z.string(),
  title: z.string(),
  groups: z.array(z.object({ values: texts, domains: texts })).describe('Largest group first'),
  unknown: texts,
});
export type Difference = z.output<typeof difference>;

const unseen = z.object({
  what: z.string().describe('The system, or part of it'),
  reason: z.string(),
  domains: texts.describe('None: of all of them'),
});
export type Unseen = z.output<typeof unseen>;

/** What `mailwright inspect --json` prints. Published as docs/inspection.schema.json. */
export const inspectionSchema = z
  .object({
    version: z.literal(1),
    command: z.literal('inspect'),
    status: z.enum(['done', 'pending']).describe('pending: name servers of a domain could not be asked'),
    exit: z.int().describe('0 done · 3 name servers of a domain could not be asked'),
    domains: z.array(domainFactsSchema),
    pattern: z.array(shared).describe('What all domains have alike, as far as it could be seen; empty for one domain'),
    differences: z.array(difference),
    recommendations: z.array(recommendation),
    unseen: z.array(unseen).describe('What could not be looked at, and why'),
    profile: z.json().describe('The profile that follows from the pattern'),
    profileNotes: texts.describe('What a profile can’t say, or what differs'),
  })
  .meta({ title: 'Mailwright inspection', description: 'What domains have, what they share, and where they differ.' });
export type Inspection = z.output<typeof inspectionSchema>;

const deviation = z.object({
  aspect: z.string(),
  title: z.string(),
  severity: z.enum(['error', 'warning', 'unknown']),
  expected: texts,
  seen: texts,
  missing: texts,
  extra: texts,
  why: z.string(),
});
export type Deviation = z.output<typeof deviation>;

/** What `mailwright check DOMAIN --against … --json` prints. Published as docs/deviations.schema.json. */
export const deviationsSchema = z
  .object({
    version: z.literal(1),
    command: z.literal('check'),
    against: texts,
    status: z.enum(['done', 'failed', 'pending']),
    exit: z
      .int()
      .describe('0 like the others · 1 an error deviates · 3 only warnings deviate, or something could not be seen'),
    domains: z.array(z.object({ domain: z.string(), deviations: z.array(deviation) })),
    pattern: z.array(shared),
    unseen: z.array(unseen),
  })
  .meta({ title: 'Mailwright deviations', description: 'How domains differ from the pattern of others.' });
export type Deviations = z.output<typeof deviationsSchema>;

/** How `check --against` ends: errors fail; lesser deviations, and what could not be seen, are pending. */
export function deviationStatus(
  found: readonly Pick<Deviation, 'severity'>[],
  unseen: readonly unknown[] = [],
): Pick<Deviations, 'status' | 'exit'> {
  const lesser = found.length > 0 || unseen.length > 0;
  const status = found.some((one) => one.severity === 'error') ? 'failed' : lesser ? 'pending' : 'done';
  return { status, exit: STATUS_CODES[status] };
}
