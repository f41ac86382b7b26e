import { expect, it } from 'vitest';
import { foldAnswers } from '../core/resolver.ts';
import { evaluateMessage } from './mail-auth.ts';

it('a message with thousands of signatures makes no thousands of questions', async () => {
  // The hash is that of an empty body, so that each key is asked for.
  const signatures = Array.from(
    { length: 2000 },
    (_, at) =>
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d${at}.test; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n`,
  );
  let asked = 0;
  const dns = {
    public: async () => {
      asked += 1;
      return foldAnswers([{ by: 'r', status: 'absent', values: [], nameMissing: true }]);
    },
  };
  const raw = Buffer.from(`${signatures.join('')}From: a@x.test\r\n\r\n`);
  const { signatures: found } = await evaluateMessage(raw, { ip: '192.0.2.1', from: 'a@x.test' }, dns);
  expect(found.at(-1)?.result).toBe('temperror');
  expect(asked).toBeLessThanOrEqual(200);
});
