import { Problem } from '../../../core/problem.ts';
import { credentialProblem, isLost, isThrottle, type SdkError, said } from '../../wire/aws/aws.ts';

/** The one place where IAM's errors become sentences with a way out. `call`: 'CreateUser'. */
export function iamProblem(error: unknown, call: string, credentials: string): Problem {
  if (error instanceof Problem) return error;
  const { name = 'Error', message: whole = '', code, $metadata } = error as SdkError;
  const message = said(whole);
  const at = `IAM, ${call}`;
  const more = (fix?: string) => ({ fix, cause: error });
  const wrong = credentialProblem(error, at, credentials);
  if (wrong) return wrong;
  if (/^AccessDenied/.test(name))
    return new Problem(
      'account',
      'aws.access-denied',
      `${at}: ${message}`,
      more(
        'Grant what docs/iam-policy-smtp.json lists. A session of `aws sts get-session-token` may ask IAM nothing without MFA: use a user, a role or SSO.',
      ),
    );
  if (isThrottle(error))
    return new Problem('unknown', 'iam.throttled', `${at}: too many requests.`, more('Run again in a minute.'));
  if (isLost(error)) {
    const what = $metadata?.httpStatusCode === undefined ? (code ?? message) : `HTTP ${$metadata.httpStatusCode}`;
    return new Problem('unknown', 'iam.lost', `${at}: no usable answer (${what}).`, more('Run again: it looks first.'));
  }
  if (name.startsWith('LimitExceeded'))
    return new Problem('failed', 'iam.limit', `${at}: ${message}`, more('Remove what is unused, or ask AWS for more.'));
  return new Problem('failed', `iam.${name.replace(/Exception$/, '')}`, `${at}: ${message || name}`, more());
}
