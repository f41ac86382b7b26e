import { describe, expect, it } from 'vitest';
import { foldAnswers, type Question } from '../core/resolver.ts';
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

describe('a signature', () => {
  /** Of an empty body, so that the key is asked for. */
  const evaluate = (signer: string, key: 'silent' | string[]) => {
    const dns = {
      public: async ({ name, type }: Question) => {
        const isKey = name.includes('_domainkey');
        if (isKey && key === 'silent')
          return foldAnswers([{ by: 'r', status: 'unknown', values: [], reason: 'no answer in 2 s' }]);
        const values = isKey ? [...key] : type === 'TXT' && name === '_dmarc.x.test' ? ['v=DMARC1; p=reject'] : [];
        return foldAnswers([{ by: 'r', status: values.length > 0 ? 'present' : 'absent', values }]);
      },
    };
    const signature = `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${signer}; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n`;
    return evaluateMessage(
      Buffer.from(`${signature}From: a@x.test\r\n\r\n`),
      { ip: '192.0.2.1', from: 'a@y.test' },
      dns,
    );
  };

  it('of the author whose key was not heard is no fail of DMARC; one of somebody else changes nothing', async () => {
    expect((await evaluate('mail.x.test', 'silent')).dmarc).toMatchObject({ result: 'temperror', policy: 'reject' });
    expect((await evaluate('y.test', 'silent')).dmarc).toMatchObject({ result: 'fail', policy: 'reject' });
  });

  it.each<[string, 'silent' | string[]]>([
    ['its key could not be asked for', 'silent'],
    ['its key is not published, or not any more', []],
    ['its key can’t be read, or was revoked (p= is empty)', ['v=DKIM1; p=']],
  ])('says what happened: %s', async (reason, key) => {
    expect((await evaluate('x.test', key)).signatures).toMatchObject([{ reason }]);
  });
});
