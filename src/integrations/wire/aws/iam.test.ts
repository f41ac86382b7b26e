import { expect, it } from 'vitest';
import { openSimulator, principalOf } from './iam.ts';

it('finds whose policies count', () => {
  const user = 'arn:aws:iam::111122223333:user/ops/mail';
  expect(principalOf(user)).toBe(user);
  expect(principalOf('arn:aws:sts::111122223333:assumed-role/deploy/session')).toBe(
    'arn:aws:iam::111122223333:role/deploy',
  );
  expect(principalOf('arn:aws-us-gov:sts::111122223333:assumed-role/deploy/i-1')).toBe(
    'arn:aws-us-gov:iam::111122223333:role/deploy',
  );
  expect(principalOf('arn:aws:iam::111122223333:root')).toBeUndefined();
  expect(principalOf('arn:aws:sts::111122223333:federated-user/bob')).toBeUndefined();
});

it('never asks the real IAM about the keys of a stand-in', async () => {
  const settings = { timeoutMs: 1000, sesEndpoint: 'http://127.0.0.1:9' };
  const simulator = openSimulator(settings, 'arn:aws:iam::111122223333:user/me');
  expect(await simulator.verdicts(['ses:GetAccount'], '*', 'us-east-1')).toEqual({
    unable: 'AWS_ENDPOINT_URL_IAM is not set, while other endpoints are',
  });
});
