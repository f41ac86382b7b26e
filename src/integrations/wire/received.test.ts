import { expect, it } from 'vitest';
import { readTrace } from './received.ts';

const OUT =
  'Received: from out.a.test (out.a.test [192.0.2.1])\r\n\tby mx.b.test (Postfix) with ESMTPS id X; Fri, 27 Nov 2026 00:00:01 +0000';
const BOUNCE = 'Return-Path: <>';
const LMTP =
  'Received: from mx.b.test ([172.22.1.253]) by 8a1b2c with LMTP id Y (envelope-from <a@a.test>); Fri, 27 Nov 2026 00:00:02 +0000';

it.each<[what: string, fields: readonly string[], trace: object]>([
  ['Postfix', [BOUNCE, OUT], { ip: '192.0.2.1', helo: 'out.a.test', from: '' }],
  [
    'Exim, which writes the reverse name first',
    [BOUNCE, 'Received: from rdns.test ([192.0.2.1] helo=Out.A.test) by mx.b.test with esmtps (Exim 4.96) id 1; x'],
    { ip: '192.0.2.1', helo: 'out.a.test', from: '' },
  ],
  [
    'Exim, where there is no reverse name',
    [BOUNCE, 'Received: from [192.0.2.1] (helo=out.a.test) by mx.b.test with esmtp (Exim 4.96) id 1; x'],
    { ip: '192.0.2.1', helo: 'out.a.test', from: '' },
  ],
  [
    'qmail',
    [BOUNCE, 'Received: from unknown (HELO out.a.test) ([192.0.2.1]) by mx.b.test with SMTP; x'],
    { ip: '192.0.2.1', helo: 'out.a.test', from: '' },
  ],
  [
    'IPv6',
    [BOUNCE, 'Received: from out.a.test (out.a.test [IPv6:2a01:db8::1]) by mx.b.test; x'],
    { ip: '2a01:db8::1', helo: 'out.a.test', from: '' },
  ],
  [
    'a host that greets with its address',
    [BOUNCE, 'Received: from [192.0.2.1] (unknown [192.0.2.1]) by mx.b.test; x'],
    { ip: '192.0.2.1', from: '' },
  ],
  [
    'a host that greets with a word',
    [BOUNCE, 'Received: from User (unknown [192.0.2.1]) by mx.b.test; x'],
    { ip: '192.0.2.1', from: '' },
  ],
  [
    'Gmail, whose newest header names nobody',
    ['Received: by 2002:a05:6a10:1 with SMTP id x; x', 'Return-Path: <a@a.test>', OUT],
    { ip: '192.0.2.1', helo: 'out.a.test', from: 'a@a.test' },
  ],
  [
    'a receiver’s own hosts, which stand above',
    ['Return-Path: <a@a.test>', LMTP, LMTP, OUT],
    { ip: '192.0.2.1', helo: 'out.a.test', from: 'a@a.test' },
  ],
  ['nothing but a receiver’s own hosts', [BOUNCE, LMTP], { ip: '172.22.1.253', helo: 'mx.b.test', from: '' }],
  [
    'a header without an address: what stands below may be anybody’s',
    [
      'Return-Path: <a@a.test>',
      'Received: from am0.prod.test (2603:10a6::1) by db8.prod.test with HTTPS; x',
      'Received-SPF: Pass (b.test: domain of a.test designates\r\n 192.0.2.1 as permitted sender) receiver=b.test;\r\n client-ip=192.0.2.1; helo=out.a.test',
      OUT,
    ],
    { helo: 'am0.prod.test', from: 'a@a.test', claimed: '192.0.2.1' },
  ],
  [
    'of several Return-Path the newest',
    ['Return-Path: <list@b.test>', OUT, 'Return-Path: <a@a.test>'],
    { ip: '192.0.2.1', helo: 'out.a.test', from: 'list@b.test' },
  ],
  [
    'no Return-Path, but the line of an mbox file',
    ['From a@a.test Fri Nov 27 00:00:01 2026', OUT],
    { ip: '192.0.2.1', helo: 'out.a.test', from: 'a@a.test' },
  ],
  [
    'a bounce in an mbox file',
    ['From MAILER-DAEMON Fri Nov 27 00:00:01 2026', OUT],
    { ip: '192.0.2.1', helo: 'out.a.test', from: '' },
  ],
  ['nobody who names a sender', ['From - Fri Nov 27 00:00:01 2026', OUT], { ip: '192.0.2.1', helo: 'out.a.test' }],
  ['nothing', ['From: a@a.test'], {}],
])('the trace of a message: %s', async (_what, fields, trace) => {
  expect(await readTrace(fields.join('\r\n'))).toEqual(trace);
});

it('thousands of hops are not read', async () => {
  const began = performance.now();
  await readTrace([...Array.from({ length: 5000 }, () => LMTP), OUT].join('\r\n'));
  expect(performance.now() - began).toBeLessThan(5000);
});
