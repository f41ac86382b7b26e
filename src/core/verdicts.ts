import * as z from 'zod';

/** Whether a host may send with an address: its question. */
export interface SpfQuestion {
  readonly ip: string;
  /** The envelope sender; empty for a bounce, whose sender is postmaster@ the HELO name (RFC 7208 2.4). */
  readonly from: string;
  readonly helo: string;
  /** The receiver's own name, for the macro %{r}. */
  readonly receiver?: string;
}

const spfResult = z
  .enum(['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror'])
  .describe('RFC 7208 2.6');
const reason = z.string().optional().describe('In words');

const spfVerdict = z.object({
  result: spfResult,
  reason,
  record: z.string().optional(),
  explanation: z.string().optional().describe('What the domain says of a failure (exp=)'),
  lookups: z.object({ count: z.int(), limit: z.int(), empty: z.int().describe('That found nothing') }),
});

/** What SPF says of one host and one address. */
export type SpfVerdict = z.output<typeof spfVerdict>;
export type SpfResult = SpfVerdict['result'];

const spfTrace = z.object({
  domain: z.string(),
  record: z.string().optional(),
  steps: z.array(
    z.object({
      term: z.string(),
      verdict: z.enum(['match', 'no match', 'error', 'not reached']),
      reason,
      // The record that an include or redirect led to, where it decided.
      get below(): z.ZodOptional<typeof spfTrace> {
        return spfTrace.optional();
      },
    }),
  ),
});

/** A record as one host went through it, term by term, until one matched. */
export type SpfTrace = z.output<typeof spfTrace>;
/** One term of a record as it met one host. */
export type SpfStep = SpfTrace['steps'][number];

/** Published as docs/spf.schema.json. */
export const spfReportSchema = z
  .object({
    version: z.literal(1),
    command: z.literal('spf'),
    ip: z.string(),
    from: z.string(),
    helo: z.string(),
    domain: z.string().describe('Whose record counts'),
    ...spfVerdict.shape,
    trace: spfTrace,
    exit: z.int().describe('0 pass · 3 DNS could not be asked · 1 anything else'),
  })
  .meta({ title: 'Mailwright SPF verdict', description: 'What `mailwright spf --json` prints.' });

const serverAnswer = z.object({
  by: z.string().describe('The server or resolver'),
  status: z.enum(['present', 'absent', 'unknown']),
  values: z.array(z.string()).describe('TXT: one character for each byte, strings joined'),
  ttl: z.number().optional().describe('Seconds'),
  missSeconds: z.number().optional().describe('For how long it remembers that nothing is there'),
  alias: z.string().optional().describe('Where the name is an alias of'),
  nameMissing: z.literal(true).optional().describe('The name itself is not there (NXDOMAIN)'),
  reason: z.string().optional().describe('Why it is unknown'),
});

/** Published as docs/dns.schema.json. */
export const dnsReportSchema = z
  .object({
    version: z.literal(1),
    command: z.literal('dns'),
    name: z.string(),
    type: z.string(),
    zone: z.string().optional(),
    status: z
      .enum(['present', 'absent', 'partial', 'unknown'])
      .describe('partial: they do not say the same · unknown: nobody could be asked'),
    authoritative: z.array(serverAnswer).describe('The zone’s own servers'),
    public: z.array(serverAnswer).describe('Resolvers'),
    wait: z
      .object({
        resolvers: z.number().optional().describe('Until these resolvers have asked again'),
        everybody: z.number().describe('Until everybody has'),
        servers: z.number().optional().describe('Until servers that lag have the zone’s newest version'),
      })
      .optional()
      .describe('Seconds for which what is old may still be seen; absent where all agree'),
    exit: z.int().describe('0 present · 1 absent · 3 partial or unknown'),
  })
  .meta({ title: 'Mailwright DNS answers', description: 'What `mailwright dns --json` prints.' });

/** What is said of a signature that fails, where there is a way out that follows from it. */
export const SIGNATURE_FAULTS = {
  changed: 'the body was changed after it was signed',
  noKey: 'its key is not published, or not any more',
} as const;

const signature = z.object({
  domain: z.string(),
  selector: z.string(),
  algorithm: z.string().optional(),
  result: z.string(),
  reason,
  aligned: z.boolean(),
  unsigned: z.number().optional().describe('Bytes at the end of the body that an l= leaves unsigned'),
  keyBits: z.number().optional(),
});

const messageVerdict = z.object({
  author: z.string().optional().describe('The domain of From'),
  signatures: z.array(signature),
  spf: z
    .object({
      ...spfVerdict.omit({ lookups: true }).shape,
      domain: z.string(),
      ip: z.string(),
      aligned: z.boolean(),
      greeting: z.literal(true).optional().describe('A bounce: judged by the name with which the host greeted'),
    })
    .optional()
    .describe('Absent where it was not judged'),
  spfUnjudged: z.string().optional().describe('Why SPF was not judged: what no header says'),
  arc: z.object({
    result: z.string(),
    reason,
    instances: z.int(),
    sealer: z.string().optional().describe('Whose the newest seal is'),
  }),
  dmarc: z.object({
    result: z.string(),
    reason,
    policy: z.string().optional().describe('In effect for this author: after sp, np and t'),
    organisation: z.string().optional(),
    policyDomain: z.string().optional(),
    record: z.string().optional(),
  }),
});

/** What a receiver finds of a message: who signed it, who sent it, and whether that counts for the author's domain. */
export type MessageVerdict = z.output<typeof messageVerdict>;

/** Published as docs/message.schema.json. */
export const messageReportSchema = z
  .object({
    version: z.literal(1),
    command: z.literal('check --message'),
    ...messageVerdict.shape,
    exit: z.int().describe('0 DMARC passes, or asks for nothing · 3 what could make it pass is not known · 1 it fails'),
  })
  .meta({ title: 'Mailwright message verdict', description: 'What `mailwright check --message --json` prints.' });
