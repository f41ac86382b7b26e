import { describe, expect, it } from 'vitest';
import { said } from '../wire/aws/aws.ts';
import { sesProblem, WHO } from './problems.ts';

const asked = {
  call: 'GetAccount',
  region: 'eu-south-1',
  credentials: 'access key AKIAX from the environment or .env',
};
const refusal = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 403 }, ...more });

describe('what SES refuses, in sentences', () => {
  const signature = `The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been
'POST
/
x-amz-security-token:IQoJSECRETTOKEN
'`;
  it.each([
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'AccessDeniedException',
    'LimitExceededException',
    'AccountSuspendedException',
    'BadRequestException',
    'UnrecognizedClientException',
  ])('%s quotes nothing of the request that was signed', (name) => {
    for (const message of [signature, signature.replaceAll('\n', ' ')]) {
      const problem = sesProblem(refusal(name, message), { ...asked, call: WHO }).toJSON();
      expect(JSON.stringify(problem)).not.toMatch(/SECRETTOKEN|x-amz-security-token/i);
    }
  });
  it('of a message, the first line', () => {
    expect(said('\nNo.\r\nMore of it')).toBe('No.');
    expect(said('X-Amz-Security-Token: abc')).toBe('');
  });
  it('a lost answer is cut, too', () => {
    const lost = Object.assign(new Error(signature), { name: 'TimeoutError' });
    expect(sesProblem(lost, asked).message).not.toContain('SECRETTOKEN');
  });
  it.each(['UnrecognizedClientException', 'InvalidClientTokenId', 'OptInRequired'])(
    '%s is one region’s problem: STS has accepted the key',
    (name) => {
      const error = refusal(name, 'The security token included in the request is invalid.');
      expect(sesProblem(error, asked).toJSON()).toEqual({
        code: 'ses.region-not-enabled',
        kind: 'failed',
        message: expect.stringContaining('eu-south-1 is not enabled for this account, or the key does not reach it.'),
        fix: expect.stringContaining('take it out of the regions'),
      });
      expect(sesProblem(error, { ...asked, call: WHO })).toMatchObject({
        kind: 'account',
        code: 'aws.bad-credentials',
      });
    },
  );
  it('an answer that is not one of SES is unknown, by what the SDK says in its second line', () => {
    const text =
      'Unexpected end of JSON input\n  Deserialization error: to see the raw response, inspect the hidden field';
    const cut = Object.assign(new Error(text), { name: 'Error', $metadata: { httpStatusCode: 200 } });
    expect(sesProblem(cut, asked)).toMatchObject({ kind: 'unknown', code: 'ses.not-ses' });
  });
  it('rights are the account’s', () => {
    expect(sesProblem(refusal('AccessDeniedException', 'no'), asked)).toMatchObject({ kind: 'account' });
  });
  it('missing credentials say what the SDK says', () => {
    const mfa = 'Profile foo requires multi-factor authentication, but no MFA code callback was provided.';
    const problem = sesProblem(Object.assign(new Error(`${mfa}\n  at x`), { name: 'CredentialsProviderError' }), asked);
    expect(problem.message).toBe(`No AWS credentials: ${asked.credentials} (${mfa}).`);
  });
});
