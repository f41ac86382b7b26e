import { Problem } from '../../core/problem.ts';
import { credentialProblem, isLost, isThrottle, isUnknownKey, type SdkError, said } from '../wire/aws/aws.ts';

/** What was asked: for sentences. */
export interface Asked {
  readonly call: string;
  readonly region: string;
  readonly credentials: string;
}

/** STS's only call: it tells whose the credentials are. */
export const WHO = 'sts:GetCallerIdentity';

/** The one place where SES's errors become sentences with a way out. */
export function sesProblem(error: unknown, asked: Asked): Problem {
  if (error instanceof Problem) return error;
  const { name = 'Error', message: whole = '', code, $metadata } = error as SdkError;
  const message = said(whole);
  const status = $metadata?.httpStatusCode;
  const at = `SES ${asked.region}, ${asked.call}`;
  const more = (fix?: string) => ({ fix, cause: error });
  // STS has accepted the credentials before SES is asked anything.
  if (isUnknownKey(error) && asked.call !== WHO) {
    return new Problem(
      'failed',
      'ses.region-not-enabled',
      `${at}: ${asked.region} is not enabled for this account, or the key does not reach it.`,
      more(`Enable ${asked.region} in the AWS console (Account, AWS Regions), or take it out of the regions.`),
    );
  }
  const wrong = credentialProblem(error, at, asked.credentials);
  if (wrong) return wrong;
  if (name === 'AccessDeniedException' || name === 'AccessDenied') {
    return new Problem(
      'account',
      'aws.access-denied',
      `${at}: ${message}`,
      more(
        'Grant what docs/iam-policy.json lists: the read part is enough for plan and check, up needs provision, taking back needs remove, --send-test needs send.',
      ),
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new Problem(
      'unknown',
      'ses.unreachable',
      `${at}: the endpoint's name does not resolve: SES may not be offered in ${asked.region}, or this machine has no DNS.`,
      more('Check the region and the network.'),
    );
  }
  if (isThrottle(error))
    return new Problem(
      'unknown',
      'ses.throttled',
      `${at}: too many requests, also after waiting.`,
      more('Run again in a minute; another program may be using the account.'),
    );
  if (name === 'LimitExceededException')
    return new Problem(
      'failed',
      'ses.limit',
      `${at}: ${message}`,
      more('Ask AWS for a higher quota, or remove what is unused.'),
    );
  if (name === 'AccountSuspendedException')
    return new Problem(
      'failed',
      'ses.suspended',
      `${at}: ${message}`,
      more('AWS has ended sending for this account: answer its support case.'),
    );
  if (error instanceof SyntaxError || /inspect the hidden field/.test(whole)) {
    return new Problem(
      'unknown',
      'ses.not-ses',
      `${at}: the answer (HTTP ${status ?? '?'}) is not one of SES: another server or a proxy gave it.`,
      more('Check AWS_ENDPOINT_URL_SESV2 and the proxy.'),
    );
  }
  if (isLost(error)) {
    const what = status === undefined ? (code ?? message) : `HTTP ${status}`;
    return new Problem('unknown', 'ses.lost', `${at}: no usable answer (${what}).`, { cause: error, retry: {} });
  }
  return new Problem('failed', `ses.${name.replace(/Exception$/, '')}`, `${at}: ${message || name}`, more());
}
