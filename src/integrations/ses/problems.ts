import { Problem } from '../../core/problem.ts';

/** Fields of an SDK error that say what happened; unmodelled errors carry only these. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** What was asked: for sentences. */
export interface Asked {
  readonly call: string;
  readonly region: string;
  readonly credentials: string;
}

/** SES's own name of an error ('NotFoundException'), empty where it is none of SES's. */
export function errorName(error: unknown): string {
  return (error as SdkError | undefined)?.name ?? '';
}

/** Whether SES refused because of the rate: nothing was done, so the call may be repeated. */
export function isThrottle(error: unknown): boolean {
  const { name, $metadata } = error as SdkError;
  return (
    $metadata?.httpStatusCode === 429 ||
    name === 'TooManyRequestsException' ||
    name === 'ThrottlingException' ||
    name === 'Throttling'
  );
}

/** Whether nobody knows if the call took effect: no answer, or one from before the end of the work. */
export function isLost(error: unknown): boolean {
  const { $metadata, name } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  return name !== 'CredentialsProviderError' && (status === undefined || status >= 500);
}

/**
 * What of SES's message people may see. Refusals of a signature quote the request that was signed, with its session token, in the lines
 * that follow the first.
 */
export function said(message: string): string {
  const [line = ''] = message.trim().split(/[\r\n]/, 1);
  return line.replace(/\s*(the canonical string|x-amz-security-token).*/i, '');
}

/** Whether the region does not know the key: no such key, or a region that the account has not enabled. */
export function isUnknownKey(error: unknown): boolean {
  const known = ['UnrecognizedClientException', 'InvalidClientTokenId', 'OptInRequired', 'OptInRequiredException'];
  return known.includes(errorName(error));
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
  if (name === 'CredentialsProviderError') {
    return new Problem('account', 'aws.no-credentials', `No AWS credentials: ${asked.credentials} (${message}).`, {
      fix: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (environment or .env), or AWS_PROFILE, or run `aws sso login`.',
    });
  }
  if (/signature expired|request.*too.*skewed|not yet valid|signature not yet current/i.test(`${name} ${message}`)) {
    return new Problem(
      'account',
      'aws.clock-skew',
      `${at}: AWS refuses the signature because this machine's clock is off by more than five minutes.`,
      more('Set the clock (for example: timedatectl set-ntp true), then run again.'),
    );
  }
  // STS has accepted the credentials before SES is asked anything.
  if (isUnknownKey(error) && asked.call !== WHO) {
    return new Problem(
      'failed',
      'ses.region-not-enabled',
      `${at}: ${asked.region} is not enabled for this account, or the key does not reach it.`,
      more(`Enable ${asked.region} in the AWS console (Account, AWS Regions), or take it out of the regions.`),
    );
  }
  if (isUnknownKey(error) || ['InvalidSignatureException', 'SignatureDoesNotMatch'].includes(name)) {
    return new Problem(
      'account',
      'aws.bad-credentials',
      `${at}: AWS does not accept the credentials (${asked.credentials}): ${message}`,
      more(
        'Check key id and secret; a deleted or mistyped key looks like this, and so does a region that the account has not enabled.',
      ),
    );
  }
  if (name.startsWith('ExpiredToken')) {
    return new Problem(
      'account',
      'aws.expired-credentials',
      `${at}: the temporary credentials have expired.`,
      more('Sign in again (for example: aws sso login).'),
    );
  }
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
