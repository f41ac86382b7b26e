import { z } from 'zod';
import { invalidInput } from './errors.ts';
import { readName, writeName } from './names.ts';
import type { RecordSet } from './state.ts';

/** Types that the API takes. */
const TYPES = [
  'A',
  'AAAA',
  'CAA',
  'CNAME',
  'DS',
  'HTTPS',
  'MX',
  'NAPTR',
  'NS',
  'PTR',
  'SOA',
  'SPF',
  'SRV',
  'SSHFP',
  'SVCB',
  'TLSA',
  'TXT',
] as const;

const number = (most: number) =>
  z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(0).max(most));
const truth = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

const setSchema = z.strictObject({
  Name: z.string().min(1).max(1024),
  Type: z.enum(TYPES),
  SetIdentifier: z.string().min(1).max(128).optional(),
  Weight: number(255).optional(),
  Region: z.string().optional(),
  Failover: z.enum(['PRIMARY', 'SECONDARY']).optional(),
  MultiValueAnswer: truth.optional(),
  HealthCheckId: z.string().optional(),
  TTL: number(2_147_483_647).optional(),
  ResourceRecords: z
    .array(z.strictObject({ Value: z.string().max(4000) }))
    .min(1)
    .optional(),
  AliasTarget: z
    .strictObject({ HostedZoneId: z.string().min(1), DNSName: z.string().min(1), EvaluateTargetHealth: truth })
    .optional(),
});

const batchSchema = z.strictObject({
  Comment: z.string().max(256).optional(),
  Changes: z
    .array(z.strictObject({ Action: z.enum(['CREATE', 'DELETE', 'UPSERT']), ResourceRecordSet: setSchema }))
    .min(1),
});

const ROUTING = ['Weight', 'Region', 'Failover', 'MultiValueAnswer', 'HealthCheckId'] as const;

/** One change of a batch. */
export interface SetChange {
  readonly action: 'CREATE' | 'DELETE' | 'UPSERT';
  readonly set: RecordSet;
}

/** A batch as it was asked for. */
export interface ChangeBatch {
  readonly comment: string | undefined;
  readonly changes: readonly SetChange[];
}

/** Reads a batch in the SDKs' shape; numbers and truth values may be texts, as in XML. @throws AwsError InvalidInput */
export function readBatch(shape: unknown): ChangeBatch {
  const read = batchSchema.safeParse(shape);
  if (!read.success) {
    const sentences = read.error.issues.map(
      ({ path, message }) =>
        `Value at '${['changeBatch', ...path].map(String).join('.')}' failed to satisfy constraint: ${message}`,
    );
    const errors = `${sentences.length} validation error${sentences.length > 1 ? 's' : ''}`;
    throw invalidInput(`${errors} detected: ${sentences.join('; ')}`);
  }
  const { Comment, Changes } = read.data;
  const changes = Changes.map(({ Action, ResourceRecordSet }) => ({
    action: Action,
    set: readSet(ResourceRecordSet, Action),
  }));
  return { comment: Comment, changes };
}

/** A set in the SDKs' shape. */
export function showSet({ name, type, setIdentifier, ttl, values, alias, routing }: RecordSet) {
  return {
    Name: writeName(name),
    Type: type,
    ...(setIdentifier === undefined ? {} : { SetIdentifier: setIdentifier }),
    ...routing,
    ...(ttl === undefined ? {} : { TTL: ttl }),
    ...(alias
      ? {
          AliasTarget: {
            HostedZoneId: alias.hostedZoneId,
            DNSName: writeName(alias.dnsName),
            EvaluateTargetHealth: alias.evaluateTargetHealth,
          },
        }
      : { ResourceRecords: values.map((Value) => ({ Value })) }),
  };
}

function readSet(input: z.output<typeof setSchema>, action: string): RecordSet {
  const { Name, Type, SetIdentifier, TTL, ResourceRecords, AliasTarget } = input;
  const where = `[Action=${action}, Name=${Name}, Type=${Type}, SetIdentifier=${SetIdentifier ?? 'null'}]`;
  const isPlain = TTL !== undefined && ResourceRecords !== undefined;
  if (isPlain === (AliasTarget !== undefined) || (AliasTarget && (TTL !== undefined || ResourceRecords)))
    throw invalidInput(
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${isPlain ? 'more than one' : 'none'} in Change with ${where}`,
    );
  const routing = Object.fromEntries(
    ROUTING.flatMap((key) => (input[key] === undefined ? [] : [[key, String(input[key])] as const])),
  );
  const policies = Object.keys(routing).filter((key) => key !== 'HealthCheckId');
  if (SetIdentifier === undefined ? policies.length > 0 : policies.length !== 1)
    throw invalidInput(
      SetIdentifier === undefined
        ? `Invalid request: Missing field 'SetIdentifier' in Change with ${where}`
        : `Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found ${policies.length === 0 ? 'none' : 'more than one'} in Change with ${where}`,
    );
  return {
    name: nameOf(Name),
    type: Type,
    ...(SetIdentifier === undefined ? {} : { setIdentifier: SetIdentifier }),
    ...(TTL === undefined ? {} : { ttl: TTL }),
    values: (ResourceRecords ?? []).map(({ Value }) => Value),
    ...(AliasTarget
      ? {
          alias: {
            hostedZoneId: AliasTarget.HostedZoneId,
            dnsName: nameOf(AliasTarget.DNSName),
            evaluateTargetHealth: AliasTarget.EvaluateTargetHealth,
          },
        }
      : {}),
    routing,
  };
}

function nameOf(text: string): string {
  try {
    return readName(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidInput(error.message);
  }
}
