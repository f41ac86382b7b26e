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

describe('SPF', () => {
  const RECORDS: Readonly<Record<string, string>> = {
    'x.test': 'v=spf1 ip4:192.0.2.9 -all',
    'out.x.test': 'v=spf1 ip4:192.0.2.1 -all',
    '_dmarc.x.test': 'v=DMARC1; p=reject',
  };
  const dns = {
    public: async ({ name, type }: Question) => {
      const values = type === 'TXT' && RECORDS[name] !== undefined ? [RECORDS[name]] : [];
      return foldAnswers([{ by: 'r', status: values.length > 0 ? 'present' : 'absent', values }]);
    },
  };
  const hop = (helo: string) => `Received: from ${helo} (unknown [192.0.2.1]) by mx.y.test; x\n`;
  const evaluate = (header: string, given: Parameters<typeof evaluateMessage>[1] = {}) =>
    evaluateMessage(Buffer.from(`${header}From: a@x.test\n\nhello\n`), given, dns);

  it('of a bounce goes by the name with which the host greeted, which aligns like any other', async () => {
    const { spf, dmarc } = await evaluate(`Return-Path: <>\n${hop('out.x.test')}`);
    expect(spf).toMatchObject({ result: 'pass', domain: 'out.x.test', ip: '192.0.2.1', greeting: true, aligned: true });
    expect(dmarc.result).toBe('pass');
  });
  it.each([
    ['of a bounce whose host greeted with no name', `Return-Path: <>\n${hop('[192.0.2.1]')}`, /bounce.*--helo/],
    ['where nobody says who the sender was', hop('out.x.test'), /Return-Path.*--from/],
    ['where nobody says which host it was', '', /which host handed it in \(--ip, --from\)/],
    [
      'where only a header says so that anybody may have written',
      'Return-Path: <a@x.test>\nReceived-SPF: pass client-ip=192.0.2.1;\n',
      /\(--ip\); its Received-SPF header names 192\.0\.2\.1,/,
    ],
  ])('is not judged %s, and DMARC, which it could make pass, is no fail', async (_what, header, why) => {
    const { spf, spfUnjudged, dmarc } = await evaluate(header);
    expect(spf).toBeUndefined();
    expect(spfUnjudged).toMatch(why);
    expect(dmarc).toMatchObject({ result: 'temperror', reason: 'DKIM does not pass, and SPF was not judged' });
  });
  it('that is not judged changes nothing where the sender is of somebody else', async () => {
    expect((await evaluate('Return-Path: <a@y.test>\n')).dmarc.result).toBe('fail');
  });
  it('by a host inside says nothing of the one that sent it here, unless that is told', async () => {
    const inside = 'Return-Path: <a@x.test>\nReceived: from mx.y.test ([10.0.0.1]) by scanner; x\n';
    expect(await evaluate(inside)).toMatchObject({
      spf: { result: 'fail', ip: '10.0.0.1' },
      dmarc: { result: 'temperror' },
    });
    expect((await evaluate(inside, { ip: '10.0.0.1' })).dmarc.result).toBe('fail');
  });
  it('takes what it is told: another host, whose greeting the header does not say', async () => {
    const bounce = await evaluate(`Return-Path: <>\n${hop('out.x.test')}`, { ip: '192.0.2.9' });
    expect(bounce.spfUnjudged).toMatch(/--helo/);
    const told = await evaluate(hop('out.x.test'), { ip: '192.0.2.9', from: 'a@x.test' });
    expect(told.spf).toMatchObject({ result: 'pass', domain: 'x.test' });
    expect((await evaluate('', { ip: '192.0.2.1', helo: 'out.x.test' })).spf).toMatchObject({ greeting: true });
    const empty = await evaluate(`Return-Path: <a@x.test>\n${hop('out.x.test')}`, { from: '' });
    expect(empty.spf).toMatchObject({ domain: 'out.x.test' });
  });
});

it('a header without its body is no message that was changed', async () => {
  const key = await import('node:crypto').then(({ generateKeyPairSync }) =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
  );
  const { dkimSign } = await import('mailauth');
  const message = 'From: a@x.test\r\nSubject: hello\r\n\r\nhello\r\n';
  const privateKey = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signer = { signingDomain: 'x.test', selector: 's', privateKey };
  const { signatures } = await dkimSign(message, { ...signer, signatureData: [signer] });
  const published = key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const dns = {
    public: async ({ name }: Question) => {
      const text = { 's._domainkey.x.test': `v=DKIM1; p=${published}`, '_dmarc.x.test': 'v=DMARC1; p=reject' }[name];
      return foldAnswers([{ by: 'r', status: text ? 'present' : 'absent', values: text ? [text] : [] }]);
    },
  };
  const given = { ip: '192.0.2.1', from: 'a@y.test' };
  const whole = await evaluateMessage(Buffer.from(signatures + message), given, dns);
  expect(whole.dmarc.result).toBe('pass');
  const changed = await evaluateMessage(Buffer.from(`${signatures}${message}footer\r\n`), given, dns);
  expect(changed.dmarc.result).toBe('fail');
  expect(changed.signatures).toMatchObject([{ reason: 'the body was changed after it was signed' }]);
  const cut = await evaluateMessage(Buffer.from((signatures + message).replace(/\r\n\r\n.*/s, '\r\n')), given, dns);
  expect(cut.signatures).toMatchObject([{ reason: 'the file holds the header alone, and the body is signed, too' }]);
  expect(cut.dmarc).toMatchObject({ result: 'temperror', reason: 'without the body its signature can’t be checked' });
});
