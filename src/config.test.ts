import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, maskedConfig } from './config.ts';
import { Problems } from './core/problem.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailwright-config-'));
  writeFileSync(
    join(folder, '.env'),
    'SES_TENANT=from-file\nCLOUDFLARE_API_TOKEN="quoted#token"\nSES_REGIONS=["eu-west-1", "us-east-1"]\n',
  );
  writeFileSync(join(folder, 'secret'), 'sssh\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('configuration', () => {
  it('comes from .env, and the environment wins', () => {
    expect(loadConfig({}, folder).ses).toMatchObject({ tenant: 'from-file', regions: ['eu-west-1', 'us-east-1'] });
    expect(loadConfig({ SES_TENANT: 'from-env', SES_REGIONS: 'a, b,' }, folder).ses).toMatchObject({
      tenant: 'from-env',
      regions: ['a', 'b'],
    });
    expect(loadConfig({}, folder).dnsProviders.cloudflare.token).toBe('quoted#token');
  });

  it('reads secrets from files, too', () => {
    expect(
      loadConfig({ AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY_FILE: join(folder, 'secret') }, '/').aws
        .secretAccessKey,
    ).toBe('sssh');
  });

  it('tells every error at once, by the name that people set', () => {
    try {
      loadConfig(
        { MAILWRIGHT_DNS_PORT: 'x', AWS_ENDPOINT_URL_SESV2: 'nowhere', AWS_SECRET_ACCESS_KEY_FILE: '/nothing' },
        '/',
      );
      expect.unreachable();
    } catch (error) {
      const messages = (error as Problems).all.map((problem) => problem.message);
      expect(error).toBeInstanceOf(Problems);
      expect(messages).toHaveLength(3);
      for (const name of ['AWS_SECRET_ACCESS_KEY_FILE', 'AWS_ENDPOINT_URL_SESV2', 'MAILWRIGHT_DNS_PORT']) {
        expect(messages.some((message) => message.startsWith(name))).toBe(true);
      }
    }
  });

  it('refuses half a key, a secret of two lines, and play mixed with earnest, also by the general variable', () => {
    const refused = (env: NodeJS.ProcessEnv) => {
      try {
        loadConfig(env, '/');
      } catch (error) {
        return (error as Problems).all.map((problem) => problem.code);
      }
      return [];
    };
    expect(refused({ AWS_ACCESS_KEY_ID: 'AKIA' })).toEqual(['config.half-key']);
    expect(refused({ CLOUDFLARE_API_TOKEN: 'a\nb' })).toEqual(['config.secret-shape']);
    const local = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', CLOUDFLARE_API_TOKEN: 'token' };
    expect(refused(local)).toEqual(['config.mixed']);
    expect(refused({ ...local, CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1/client/v4' })).toEqual([]);
    expect(refused({ MAILWRIGHT_SES_SMTP: 'us-east-1=127.0.0.1:2525' })).toEqual(['config.mixed']);
    expect(refused({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1', MAILWRIGHT_SES_SMTP: 'us-east-1=ses.test:587' })).toEqual([
      'config.mixed',
    ]);
    // Nobody asks a provider without credentials.
    expect(refused({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })).toEqual([]);
    expect(refused({ AWS_ENDPOINT_URL_SESV2: 'http://[::1]:1', AWS_ENDPOINT_URL_STS: 'http://[::1]:1' })).toEqual([
      'config.mixed',
    ]);
  });

  it('is frozen, and shown with secrets masked', () => {
    const config = loadConfig({ AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'verysecret' }, folder);
    expect(Object.isFrozen(config.aws)).toBe(true);
    const shown = JSON.stringify(maskedConfig(config));
    expect(shown).not.toContain('verysecret');
    expect(shown).not.toContain('quoted#token');
  });
});
