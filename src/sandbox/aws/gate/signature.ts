import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Asked } from '../../http.ts';
import { isRegion } from '../regions.ts';
import { AwsError } from './errors.ts';

/** What a Signature Version 4 Authorization header claims, before it is believed. */
export interface Claim {
  readonly keyId: string;
  /** yyyymmdd */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
}

/** Names of the refusals, which differ between REST-JSON and Query services. */
export interface SignatureErrors {
  readonly missing: string;
  readonly incomplete: string;
  readonly invalid: string;
}

/** How SES v2's gateway names them. */
export const JSON_SIGNATURE_ERRORS: SignatureErrors = {
  missing: 'MissingAuthenticationTokenException',
  incomplete: 'IncompleteSignatureException',
  invalid: 'InvalidSignatureException',
};

/** How STS and SES v1 name them. */
export const QUERY_SIGNATURE_ERRORS: SignatureErrors = {
  missing: 'MissingAuthenticationToken',
  incomplete: 'IncompleteSignature',
  invalid: 'SignatureDoesNotMatch',
};

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MS = 5 * 60 * 1000;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/**
 * Reads the Authorization header. Signatures in the query are not accepted.
 * @throws AwsError 403 where there is none, 400 where parts are missing
 */
export function readClaim(asked: Asked, errors: SignatureErrors): Claim {
  const header = asked.headers.authorization;
  if (!header) throw new AwsError(errors.missing, 403, 'Missing Authentication Token');
  const match = /^AWS4-HMAC-SHA256\s+(.*)$/s.exec(header);
  const parts = new Map(
    (match?.[1] ?? '').split(',').map((part) => {
      const [key = '', ...rest] = part.trim().split('=');
      return [key, rest.join('=')];
    }),
  );
  const scope = (parts.get('Credential') ?? '').split('/');
  const [terminal, service, region, day] = [...scope].reverse();
  const keyId = scope.slice(0, -4).join('/');
  const signature = parts.get('Signature') ?? '';
  const signedHeaders = (parts.get('SignedHeaders') ?? '').split(';').filter(Boolean);
  if (!match || !keyId || !day || !region || !service || terminal !== 'aws4_request' || !signedHeaders.length)
    throw new AwsError(
      errors.incomplete,
      400,
      `Authorization header requires existence of 'Credential', 'SignedHeaders' and 'Signature' parameters. Authorization=${ALGORITHM}`,
    );
  return { keyId, day, region, service, signedHeaders, signature };
}

/**
 * Recomputes the signature (AWS General Reference, "Create a signed AWS API request") and compares.
 * `clocks` are the times (ms) that count as right; the signing time must be within five minutes of one of them.
 * @throws AwsError 403 with AWS's sentences
 */
export function verifySignature(
  asked: Asked,
  claim: Claim,
  secret: string,
  service: string,
  clocks: readonly number[],
  errors: SignatureErrors,
): void {
  const refuse = (message: string) => new AwsError(errors.invalid, 403, message);
  if (claim.service !== service) throw refuse(`Credential should be scoped to correct service: '${service}'.`);
  // IAM is one service for the whole world, signed for one Region.
  const known = service === 'iam' ? claim.region === 'us-east-1' : service !== 'ses' || isRegion(claim.region);
  if (!known) throw refuse('Credential should be scoped to a valid region.');
  const stamp = one(asked.headers['x-amz-date']) ?? '';
  const signedAt = readStamp(stamp);
  if (signedAt === undefined) throw new AwsError(errors.incomplete, 400, 'Date must be in ISO-8601 basic format');
  if (!stamp.startsWith(claim.day))
    throw refuse(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.day}' != '${stamp.slice(0, 8)}', from '${stamp}'.`,
    );
  if (!clocks.some((now) => Math.abs(signedAt - now) <= SKEW_MS))
    throw refuse(skewSentence(stamp, signedAt, clocks[0] ?? 0));
  for (const needed of ['host', ...Object.keys(asked.headers).filter((name) => name.startsWith('x-amz-'))])
    if (!claim.signedHeaders.includes(needed))
      throw refuse(`'${needed}' must be a 'SignedHeader' in the AWS Authorization.`);

  const payload = hash(asked.body);
  const declared = one(asked.headers['x-amz-content-sha256']);
  if (declared !== undefined && declared !== payload) throw refuse(MISMATCH);
  const canonical = [
    asked.method,
    canonicalPath(asked.path),
    canonicalQuery(asked.url),
    ...claim.signedHeaders.map((name) => `${name}:${canonicalHeader(asked, name)}`),
    '',
    claim.signedHeaders.join(';'),
    payload,
  ].join('\n');
  const scope = `${claim.day}/${claim.region}/${claim.service}/aws4_request`;
  const toSign = [ALGORITHM, stamp, scope, hash(canonical)].join('\n');
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [claim.day, claim.region, claim.service, 'aws4_request', toSign])
    key = createHmac('sha256', key).update(part).digest();
  const given = Buffer.from(claim.signature, 'hex');
  if (given.length !== key.length || !timingSafeEqual(given, key)) throw refuse(MISMATCH);
}

function hash(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function readStamp(stamp: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}

function writeStamp(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

function skewSentence(stamp: string, signedAt: number, now: number): string {
  if (signedAt < now)
    return `Signature expired: ${stamp} is now earlier than ${writeStamp(now - SKEW_MS)} (${writeStamp(now)} - 5 min.)`;
  return `Signature not yet current: ${stamp} is still later than ${writeStamp(now + SKEW_MS)} (${writeStamp(now)} + 5 min.)`;
}

/** RFC 3986 escaping, which leaves only unreserved characters. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const tail = segments.length > 0 && path.endsWith('/') ? '/' : '';
  // Every service but S3 escapes the path that is escaped already once more.
  return `/${segments.map(escaped).join('/')}${tail}`;
}

function canonicalQuery(url: string): string {
  const [, query = ''] = url.split('?', 2);
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      // What is not percent-encoded UTF-8 cannot have been signed as such: the signatures will differ.
      return text;
    }
  };
  return query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      return `${escaped(decode(name))}=${escaped(decode(rest.join('=')))}`;
    })
    .sort()
    .join('&');
}

function canonicalHeader(asked: Asked, name: string): string {
  const values: string[] = [];
  for (let i = 0; i < asked.rawHeaders.length; i += 2)
    if (asked.rawHeaders[i]?.toLowerCase() === name)
      values.push((asked.rawHeaders[i + 1] ?? '').trim().replaceAll(/\s+/g, ' '));
  return values.join(',');
}
