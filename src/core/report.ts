import * as z from 'zod';

/** Exit statuses, by what they mean. */
export const STATUS_CODES = { done: 0, failed: 1, usage: 2, pending: 3, conflict: 4, waiting: 5 } as const;

/**
 * done: nothing is left to do · failed: something was refused · usage: wrong input or account · pending: on its way, or unknown ·
 * conflict: stopped before anything was touched · waiting: changes wait for approval (plan, --dry-run, or said no).
 */
export type RunStatus = keyof typeof STATUS_CODES;

const evidence = z.object({ by: z.string(), value: z.string(), at: z.string().optional() });

export const checkSchema = z.object({
  id: z.string().describe('Stable id of the check: dkim.cname'),
  severity: z.enum(['blocker', 'error', 'warning', 'advice', 'info']),
  status: z
    .enum(['ok', 'pending', 'failed', 'unknown'])
    .describe('pending: on its way · unknown: could not be looked at, says nothing'),
  system: z.string(),
  region: z.string().optional(),
  name: z.string().optional().describe('DNS name or resource'),
  expected: z.string(),
  seen: z.array(evidence),
  why: z.string(),
  fix: z.string().optional(),
  next: z.string().optional().describe('What happens next and when'),
});

const operation = z.object({
  id: z.string().describe('Stable id of the change: ses us-east-1/identity'),
  system: z.string(),
  verb: z.enum(['create', 'update', 'delete']),
  what: z.string(),
  effect: z.string().describe('What it does to mail that flows today'),
  by: z.enum(['us', 'person']).describe('person: a DNS record that somebody enters by hand'),
  slip: z
    .object({ what: z.string(), fix: z.string() })
    .optional()
    .describe('What the person made of it so far, and how that is put right'),
  before: z.json().optional(),
  after: z.json().optional(),
  undo: z.string().describe('What undoing it does'),
  outcome: z
    .enum(['done', 'kept', 'failed', 'held', 'planned'])
    .describe('kept: it was there already · held: waits for something · planned: not made in this run'),
  learnt: z.json().optional(),
  error: z.object({ code: z.string(), message: z.string(), fix: z.string().optional() }).optional(),
  waitsFor: z.string().optional(),
  startedAt: z.iso.datetime().optional(),
  ms: z.number().optional(),
});

const sentence = z.object({ code: z.string(), message: z.string(), fix: z.string().optional() });

const proof = z.object({
  direction: z.enum(['in', 'out']).describe('in: to a mailbox of the estate · out: from it'),
  through: z.string().describe('SES and a region, an MX host, or the mailbox'),
  to: z.string(),
  seconds: z.number().optional().describe('Until it was read'),
  hops: z.array(z.string()).optional().describe('Hosts that passed it on, in order'),
  folder: z.string().optional().describe('Where it was found'),
  by: z.string().optional().describe('The receiver whose verdicts these are'),
  spf: z.string().optional(),
  dkim: z.string().optional(),
  dmarc: z.string().optional(),
  error: sentence.optional(),
});

const requirement = z.object({
  what: z.string(),
  demands: z.record(z.string(), z.enum(['required', 'recommended', 'not asked'])).describe('By receiver'),
  status: z.enum(['ok', 'failed', 'pending', 'unknown', 'unseen']).describe('unseen: neither DNS nor SES shows it'),
  evidence: z.string(),
});

const spfLine = z.object({
  depth: z.int().describe('0 for the record itself'),
  domain: z.string(),
  term: z.string().optional().describe('What leads here'),
  record: z.string().optional(),
  state: z.enum(['there', 'none', 'several', 'unknown', 'loop', 'macro']),
  lookups: z.int().describe('Of this record and all below, in the worst case'),
});

/** One message that travelled, and what its receiver found. */
export type Proof = z.output<typeof proof>;

/** The report of a run, as --json prints it. Published as docs/report.schema.json. */
export const reportSchema = z
  .object({
    version: z.literal(1),
    run: z.string().describe('Id of the run; its journal has this name'),
    command: z.enum(['plan', 'up', 'check', 'adopt', 'undo', 'rotate', 'down']),
    domain: z.string(),
    status: z.enum(['done', 'failed', 'usage', 'pending', 'conflict', 'waiting']),
    exit: z
      .int()
      .describe('0 done · 1 failed · 2 usage or account · 3 pending or unknown · 4 conflict · 5 changes waiting'),
    about: z.array(z.string()).describe('Accounts, regions and zone'),
    zones: z
      .array(
        z.object({
          name: z.string(),
          provider: z.string(),
          by: z.enum(['us', 'person']),
          nameServers: z.array(z.string()),
        }),
      )
      .describe('The zones that the records lie in, and who writes them'),
    operations: z.array(operation),
    announced: z.array(
      z.object({ verb: z.string(), what: z.string(), type: z.string(), under: z.string(), count: z.int() }),
    ),
    records: z
      .array(z.object({ name: z.string(), type: z.string(), value: z.string(), verb: z.string() }))
      .describe('DNS records written in this run'),
    left: z
      .array(z.object({ id: z.string(), what: z.string(), why: z.string() }))
      .describe('Made by us and not taken back, with the reason (undo, --prune)'),
    checks: z.array(checkSchema),
    warnings: z.array(sentence),
    errors: z.array(sentence),
    sent: z.array(z.json()).describe('Test messages, one for each region'),
    proofs: z.array(proof).optional().describe('Messages of --prove, and how they travelled'),
    compliance: z.array(requirement).optional().describe('What Gmail, Yahoo and Microsoft ask of bulk senders (check)'),
    spf: z
      .array(spfLine)
      .optional()
      .describe('The SPF tree of the domain, the record first, each below what draws it in'),
    timings: z.object({ startedAt: z.iso.datetime(), endedAt: z.iso.datetime(), ms: z.number(), rounds: z.int() }),
  })
  .meta({ title: 'Mailwright report', description: 'What a run found, did and left.' });

export type RunReport = z.output<typeof reportSchema>;

/** The report of a run over several domains. */
export const fleetReportSchema = z
  .object({
    version: z.literal(1),
    run: z.string(),
    command: z.string(),
    status: reportSchema.shape.status.describe('The worst of the domains'),
    exit: z.int(),
    domains: z.array(reportSchema),
  })
  .meta({ title: 'Mailwright report of several domains' });

export type FleetReport = z.output<typeof fleetReportSchema>;

/** Statuses, worst first: what a run over several domains ends with. */
const WORST_FIRST: readonly RunStatus[] = ['failed', 'conflict', 'usage', 'pending', 'waiting', 'done'];

/** The reports of several domains as one; the worst status counts. */
export function fleetReport(reports: readonly RunReport[]): FleetReport {
  const status = WORST_FIRST.find((one) => reports.some((report) => report.status === one)) ?? 'done';
  const [first] = reports;
  return {
    version: 1,
    run: first?.run ?? '',
    command: first?.command ?? '',
    status,
    exit: STATUS_CODES[status],
    domains: [...reports],
  };
}
export type Operation = RunReport['operations'][number];
