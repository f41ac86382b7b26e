import { expect, it } from 'vitest';
import { parseAuthenticationResults, readHops } from './authentication-results.ts';

it.each([
  [
    'mail.example.org; spf=pass (mail.example.org: domain of x@mail.example.com designates 192.0.2.1; really) smtp.mailfrom=x@mail.example.com; dkim=pass header.d=amazonses.com; dkim=fail (body; hash) header.d=example.com; dmarc=pass (policy=none) header.from=example.com',
    { by: 'mail.example.org', spf: 'pass', dkim: 'fail', dmarc: 'pass' },
  ],
  ['mx.example.net 1; none', { by: 'mx.example.net', spf: 'none', dkim: 'none', dmarc: 'none' }],
  [
    'h; dkim=neutral; dkim=pass header.i=@other.example; spf = SoftFail',
    { by: 'h', spf: 'softfail', dkim: 'pass', dmarc: 'none' },
  ],
  [
    'h; dkim=pass header.i=a@example.com; dkim=fail header.d=notexample.com',
    { by: 'h', spf: 'none', dkim: 'pass', dmarc: 'none' },
  ],
])('reads %s', (header, verdicts) => {
  expect(parseAuthenticationResults(header, 'example.com')).toEqual(verdicts);
});

it('knows the way of a message', () => {
  expect(
    readHops([
      'from mx1.example.org (mx1 [192.0.2.2]) by mail.example.org (Postcow) with ESMTPS id B for <a@b>; Thu',
      'from a8-1.smtp-out.amazonses.com by mx1.example.org (Postfix) with ESMTP id A; Thu',
    ]),
  ).toEqual(['mx1.example.org', 'mail.example.org']);
});
