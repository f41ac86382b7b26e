import type { Asked, Reply } from '../http.ts';
import type { Entry } from '../ledger.ts';
import { FORBIDDEN_CALLS, isForeign } from './forbidden.ts';
import { AwsError } from './gate/errors.ts';
import { type RawInput, readBody } from './gate/input.ts';
import { type AccessKey, authorize } from './gate/keys.ts';
import type { Call } from './gate/operation.ts';
import { takeTurn, throttled } from './gate/pace.ts';
import { type Dialect, errorReply, jsonReply } from './gate/replies.ts';
import { JSON_SIGNATURE_ERRORS, QUERY_SIGNATURE_ERRORS, readClaim, verifySignature } from './gate/signature.ts';
import { IAM_ACTIONS } from './iam/actions.ts';
import { findOperation } from './operations.ts';
import { type Aws, placeOf } from './state.ts';
import { serveQuery } from './v1/serve-query.ts';

/** The services at this address, as signatures and the ledger name them. */
type Service = 'ses' | 'sts' | 'iam';

/** What is known of a call so far; the ledger's row is made of it whatever becomes of the call. */
interface Trace {
  system: Service;
  operation: string;
  region?: string;
  caller?: string;
  body: unknown;
  effect: boolean;
  forbidden?: true;
}

/** What is paced by the sending quota and not as a control call. */
const SENDS = new Set(['SendEmail', 'SendBulkEmail']);

/** A call that got past the gate, and how it is answered. */
export interface Admitted {
  readonly call: Call;
  readonly trace: Trace;
}

/** Answers one HTTP request to SES v2, SES v1, STS or IAM. Never throws what a caller did wrong. */
export async function serveAws(aws: Aws, asked: Asked): Promise<Reply> {
  const query = asked.path === '/';
  const form = new URLSearchParams(query && asked.method === 'POST' ? asked.body.toString('utf8') : asked.query);
  const service = query ? serviceOf(form.get('Action'), asked.headers.authorization ?? '') : 'ses';
  const dialect: Dialect = query ? `${service}-query` : 'json';
  const operation = query ? (form.get('Action') ?? 'unknown') : operationName(asked);
  const trace: Trace = {
    system: service,
    operation,
    body: query ? Object.fromEntries(form) : undefined,
    effect: false,
  };
  const now = aws.world.clock.now();
  let reply: Reply;
  let error: string | undefined;
  try {
    const call = admit(aws, asked, dialect, trace);
    reply = await withFaults(aws, trace, dialect, now, () =>
      dialect === 'json' ? serveJson(asked, { call, trace }) : serveQuery(form, dialect, { call, trace }),
    );
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    error = thrown.code;
    reply = errorReply(dialect, thrown, now);
  }
  error ??= reply.status >= 400 ? (reply.headers?.['x-amzn-errortype'] ?? 'InternalFailure') : undefined;
  const { body, ...known } = trace;
  const row: Omit<Entry, 'n' | 'at'> = {
    ...known,
    request: { method: asked.method, path: asked.path, ...(body === undefined ? {} : { body: redacted(body) }) },
    status: reply.status,
    ...(error ? { error } : {}),
  };
  aws.world.ledger.write(row);
  return reply;
}

/** Whom a call of the Query protocol is for: the signature says it, and an action that only one of them has. */
function serviceOf(action: string | null, authorization: string): Service {
  const [, signed] = /\/(sts|iam)\/aws4_request/.exec(authorization) ?? [];
  if (signed !== undefined) return signed as Service;
  return action === 'GetCallerIdentity' ? 'sts' : IAM_ACTIONS.has(action ?? '') ? 'iam' : 'ses';
}

/** Who asks, in which Region: believed only after the signature has been recomputed. */
function admit(aws: Aws, asked: Asked, dialect: Dialect, trace: Trace): Call {
  const errors = dialect === 'json' ? JSON_SIGNATURE_ERRORS : QUERY_SIGNATURE_ERRORS;
  const claim = readClaim(asked, errors);
  Object.assign(trace, { region: claim.region, caller: claim.keyId });
  const key: AccessKey | undefined = aws.keys.get(claim.keyId);
  if (!key) {
    const code = dialect === 'json' ? 'UnrecognizedClientException' : 'InvalidClientTokenId';
    throw new AwsError(code, 403, 'The security token included in the request is invalid.');
  }
  verifySignature(asked, claim, key.secret, trace.system, clocksOf(aws), errors);
  const now = aws.world.clock.now();
  key.lastUsed = { at: now, service: trace.system, region: claim.region };
  return { aws, key, place: placeOf(aws, key.account, claim.region), now };
}

/** Times (ms) that count as right for a signature. */
export function clocksOf({ world, switches }: Aws): readonly number[] {
  const now = world.clock.now();
  return switches.signatureClock === 'either' ? [now, Date.now()] : [now];
}

async function serveJson(asked: Asked, { call, trace }: Admitted): Promise<Reply> {
  const found = findOperation(asked.method, asked.path);
  const accountWide = FORBIDDEN_CALLS[`${asked.method} ${asked.path}`] !== undefined;
  if (accountWide && !(found && call.aws.switches.allowAccountChanges)) trace.forbidden = true;
  const raw: RawInput = found ? { ...queryInput(asked.query), ...readBody(asked), ...found.labels } : readBody(asked);
  trace.body = raw;
  if (!found) throw new AwsError('UnknownOperationException', 404, 'Unknown operation.');
  const { operation } = found;
  if (!SENDS.has(operation.name)) takeTurn(call, 'json');
  const prepared = operation.prepare(raw, call);
  authorize(call.key, prepared.permissions);
  if (isForeign(prepared.deletes) && !call.aws.switches.allowForeignDeletes) trace.forbidden = true;
  const answer = await prepared.run();
  trace.effect = operation.writes;
  return jsonReply(answer, call.now);
}

async function withFaults(
  aws: Aws,
  trace: Trace,
  dialect: Dialect,
  now: number,
  run: () => Promise<Reply> | Reply,
): Promise<Reply> {
  const faults = aws.world.faults.take(trace.system, trace.operation, trace.region);
  const fault = (kind: string) => faults.find((candidate) => candidate.kind === kind);
  const failure = () => ({
    ...errorReply(dialect, new AwsError('InternalFailure', 500, 'Internal failure.'), now),
    faults,
  });
  const throttle = fault('throttle');
  if (throttle) {
    const error = throttled(dialect);
    const extra = throttle.retryAfter === undefined ? {} : { 'retry-after': String(throttle.retryAfter) };
    return { ...errorReply(dialect, error, now, { 'x-amzn-errortype': error.code, ...extra }), faults };
  }
  if (fault('error-before')) return failure();
  if (fault('conflict')) {
    const conflict = new AwsError(
      'ConcurrentModificationException',
      500,
      'The resource is being modified by another operation or thread.',
    );
    return { ...errorReply(dialect, conflict, now), faults };
  }
  if (fault('html'))
    return {
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
      faults,
    };
  const reply = await run();
  if (fault('duplicate'))
    try {
      await run();
    } catch (error) {
      // The second time may well be refused because of the first.
      if (!(error instanceof AwsError)) throw error;
    }
  return fault('error-after') ? failure() : { ...reply, faults };
}

function operationName(asked: Asked): string {
  const call = `${asked.method} ${asked.path}`;
  try {
    return findOperation(asked.method, asked.path)?.operation.name ?? FORBIDDEN_CALLS[call] ?? call;
  } catch {
    return call;
  }
}

/** Query values as the model's types: numbers where the only number of the API is meant, lists where a key repeats. */
function queryInput(query: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((key) => {
      const values = query.getAll(key);
      if (key === 'PageSize') return [key, Number(values[0])];
      return [key, values.length > 1 ? values : values[0]];
    }),
  );
}

/** The body without private keys, and with the size of blobs in their place. */
function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === 'DomainSigningPrivateKey') return [key, '<secret>'];
      if ((key === 'RawContent' || key === 'Data') && typeof member === 'string' && member.length > 2000)
        return [key, `<${member.length} characters>`];
      return [key, redacted(member)];
    }),
  );
}
