import { expect, it } from 'vitest';
import { smtpEndpoint } from './smtp-endpoint.ts';
import { smtpPassword } from './smtp-password.ts';

// The example key of AWS's pages; the passwords were computed with the Python script that they publish.
const KEY = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };

it('derives a password for each region', () => {
  expect(smtpPassword(KEY, 'us-east-1')).toBe('BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9');
  expect(smtpPassword(KEY, 'eu-west-1')).toBe('BMW5RDrXmmVs0lV7GpI4oLkHXpZ4stDsk6q91z1g38Pk');
});

it('derives none from a temporary key, and quotes nothing of it', () => {
  const wrong = () => smtpPassword({ ...KEY, id: 'ASIAIOSFODNN7EXAMPLE' }, 'us-east-1');
  expect(wrong).toThrow(expect.objectContaining({ code: 'smtp.temporary-key' }));
  expect(wrong).not.toThrow(/IOSFODNN7|wJalr/);
});

it('knows AWS’s endpoints, or what stands for them, and never half of each', () => {
  expect(smtpEndpoint('us-west-2')).toEqual({ host: 'email-smtp.us-west-2.amazonaws.com', port: 587 });
  const overrides = ['us-east-1=127.0.0.1:2525', 'us-west-2=relay.test:587'];
  expect(smtpEndpoint('us-west-2', overrides)).toEqual({ host: 'relay.test', port: 587 });
  expect(() => smtpEndpoint('eu-west-1', overrides)).toThrow(/names no endpoint for eu-west-1/);
  expect(() => smtpEndpoint('eu-west-1', ['127.0.0.1:25'])).toThrow(/REGION=HOST:PORT/);
});
