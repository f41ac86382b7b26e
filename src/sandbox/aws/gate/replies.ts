import { randomUUID } from 'node:crypto';
import type { Reply } from '../../http.ts';
import type { AwsError } from './errors.ts';

/** Which shape an answer takes: REST-JSON of SES v2, or the Query protocol of SES v1, STS and IAM. */
export type Dialect = 'json' | QueryDialect;

/** The services that speak Query. */
export type QueryDialect = 'ses-query' | 'sts-query' | 'iam-query';

const NAMESPACES = {
  'ses-query': 'http://ses.amazonaws.com/doc/2010-12-01/',
  'sts-query': 'https://sts.amazonaws.com/doc/2011-06-15/',
  'iam-query': 'https://iam.amazonaws.com/doc/2010-05-08/',
} as const;

/** A JSON answer of SES v2. `now` (ms) is what the Date header says, so that clients can correct their clock by it. */
export function jsonReply(body: unknown, now: number): Reply {
  return { status: 200, headers: headers('application/json', now), body: JSON.stringify(body) };
}

/** An XML answer of the Query protocol: `<XResponse><XResult>…</XResult>…`; `result` is XML already, absent for actions that answer nothing. */
export function queryReply(dialect: QueryDialect, action: string, result: string | undefined, now: number): Reply {
  const inner = result === undefined ? '' : `<${action}Result>${result}</${action}Result>`;
  const body =
    `<${action}Response xmlns="${NAMESPACES[dialect]}">${inner}` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`;
  return { status: 200, headers: headers('text/xml', now), body };
}

/** The refusal in the dialect that the caller speaks: x-amzn-ErrorType with {"message"}, or an ErrorResponse document. */
export function errorReply(
  dialect: Dialect,
  error: AwsError,
  now: number,
  extra: Readonly<Record<string, string>> = {},
): Reply {
  if (dialect === 'json')
    return {
      status: error.status,
      headers: { ...headers('application/json', now), 'x-amzn-errortype': error.code, ...extra },
      body: JSON.stringify({ message: error.message }),
    };
  const body =
    `<ErrorResponse xmlns="${NAMESPACES[dialect]}"><Error><Type>${error.status < 500 ? 'Sender' : 'Receiver'}</Type>` +
    `<Code>${xml(error.code)}</Code><Message>${xml(error.message)}</Message></Error>` +
    `<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
  return { status: error.status, headers: { ...headers('text/xml', now), ...extra }, body };
}

/** Text as XML content. */
export function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function headers(type: string, now: number): Record<string, string> {
  return { 'content-type': type, 'x-amzn-requestid': randomUUID(), date: new Date(now).toUTCString() };
}
