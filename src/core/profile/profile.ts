import * as z from 'zod';
import { DMARC_POLICIES } from '../domain-spec.ts';

const name = z.string().trim().min(1);
/** A scalar or a list, as people write either. */
const list = <T extends z.ZodType>(item: T) =>
  z.union([item, z.array(item)]).transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);

const mxEntry = z.union([
  z.string().trim().min(1).describe('HOST or HOST:PREFERENCE'),
  z.strictObject({ host: name, preference: z.int().min(0).max(65_535).default(10) }),
]);

const dmarc = z
  .strictObject({
    policy: z
      .enum(DMARC_POLICIES)
      .optional()
      .describe('Policy of a new record; a published one is never weakened. Default: none.'),
    rua: list(name)
      .optional()
      .describe('Where aggregate reports go: addresses, with or without mailto:. Default: dmarc@<domain>.'),
    ruf: list(name).optional().describe('Where failure reports go.'),
    fo: z
      .union([z.string(), z.number()])
      .transform(String)
      .optional()
      .describe('Which failures are reported: 0, 1, d, s (with ruf).'),
    reports: z
      .enum(['keep', 'add'])
      .optional()
      .describe('keep (default): a published record keeps its report addresses; add: ours are added to them.'),
  })
  .describe('The DMARC policy, published where none is.');

const spf = z
  .strictObject({
    root: z
      .enum(['keep', 'merge', 'create'])
      .optional()
      .describe(
        'SPF of the domain itself: keep (default), merge our include into the one record, create one only where none is.',
      ),
    include: list(name).optional().describe('Domains to include. Default: amazonses.com.'),
  })
  .describe('With a custom MAIL FROM, SES needs nothing in the root record.');

const ses = z
  .strictObject({
    account: z
      .union([z.string(), z.number()])
      .transform(String)
      .pipe(z.string().regex(/^\d{12}$/, 'must be the 12 digits of an AWS account'))
      .optional()
      .describe('The AWS account that the credentials must belong to.'),
    regions: list(name)
      .optional()
      .describe('Regions to send from; the first becomes the DKIM parent of a new domain. Default: us-east-1.'),
    tenant: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'may have letters, digits, _ and -, at most 64')
      .optional()
      .describe('SES tenant that may send from the domain.'),
    configurationSet: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'may have letters, digits, _ and -, at most 64')
      .optional()
      .describe('Default configuration set of new identities. Default: one of the tenant’s name.'),
    dkim: z
      .enum(['replicated', 'per-region', 'byodkim'])
      .optional()
      .describe(
        'replicated (default): one region’s keys serve all, three CNAMEs; per-region: three CNAMEs for each; byodkim: the key of dkim.keyFile for all, one TXT.',
      ),
    mailFrom: z
      .enum(['per-region', 'shared', 'none'])
      .optional()
      .describe('One MAIL FROM name for each region (default), one for all, or none.'),
    onMxFailure: z
      .enum(['USE_DEFAULT_VALUE', 'REJECT_MESSAGE'])
      .optional()
      .describe('What SES does while the MAIL FROM is broken; REJECT_MESSAGE is set only after SES has accepted it.'),
    verification: z
      .enum(['dkim', 'dkim+txt'])
      .optional()
      .describe('How SES verifies the domain: dkim (default); dkim+txt publishes the older TXT tokens as well.'),
    smtpCredentials: name
      .optional()
      .describe(
        'File of SMTP passwords that `mailwright ses smtp-credentials --out` wrote, mode 600, relative to the profile (outbound: ses).',
      ),
  })
  .describe('Amazon SES.');

const dkim = z
  .strictObject({
    keyFile: name.describe(
      'PEM file of an RSA key of 2048 bits with mode 600, relative to the profile; made by `up` where there is none.',
    ),
    selector: z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'may have letters, digits and inner hyphens, at most 63')
      .optional()
      .describe('Its name in DNS: <selector>._domainkey.<domain>. Default: mailwright.'),
  })
  .describe('The DKIM key of one’s own (ses.dkim: byodkim), the same for all regions.');

const ssh = z
  .strictObject({
    address: name.optional().describe('Address or name to connect to, where it is not the host’s own.'),
    port: z.int().min(1).max(65_535).optional().describe('Default: 22, or what ~/.ssh/config says.'),
    user: name.optional().describe('Default: what ~/.ssh/config says, else your own name.'),
    keyFile: name.optional().describe('Private key, relative to the profile. Default: agent and the usual keys.'),
    hostKey: z
      .string()
      .trim()
      .regex(
        /^SHA256:[A-Za-z0-9+/]{43}=?$/,
        'must look like SHA256:… (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)',
      )
      .optional()
      .describe('The host’s key as ssh-keygen -l prints it. Default: known_hosts is believed.'),
    privilege: z
      .enum(['auto', 'root', 'sudo', 'helper'])
      .optional()
      .describe(
        'How root’s work is done: as root, by sudo, by the installed helper; auto (default): whichever there is.',
      ),
  })
  .describe('How to get there by SSH; what is not said here, ~/.ssh/config says.');

const relay = z.union([
  name.describe('HOST'),
  z.strictObject({
    host: name.describe('Its name, as an MX names it.'),
    managed: z
      .boolean()
      .optional()
      .describe('false: nothing is changed there; only what it says to RCPT TO counts. Default: true.'),
    ssh: ssh.optional(),
    nextHop: name.optional().describe('Where it passes mail on to, HOST or HOST:PORT. Default: the mail host.'),
    recipients: z
      .enum(['list', 'any'])
      .optional()
      .describe(
        'list: only the profile’s mailboxes and aliases are taken; any: every address, so what the mail host refuses comes back to whoever was named as sender (backscatter). Default: list where the profile names mailboxes.',
      ),
    configDirectory: z
      .string()
      .trim()
      .regex(/^\/[A-Za-z0-9._/-]+$/, 'must be an absolute path')
      .optional()
      .describe('Of the Postfix instance, where it is not the host’s default.'),
  }),
]);

const mailbox = z.union([
  name.describe('LOCAL or LOCAL@'),
  z.strictObject({
    local: name,
    name: name.optional().describe('The person’s name.'),
    quota: z.int().min(0).optional().describe('MiB; 0 is no limit. Default: the domain’s default quota.'),
    passwordFile: name
      .optional()
      .describe(
        'File with its first password, mode 600, relative to the profile. Default: one is made and shown once.',
      ),
  }),
]);

const mailcow = z
  .strictObject({
    mailboxes: list(mailbox).optional().describe('Mailboxes of the domain; one that is there is never changed.'),
    aliases: z
      .record(z.string(), list(name))
      .optional()
      .describe(
        'Local parts and where their mail goes: local parts of the domain, or full addresses. "*" is every other address.',
      ),
    limits: z
      .strictObject({
        mailboxes: z.int().min(0).optional(),
        aliases: z.int().min(0).optional(),
        defaultQuota: z.int().min(1).optional().describe('MiB of a new mailbox.'),
        maxQuota: z.int().min(1).optional().describe('MiB that a mailbox may have.'),
        quota: z.int().min(1).optional().describe('MiB of the whole domain.'),
      })
      .optional()
      .describe('Limits of a new domain. Default: Mailcow’s own template.'),
    dkim: z.enum(['publish', 'none']).optional().describe('Its own DKIM key: publish (default) or leave unpublished.'),
    clientRecords: z.boolean().optional().describe('Publish autodiscover and autoconfig. Default: false.'),
    forwardingHosts: z
      .boolean()
      .optional()
      .describe(
        'Name the relays as forwarding hosts, the spam filter kept on: true, false, or (where it is left out) asked each time.',
      ),
  })
  .describe('The domain at Mailcow, on the mail host.');

/** A profile: the pattern of an installation, without the domain. Keys in camelCase; unknown ones are errors. */
export const profileSchema = z
  .strictObject({
    $schema: z.string().optional(),
    domain: name.optional().describe('The domain, where the file is for one.'),
    mailFrom: name
      .optional()
      .describe('MAIL FROM name: a label or a full name below the domain. Default: mail.<domain>.'),
    dmarc: dmarc.optional(),
    spf: spf.optional(),
    ses: ses.optional(),
    dkim: dkim.optional(),
    mx: z
      .union([z.literal('none'), list(mxEntry)])
      .optional()
      .describe('Inbound hosts: HOST, HOST:PREFERENCE, or { host, preference }; none leaves inbound mail alone.'),
    mailHost: name.optional().describe('The host with the mailboxes.'),
    relays: list(relay)
      .optional()
      .describe('Postfix hosts that take mail for the domain and pass it on to the mail host.'),
    mailcow: mailcow.optional(),
    outbound: z
      .enum(['ses', 'direct', 'keep'])
      .optional()
      .describe(
        'How the mail that our own hosts send for the domain leaves: ses (relays and Mailcow hand it to SES), direct (from the mail host itself: SPF names it, its reverse name is checked), keep (default): nothing is touched.',
      ),
    dns: z
      .strictObject({
        provider: z
          .union([name, z.array(name).min(1)])
          .optional()
          .describe(
            'Who serves zones: a provider, several to choose among, manual, or auto (default): of the configured ones whoever serves the name.',
          ),
        account: z
          .union([name, z.number().transform(String)])
          .optional()
          .describe('The account at the provider, where a token sees several, or that the credentials must belong to.'),
        zone: name.optional().describe('The zone’s id, where several have its name.'),
      })
      .optional()
      .describe('The DNS provider.'),
    ttl: z.int().min(60).max(86_400).optional().describe('Seconds, for every record. Default: 3600.'),
  })
  .meta({ title: 'Mailwright profile', description: 'How the domains of an installation are set up.' });

export type Profile = z.output<typeof profileSchema>;

/** Spellings of earlier plans, by the name they have now. */
export const PROFILE_ALIASES: Readonly<Record<string, string>> = {
  mail_from_domain: 'mailFrom',
  mail_from: 'mailFrom',
  mail_host: 'mailHost',
  configuration_set: 'configurationSet',
  on_mx_failure: 'onMxFailure',
  key_file: 'keyFile',
  next_hop: 'nextHop',
  host_key: 'hostKey',
  smtp_credentials: 'smtpCredentials',
};
