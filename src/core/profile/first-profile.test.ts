import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { NO_CONSENTS } from '../domain-spec.ts';
import { type FirstAnswers, firstProfile, profileNameOf } from './first-profile.ts';
import { parseProfile } from './parse-profile.ts';
import { resolveSpec } from './resolve-spec.ts';

const least: FirstAnswers = { domain: 'example.com', dns: 'manual', regions: ['us-east-1'], mx: [] };
const most: FirstAnswers = {
  domain: 'example.com',
  dns: 'cloudflare',
  regions: ['us-east-1', 'us-west-2'],
  account: '012345678901',
  tenant: '1e5',
  mx: [
    { host: 'mx1.example.net', preference: 10 },
    { host: 'mx2.example.net', preference: 20 },
  ],
  reports: 'reports@example.net',
};

function specOf(answers: FirstAnswers) {
  return resolveSpec({
    profile: parseProfile(parse(firstProfile(answers, 'x')), 'x.yaml'),
    environment: {},
    flags: { domain: answers.domain },
    consents: NO_CONSENTS,
    allowSpecialUse: false,
    resolvePath: (path) => path,
    parseRegion: (text) => text,
  });
}

describe('a first profile', () => {
  it('wants what was answered', () => {
    expect(specOf(most)).toMatchObject({
      dns: { provider: 'cloudflare' },
      ses: { regions: most.regions, account: '012345678901', tenant: '1e5' },
      dmarc: { policy: 'none', rua: ['reports@example.net'] },
      mx: most.mx,
    });
  });
  it('without the rest it wants what is wanted without a profile', () => {
    const { mx, ses, dmarc } = specOf(least);
    expect([mx, ses?.tenant, ses?.account, dmarc.rua]).toEqual([undefined, undefined, undefined, []]);
  });
  it('says how it is used', () => {
    expect(firstProfile(least, 'estate')).toContain('mailwright plan example.com --profile estate');
  });
});

it('is named after the domain', () => {
  expect(profileNameOf('example.co.uk')).toBe('example');
  expect(profileNameOf('xn--bcher-kva.example')).toBe('xn--bcher-kva');
});
