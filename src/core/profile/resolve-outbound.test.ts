import { describe, expect, it } from 'vitest';
import { NO_CONSENTS } from '../domain-spec.ts';
import { Problems } from '../problem.ts';
import { credentialsOf } from '../smtp-credentials.ts';
import { parseProfile } from './parse-profile.ts';
import { outboundRegions } from './resolve-outbound.ts';
import { resolveSpec } from './resolve-spec.ts';

const resolve = (profile: object) =>
  resolveSpec({
    profile: parseProfile({ domain: 'example.com', ...profile }, 'p.yaml'),
    environment: {},
    flags: {},
    consents: NO_CONSENTS,
    allowSpecialUse: false,
    resolvePath: (path) => `/profiles/${path}`,
    parseRegion: (text) => text,
  });
const problemsOf = (profile: object) => {
  try {
    resolve(profile);
  } catch (error) {
    if (error instanceof Problems) return error.all.map(({ code, fix }) => [code, fix]);
  }
  throw new Error('nothing was refused');
};

const HOSTS = { mailHost: 'mail.example.org', relays: ['east.example.org', 'west.example.org'], mailcow: {} };

describe('how mail leaves', () => {
  it('is nobody’s business unless the profile says so', () => {
    expect(resolve(HOSTS).outbound).toBeUndefined();
    expect(resolve({ ...HOSTS, outbound: 'keep' }).outbound).toBeUndefined();
    expect(resolve({ ses: { smtpCredentials: 'smtp.json' } }).outbound).toBeUndefined();
  });

  it('by SES needs a host of ours and a file of passwords, which is found beside the profile', () => {
    const ses = { smtpCredentials: 'smtp.json' };
    expect(resolve({ ...HOSTS, outbound: 'ses', ses }).outbound).toEqual({
      by: 'ses',
      credentials: '/profiles/smtp.json',
    });
    expect(problemsOf({ outbound: 'ses', ses })).toEqual([
      ['outbound.host', 'Name relays or mailcow in the profile, or say outbound: keep.'],
    ]);
    expect(problemsOf({ outbound: 'ses', ses, relays: [{ host: 'a.example.org', managed: false }] })).toEqual([
      ['outbound.host', expect.any(String)],
    ]);
    expect(problemsOf({ ...HOSTS, outbound: 'ses' })).toEqual([
      ['outbound.credentials', expect.stringContaining('smtp-credentials')],
    ]);
  });

  it('directly is by the mail host; by the relays where nothing is behind them', () => {
    expect(resolve({ ...HOSTS, outbound: 'direct' }).outbound).toEqual({ by: 'direct', hosts: ['mail.example.org'] });
    const relays = [{ host: 'east.example.org', nextHop: '192.0.2.5' }];
    expect(resolve({ relays, outbound: 'direct' }).outbound).toEqual({ by: 'direct', hosts: ['east.example.org'] });
    expect(problemsOf({ outbound: 'direct' })).toEqual([['outbound.host', expect.stringContaining('mailHost')]]);
  });
});

it('relays take the regions in turn, each with the others behind its own; Mailcow takes the first', () => {
  const regions = ['us-east-1', 'us-west-2'];
  const spec = resolve({ ...HOSTS, outbound: 'ses', ses: { regions, smtpCredentials: 'smtp.json' } });
  expect(outboundRegions(spec, { relay: 'east.example.org' })).toEqual(regions);
  expect(outboundRegions(spec, { relay: 'west.example.org' })).toEqual(['us-west-2', 'us-east-1']);
  expect(outboundRegions(spec, { relay: 'another.example.org' })).toEqual(regions);
  expect(outboundRegions(spec, 'mailcow')).toEqual(['us-east-1']);
});

it('a region without a password is named, with the regions that have one', () => {
  const one = { region: 'us-east-1', host: 'h', port: 587, username: 'AKIA', password: 'secret' };
  expect(credentialsOf('f', [one], ['us-east-1'])).toEqual([one]);
  expect(() => credentialsOf('f', [one], ['us-east-1', 'eu-west-1'])).toThrow(
    'ses.smtpCredentials: f has no password for eu-west-1 (it has us-east-1).',
  );
});
